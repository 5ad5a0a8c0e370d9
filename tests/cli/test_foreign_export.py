"""Exports this project did not write: one with its expected results, one without lumbar surgery."""

import csv
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import YEAR, lumbar

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="../shared, the collected data, is not beside the checkout")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    folder = tmp_path_factory.mktemp("foreign") / "result"
    source = DATA / "foreign-fhir"
    ended = lumbar("evaluate", source, "--from", "fhir", *YEAR, "--out", folder, "--no-report")
    assert (ended.code, ended.err) == (0, "")
    return folder


def as_written(name, text):
    """A value of expected.csv: decimals as numbers, since 3.0 and 3 are one score."""
    if text == "":
        return None
    if name in ("provisional", "in_measure"):
        return {"True": True, "False": False}[text]
    return Decimal(text) if name.endswith("_score") else text


def test_every_row_and_column_is_as_expected(foreign):
    with (DATA / "foreign-fhir" / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = [{name: as_written(name, text) for name, text in row.items()} for row in csv.DictReader(file)]
    assert len(expected) == 660
    found = pq.read_table(foreign / "outcome.parquet").to_pylist()
    key = ("episode_id", "instrument", "timepoint")
    by_key = {tuple(row[name] for name in key): row for row in found}
    assert len(by_key) == len(found) == len(expected)
    differing = [row for row in expected if {name: by_key[tuple(row[k] for k in key)][name] for name in row} != row]
    assert differing == []


def test_what_it_rejects_is_in_error_or_has_no_place(foreign):
    rejected = pq.read_table(foreign / "rejected.parquet").to_pylist()
    assert {row["reason"] for row in rejected} == {"entered_in_error", "no_body_site"}
    assert {row["source"] for row in rejected} == {"Observation.ndjson"}


def test_an_export_without_lumbar_surgery_reads_and_has_no_episode(tmp_path):
    ended = lumbar("evaluate", DATA / "synthea-10", *YEAR, "--out", tmp_path / "result", "--no-report")
    assert ended.code == 0
    assert ended.out.startswith("0 operations of 0 patients")
    assert "no operation was found" in ended.err
    assert pq.read_table(tmp_path / "result" / "outcome.parquet").num_rows == 0
    assert lumbar("check", DATA / "synthea-10").code == 0
