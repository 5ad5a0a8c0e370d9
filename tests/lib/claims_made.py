"""Files of claims made by the command, with settings and without, and what stands beside them."""

import csv
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from command_line import Ended, lumbar
from lumbar.workflow.result import stored

SETTINGS = {
    "submitter_name": "Northside Spine",
    "submitter_id": "NSPINE01",
    "submitter_contact": "Billing desk",
    "submitter_phone": "(612) 555-0142",
    "receiver_name": "Spine registry",
    "receiver_id": "REGISTRY9",
    "billing_name": "Northside Spine, P.A.",
    "billing_npi": "1245319599",
    "billing_tin": "12-3456789",
    "billing_address": "12 Lantern Street",
    "billing_city": "Saint Paul",
    "billing_state": "MN",
    "billing_zip": "55101-0001",
    "payer_id": "87726",
}


class Made(NamedTuple):
    """A file of claims, its list of what was left out, and what the terminal said."""

    text: str
    left_out: list[dict[str, str]]
    ended: Ended
    path: Path


def made(result: Path, folder: Path, *words: object) -> Made:
    """The command run on a result; the file as `claims.837` in the folder."""
    out = folder / "claims.837"
    ended = lumbar("export", "837p", result, "--out", out, *words)
    assert ended.code == 0, ended.err
    with Path(f"{out}.left-out.csv").open(encoding="utf-8", newline="") as file:
        return Made(out.read_text(encoding="ascii"), list(csv.DictReader(file)), ended, out)


def settings_file(path: Path, **changed: str) -> Path:
    """What `--print-settings` prints, filled in."""
    text = lumbar("export", "837p", "--print-settings").out
    for key, value in {**SETTINGS, **changed}.items():
        text, n = re.subn(rf'^{key} = "[^"]*"', f'{key} = "{value}"', text, flags=re.MULTILINE)
        assert n == 1, key
    path.write_text(text, encoding="utf-8")
    return path


def csv_file(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Rows as a CSV file; the first says the columns."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def billing_system(result: Path, folder: Path) -> tuple[object, ...]:
    """Options of a production file: settings, the address of everybody, and every surgeon's name."""
    patients = stored(result).clinical("patient")["patient_id"].to_pylist()
    surgeons = sorted(set(stored(result).outcome["surgeon_npi"].to_pylist()) - {None})
    addresses = ({"patient_id": p, "address": "1 Elm Street", "city": "Duluth", "state": "mn", "zip": "55802"}
                 for p in patients)  # fmt: skip
    names = ({"npi": npi, "last_name": f"Surgeon{place}", "first_name": "Ada"} for place, npi in enumerate(surgeons))
    return (
        *("--settings", settings_file(folder / "claim.toml")),
        *("--subscribers", csv_file(folder / "subscribers.csv", addresses)),
        *("--surgeons", csv_file(folder / "surgeons.csv", names)),
    )


def with_claims_of(text: str, n_levels: int) -> str:
    """The file with its first subscribers only, its counts right."""
    segments = text.rstrip("~").split("~")
    levels = [place for place, segment in enumerate(segments) if segment.startswith("HL*")]
    kept = segments[: levels[1 + n_levels]]
    return joined([*kept, f"SE*{len(kept) - 1}*0001", *segments[-2:]])


def joined(segments: Iterable[str]) -> str:
    """Segments as a file."""
    return "".join(f"{segment}~" for segment in segments)
