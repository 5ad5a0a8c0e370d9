"""What leaves of a result: counted twice, by other code, and the same as the result's own rates."""

import json
import shutil
from dataclasses import asdict
from datetime import date

import pytest

from command_line import assert_one_clear_line, listing, lumbar
from lumbar.errors import ResultFolderError, UsageError
from lumbar.exports.identifiers import checked_npi, checked_tin
from lumbar.exports.recount.expected import COUNTS, expected
from lumbar.workflow.exporting import leaving
from lumbar.workflow.result import stored


def test_what_leaves_is_what_the_rates_count(closed):
    result = stored(closed)
    rates = {(row["measure_id"], row["stratum"]): row for row in result.rate.to_pylist()}
    counts = {(c.measure_id, c.stratum): asdict(c) for c in leaving(result).counts}
    assert counts.keys() == rates.keys()
    for key, row in rates.items():
        assert {name: counts[key][name] for name in COUNTS} == {name: row[name] for name in COUNTS}


def test_the_recount_counts_the_same_for_everybody_and_for_each_surgeon(with_open_windows):
    """Groups of Arrow on one side, rows one by one on the other."""
    result = stored(with_open_windows)
    ids = [measure.id for measure in result.rules.measures]
    surgeons = sorted(set(result.outcome["surgeon_npi"].to_pylist()) - {None})
    assert len(surgeons) > 1
    for npi in [None, *surgeons]:
        there = expected(result.outcome.to_pylist(), result.rules, ids, npi, date(2026, 11, 21))
        for counts in leaving(result, npi=npi).counts:
            written = asdict(counts)
            assert {name: written[name] for name in COUNTS} == there.counts[counts.measure_id, counts.stratum]
            assert counts.improvement_sum == there.improvement_sums[counts.measure_id, counts.stratum]


def test_a_surgeon_or_measure_the_result_does_not_have_is_refused(closed):
    with pytest.raises(UsageError, match="no operation of this result is by NPI 1234567893; it names"):
        leaving(stored(closed), npi="1234567893")
    with pytest.raises(UsageError, match="no measure '460' in this result; it has 459, 461, 471"):
        leaving(stored(closed), measures=["460"])


def test_tables_of_a_result_that_do_not_agree_are_refused(closed):
    """One row of `outcome` is lost: the rates no longer hold."""
    result = stored(closed)
    outcome = result.outcome
    place = outcome["in_measure"].to_pylist().index(True)

    class Shorter:
        rate, run, clinical = result.rate, result.run, staticmethod(result.clinical)

        def __init__(self):
            rows = outcome.to_pylist()
            self.outcome = type(outcome).from_pylist(rows[:place] + rows[place + 1 :], outcome.schema)

    with pytest.raises(ResultFolderError, match="outcome and rate of the result do not agree for measure"):
        leaving(type(result)(Shorter()))


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "2000002024"])
def test_an_npi_whose_check_digit_is_right_is_taken(npi):
    """80840 1234567893: doubled from the right, the sum of digits is 70."""
    assert checked_npi(npi) == npi


@pytest.mark.parametrize(
    "npi", ["1234567890", "123456789", "12345678931", "3234567893", "123456789x", "", "１２３４５６７８９３"]
)
def test_an_npi_that_is_wrong_is_refused(npi):
    with pytest.raises(UsageError, match="NPI"):
        checked_npi(npi)


@pytest.mark.parametrize("digit", "012456789")
def test_of_ten_check_digits_one_is_right(digit):
    """123456789 is completed by 3 alone."""
    with pytest.raises(UsageError, match="check digit"):
        checked_npi(f"123456789{digit}")


@pytest.mark.parametrize(("given", "tin"), [("000456789", "000456789"), ("12-3456789", "123456789")])
def test_a_tin_is_nine_digits(given, tin):
    assert checked_tin(given) == tin


@pytest.mark.parametrize(
    "tin",
    ["12345678", "1234567890", "000000000", "00-0000000", "12345678x", "", "-12345678", "000-456789", "00-045-6789"],
)
def test_a_tin_that_is_wrong_is_refused(tin):
    with pytest.raises(UsageError, match="TIN"):
        checked_tin(tin)


