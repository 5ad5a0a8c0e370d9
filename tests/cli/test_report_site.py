"""The report as a site, and the one for outside: what is written, what is replaced, what is not told."""

import base64
import json
import re
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import assert_one_clear_line, lumbar
from lumbar.report import charts
from lumbar.report.episodes import listed_episodes
from lumbar.report.site.pages import PAGES
from lumbar.synth import write_clinic
from lumbar.workflow import evaluate_to_folder, stored
from lumbar.workflow.site import write_site


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The result of a clinic that is large enough to publish something; never written to."""
    folder = tmp_path_factory.mktemp("large")
    write_clinic(folder / "records", 900, 11, "tables")
    evaluate_to_folder(folder / "records", folder / "result", year=2026, as_of="2026-11-21", report=False)
    return folder / "result"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def block(folder: Path, name: str):
    """A block as a page unpacks it."""
    packed = re.fullmatch(r'lumbarBlock\("([a-z0-9-]+)", "([^"]+)"\);\n', (folder / "data" / f"{name}.js").read_text())
    assert packed
    assert packed[1] == name
    return json.loads(zlib.decompress(base64.b64decode(packed[2])))


def test_every_page_and_every_operation_is_in_the_site(evaluated, tmp_path):
    ended = lumbar("report", evaluated, "--out", tmp_path / "site")
    assert (ended.code, ended.out) == (0, f"Report: {tmp_path / 'site' / 'index.html'}\n")
    assert {path.name for path in (tmp_path / "site").glob("*.html")} == {page.file for page in PAGES}
    result = stored(evaluated)
    listed = listed_episodes(result.outcome)
    n_blocks = len(list((tmp_path / "site" / "data").glob("paths-*.js")))
    paths = [entry for n in range(n_blocks) for entry in block(tmp_path / "site", f"paths-{n}")]
    proofs = [proof for n in range(n_blocks) for proof in block(tmp_path / "site", f"proofs-{n}")]
    assert [entry["episode_id"] for entry in paths] == listed
    without_sources = [
        proof | {"rows": [row | {"sources": []} for row in proof["rows"]]} for proof in result.proofs(listed)
    ]
    assert proofs == without_sources
    assert (tmp_path / "site").stat().st_mode & 0o777 == 0o700


def test_the_same_result_gives_the_same_site(evaluated, tmp_path):
    for name in ("one", "two"):
        assert lumbar("report", evaluated, "--out", tmp_path / name).code == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_every_chart_of_the_site_is_one_that_vega_knows(large, tmp_path, monkeypatch):
    """Drawing does not check a chart against Vega's schema, which takes longer than the drawing."""
    checked = set()

    def check(chart, name):
        checked.add(name.split("-")[0])
        chart.to_dict(validate=True)
        return "<svg></svg>"

    monkeypatch.setattr(charts, "_svg", check)
    write_site(large, tmp_path / "site")
    assert checked == {"rate", "standing", "scores", "funnel", "months", "answers"}


def test_a_site_is_replaced_only_when_told_so_and_nothing_else_ever(evaluated, tmp_path):
    assert lumbar("report", evaluated, "--out", tmp_path / "site").code == 0
    before = contents(tmp_path / "site")
    ended = lumbar("report", evaluated, "--out", tmp_path / "site")
    assert_one_clear_line(ended)
    assert "--overwrite" in ended.err
    assert contents(tmp_path / "site") == before
    assert lumbar("report", evaluated, "--out", tmp_path / "site", "--overwrite").code == 0
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("me")
    assert_one_clear_line(lumbar("report", evaluated, "--out", tmp_path / "letters", "--overwrite"))
    assert contents(tmp_path / "letters") == {"dear.txt": b"me"}


def test_a_folder_that_is_no_result_leaves_nothing_behind(tmp_path):
    (tmp_path / "other").mkdir()
    assert_one_clear_line(lumbar("report", tmp_path / "other", "--out", tmp_path / "site"))
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_the_public_site_tells_of_no_patient(large, tmp_path):
    ended = lumbar("report", large, "--out", tmp_path / "site", "--audience", "public", "--by", "kind", "--by", "sex")
    assert ended.code == 0, ended
    assert re.search(r"not to be published: [\d,]+ of [\d,]+ counts \(\d+%\) are withheld", ended.err)
    files = contents(tmp_path / "site")
    assert set(files) == {"index.html", "rules.html", "figures.json", "site.json"}
    assert json.loads(files["figures.json"])["periods"]
    text = b"".join(files.values()).decode()
    outcome = pq.read_table(large / "outcome.parquet")
    for column in ("patient_id", "episode_id", "surgeon_npi"):
        for value in filter(None, outcome[column].unique().to_pylist()):
            assert value not in text


def test_what_the_public_page_counts_is_what_was_released(large, tmp_path):
    assert lumbar("report", large, "--out", tmp_path / "site", "--audience", "public", "--by", "payer").code == 0
    page = (tmp_path / "site" / "index.html").read_text()
    cells = re.findall(r'<td class="num">([\d,]+)</td>', page)
    released = [int(number) for number in re.findall(r": (\d+),?\n", (tmp_path / "site" / "figures.json").read_text())]
    assert cells
    assert {int(cell.replace(",", "")) for cell in cells} <= set(released)
    assert not {int(cell.replace(",", "")) for cell in cells} & set(range(1, 11))


def test_the_next_release_stands_on_the_last(large, tmp_path):
    public = ("--audience", "public", "--by", "kind")
    assert lumbar("report", large, "--out", tmp_path / "one", *public).code == 0
    last = tmp_path / "one" / "figures.json"
    ended = lumbar("report", large, "--out", tmp_path / "two", *public, "--previous", last)
    assert ended.code == 0
    assert "Nothing new can be told yet" in ended.err
    assert (tmp_path / "two" / "figures.json").read_bytes() == last.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("--audience", "public"),
        ("--audience", "public", "--out", "page.html"),
        ("--by", "kind", "--out", "site"),
        ("--previous", "figures.json", "--out", "site"),
        ("--audience", "public", "--by", "surgeon", "--by", "facility", "--out", "site"),
        ("--audience", "public", "--previous", "nowhere.json", "--out", "site"),
    ],
    ids=" ".join,
)
def test_what_does_not_fit_is_told_in_one_line(words, evaluated, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert_one_clear_line(lumbar("report", evaluated, *words))
    assert list(tmp_path.iterdir()) == []


def test_a_release_is_not_forgotten_by_writing_over_it(large, tmp_path):
    public = ("--out", tmp_path / "site", "--audience", "public", "--by", "kind")
    assert lumbar("report", large, *public).code == 0
    before = contents(tmp_path / "site")
    ended = lumbar("report", large, *public, "--overwrite")
    assert_one_clear_line(ended)
    assert f"--previous {tmp_path / 'site' / 'figures.json'}" in ended.err
    assert contents(tmp_path / "site") == before
    ended = lumbar("report", large, *public, "--overwrite", "--previous", tmp_path / "site" / "figures.json")
    assert ended.code == 0


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_no_site_lies_in_a_result_folder(audience, result):
    before = contents(result)
    assert_one_clear_line(lumbar("report", result, "--out", result / "site", "--audience", audience))
    assert contents(result) == before


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31"])
def test_no_result_is_computed_at_the_ends_of_the_calendar(as_of, clinic, tmp_path):
    ended = lumbar("evaluate", clinic, "--year", "2026", "--as-of", as_of, "--out", tmp_path / "result")
    assert_one_clear_line(ended)
    assert list(tmp_path.iterdir()) == []
