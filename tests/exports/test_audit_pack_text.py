"""The text of the audit pack's PDF, as a reader searches and copies it."""

import csv

import pypdf

from command_line import lumbar


def test_an_id_is_found_and_copied_from_the_pdf(closed, tmp_path):
    """Nothing unseen stands between its letters."""
    pack = tmp_path / "pack"
    assert lumbar("audit-pack", closed, "--sample", 2, "--seed", 1, "--out", pack).code == 0
    with (pack / "cases.csv").open(encoding="utf-8", newline="") as stream:
        ids = [row["episode_id"] for row in csv.DictReader(stream)]
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(pack / "audit-pack.pdf").pages)
    assert "\u200b" not in text
    assert len(ids) == 2
    assert all(episode_id in text for episode_id in ids)