def test_rows_that_the_rates_do_not_bear_out_are_refused_whoever_they_are_of(closed, tmp_path):
    """All that were not assessed of one surgeon are made met: that surgeon's file is refused as everybody's is."""
    result = stored(closed)
    rows = result.outcome.to_pylist()
    surgeon = next(row["surgeon_npi"] for row in rows if row["in_measure"] and row["status"] == "not_assessed")
    better = [
        {**row, "status": "met"} if row["status"] == "not_assessed" and row["surgeon_npi"] == surgeon else row
        for row in rows
    ]
    with pytest.raises(ResultFolderError, match="outcome and rate of the result do not agree for measure 459"):
        leaving(type(result)(changed(result, outcome=better)), npi=surgeon)


def test_a_result_that_lacks_a_patient_of_its_own_is_refused(closed):
    """Nobody would know of a death."""
    result = stored(closed)
    gone = next(row["patient_id"] for row in result.outcome.to_pylist() if row["in_measure"])
    patients = [row for row in result.clinical("patient").to_pylist() if row["patient_id"] != gone]
    with pytest.raises(ResultFolderError, match="lacks patients of its own operations"):
        leaving(type(result)(changed(result, patient=patients)))


def test_a_file_is_dated_no_earlier_than_the_result(closed):
    with pytest.raises(UsageError, match="--on lies before the result's as-of date, 2027-02-01"):
        leaving(stored(closed), on=date(2027, 1, 31))


@pytest.mark.parametrize("name", ["run.json", "outcome.parquet", "new.json", "clinical/score.parquet"])
def test_no_file_is_written_into_a_result(closed, tmp_path, name):
    folder = shutil.copytree(closed, tmp_path / "result")
    before = listing(folder)
    ended = lumbar("export", "qpp", folder, "--tin", "000456789", "--group", "--out", folder / name)
    assert_one_clear_line(ended)
    assert "would lie in the result folder" in ended.err
    assert listing(folder) == before


def test_no_file_takes_the_place_of_the_records(closed, records, tmp_path):
    copied = shutil.copytree(records, tmp_path / "records")
    before = listing(copied)
    ended = lumbar("export", "outcomes", closed, "--privacy", "limited", "--out", copied / "patient.csv")
    assert_one_clear_line(ended)
    assert "is called as a file of the records" in ended.err
    assert listing(copied) == before


def test_no_file_takes_the_place_of_one_that_is_read(closed, tmp_path):
    settings = tmp_path / "site.toml"
    settings.write_text(lumbar("export", "qrda3", "--print-settings").out, encoding="utf-8")
    before = settings.read_bytes()
    words = ("export", "qrda3", closed, "--tin", "000456789", "--settings", settings, "--out", settings)
    assert_one_clear_line(lumbar(*words))
    assert settings.read_bytes() == before


@pytest.mark.parametrize("content", ["[]", "{}", "null", '"x"', '{"year": 2026}', "[" * 100_000])
def test_a_run_json_that_is_none_is_one_clear_line(content, closed, tmp_path):
    folder = shutil.copytree(closed, tmp_path / "result")
    (folder / "run.json").write_text(content, encoding="utf-8")
    ended = lumbar("export", "qpp", folder, "--tin", "000456789", "--group", "--out", tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert not (tmp_path / "s.json").exists()


def test_a_result_by_other_code_lists_is_refused(closed, tmp_path):
    folder = shutil.copytree(closed, tmp_path / "result")
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    run["code_lists"]["procedure_fusion"] = "0" * 64
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    ended = lumbar("export", "qpp", folder, "--tin", "000456789", "--group", "--out", tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert "another rule set" in ended.err


def changed(result, outcome=None, patient=None):
    """The tables of a result with other rows of one of them."""

    class Tables:
        rate, rejected, run = result.rate, result.rejected, result.run

        def __init__(self):
            stored_rows = result.outcome
            self.outcome = (
                stored_rows if outcome is None else type(stored_rows).from_pylist(outcome, stored_rows.schema)
            )

        def clinical(self, name, patient_id=None):
            table = result.clinical(name)
            if name == "patient" and patient is not None:
                return type(table).from_pylist(patient, table.schema)
            return table

    return Tables()
