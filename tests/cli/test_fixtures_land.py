"""Tiny records, each in a folder named for where its one patient must land.

`<instrument>-<timepoint>-<status>-<code>-<in_measure, or why not>`, as of 21 November 2026.
"""

from pathlib import Path

import pytest

import lumbar
from lumbar.tables.results import NOT_IN_MEASURE_REASONS, STATUSES

FIXTURES = Path(__file__).parents[1] / "fixtures"
FOLDERS = sorted(path for format_ in ("tables", "fhir") for path in (FIXTURES / format_).iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_the_patient_lands_where_the_folder_says(folder):
    instrument, timepoint, status, code, place = folder.name.split("-")
    mapping = folder / "mapping.toml"
    result = lumbar.evaluate(
        folder,
        year=2026,
        as_of="2026-11-21",
        format=folder.parent.name,
        mapping=mapping if mapping.exists() else None,
    )
    rows = {(row["instrument"], row["timepoint"]): row for row in result.outcome.to_pylist()}
    row = rows[instrument, timepoint]
    assert (row["status"], row["code"] or "none") == (status, code)
    assert row["in_measure"] is (place == "in_measure")
    assert (row["not_in_measure_because"] or "in_measure") == place


def test_every_status_and_every_reason_to_stay_out_has_a_folder():
    parts = [folder.name.split("-") for folder in FOLDERS]
    assert {status for _, _, status, _, _ in parts} == set(STATUSES)
    assert {place for *_, place in parts} == {"in_measure", *NOT_IN_MEASURE_REASONS}
