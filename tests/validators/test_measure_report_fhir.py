"""MeasureReports before two validators of others, on Node: `make validators` installs them.

Without Node or the packages these tests fail: what has not been looked at is not valid.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command_line import lumbar
from decade import SEED, as_of, clinic_of
from follow_up_cases import AS_OF, YEAR, follow_up_cases
from lumbar.measures import years
from lumbar.synth import write_clinic
from result_folder import result_folder

HERE = Path(__file__).parent
VALIDATORS = ("medplum", "fhir")


def problems(*files: Path) -> list[dict[str, list[str]]]:
    """What each validator finds in each file."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules" / "@medplum").is_dir():
        pytest.fail("the validators are not installed: run make validators")
    done = subprocess.run([node, HERE / "validate.js", *files], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return [found[str(file)] for file in files]


def exported(result: Path, out: Path, *words: str) -> Path:
    ended = lumbar("export", "measure-report", result, "--out", out, *words)
    assert ended.code == 0, ended.err
    return out


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validators")
    return exported(result_folder(folder / "result", follow_up_cases(), YEAR, AS_OF), folder / "reports.json")


def test_every_kind_of_report_and_gap_is_valid(bundle: Path) -> None:
    assert problems(bundle) == [{"medplum": [], "fhir": []}]


def test_the_reports_of_1500_patients_are_valid(tmp_path: Path) -> None:
    write_clinic(tmp_path / "records", 1500, 11, "tables")
    words = ("--year", 2026, "--as-of", "2026-11-21", "--out", tmp_path / "result", "--no-report")
    assert lumbar("evaluate", tmp_path / "records", *words).code == 0
    assert problems(exported(tmp_path / "result", tmp_path / "reports.json")) == [{"medplum": [], "fhir": []}]


def test_the_reports_of_every_year_are_valid(tmp_path: Path) -> None:
    files = [
        exported(
            result_folder(tmp_path / str(year), clinic_of(year, SEED + year, 40), year, as_of(year)),
            tmp_path / f"{year}.json",
        )
        for year in years()
    ]
    assert problems(*files) == [{"medplum": [], "fhir": []}] * len(files)


BROKEN: dict[str, dict[str, Any]] = {
    "no status": {"status": None},
    "no measure": {"measure": None},
    "a period of words": {"period": {"start": "soon", "end": "later"}},
    "an element R4 does not have": {"score": 1},
    "a count that is text": {"group": [{"population": [{"count": "7"}]}]},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_both_validators_refuse_a_broken_report(bundle: Path, tmp_path: Path, broken: str) -> None:
    entries = json.loads(bundle.read_text(encoding="utf-8"))["entry"]
    report = next(e["resource"] for e in entries if e["resource"]["resourceType"] == "MeasureReport")
    path = tmp_path / "broken.json"
    path.write_text(json.dumps({k: v for k, v in (report | BROKEN[broken]).items() if v is not None}))
    (found,) = problems(path)
    assert all(found[validator] for validator in VALIDATORS), found
