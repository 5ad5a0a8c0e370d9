"""What leaves of a result: counted twice, by other code, and the same as the result's own rates."""

from dataclasses import asdict
from datetime import date

import pytest

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


@pytest.mark.parametrize("tin", ["12345678", "1234567890", "000000000", "12345678x", "", "-12345678"])
def test_a_tin_that_is_wrong_is_refused(tin):
    with pytest.raises(UsageError, match="TIN"):
        checked_tin(tin)
