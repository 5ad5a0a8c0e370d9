"""The recount of a submission: whatever of it is not what the result says is refused, and nothing is released."""

import copy
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from command_line import lumbar
from decade_results import answering_clinic, decade_result
from lumbar.errors import RecountError
from lumbar.exports import qpp
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import expected
from lumbar.workflow import release
from lumbar.workflow.result import stored
from submissions import GROUP, TIN, changed, integers, one_more, submission

SET = ("measurementSets", 0)
MEASUREMENT = (*SET, "measurements", 0)
VALUE = (*MEASUREMENT, "value")
# Results by what makes their submissions different: the year's metric type, or whose it is.
CASES = {"nonProportion": 2019, "singlePerformanceRate": 2022, "multiPerformanceRate": None, "individual": None}
NPI = "2000001018"


class Released:
    """A submission, the result it was written from, and what the result says."""

    def __init__(self, result, npi, folder):
        self.result, self.npi, self.path = result, npi, folder / "s.json"
        whole = stored(result)
        ids = [measure.id for measure in whole.rules.measures]
        self.expected = expected(whole.outcome.to_pylist(), whole.rules, ids, npi, whole.run["as_of"])
        words = GROUP if npi is None else ("--tin", TIN, "--npi", npi)
        self.document = submission(result, folder / "good.json", *words)

    def refused(self, document):
        """What the recount says of another document in its place."""
        text = document if isinstance(document, str) else json.dumps(document)
        self.path.write_text(text, encoding="utf-8")
        with pytest.raises(RecountError) as error:
            recount("qpp", self.path, self.expected)
        assert error.value.exit_code == 1
        return str(error.value)


@pytest.fixture(scope="module", params=CASES)
def case(request, closed, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    year = CASES[request.param]
    result = closed if year is None else decade_result(folder, year, answering_clinic(year))
    return Released(result, NPI if request.param == "individual" else None, folder)


def test_what_was_released_is_what_the_result_says(case):
    case.path.write_text(json.dumps(case.document))
    recount("qpp", case.path, case.expected)


def test_every_number_of_the_file_is_looked_at(case):
    """One more in any place is refused by the name of the place, with both figures."""
    places = list(integers(case.document))
    assert len(places) >= 30
    for place in places:
        for change in (one_more, lambda number: number - 1):
            other = changed(case.document, place, change)
            told = case.refused(other)
            assert place[-1] in told
            if place[-1] != "performanceYear":
                measure_id = case.document["measurementSets"][0]["measurements"][place[3]]["measureId"]
                assert f"measure {measure_id}" in told
            if "strata" in place:
                value = case.document["measurementSets"][0]["measurements"][place[3]]["value"]
                assert value["strata"][place[6]]["stratum"] in told


def test_no_number_may_be_of_another_kind(case):
    for place in integers(case.document):
        for change in (lambda n: None, str, lambda n: [n]):
            case.refused(changed(case.document, place, change))
        if place[-1] not in ("numerator", "performanceYear"):
            assert "written as another kind of number" in case.refused(changed(case.document, place, float))
        if place[-1] == "eligiblePopulationException":
            case.refused(changed(case.document, place, lambda n: False))


def without(name):
    return lambda there: {key: value for key, value in there.items() if key != name}


def with_(**more):
    return lambda there: {**there, **more}


@pytest.mark.parametrize(
    ("place", "change", "told"),
    [
        (SET, with_(category="ia"), "category: ia in the file, quality in the result"),
        (SET, with_(submissionMethod="claims"), "submissionMethod"),
        (SET, with_(programName="pcf"), "programName: pcf is no program of these measures"),
        (SET, with_(programName=""), "programName"),
        (SET, without("programName"), "fields"),
        (SET, with_(performanceStart="2017-01-01"), "performanceStart"),
        (SET, with_(performanceEnd="2017-12-31"), "performanceEnd"),
        (SET, with_(performanceRate=50), "fields"),
        (SET, lambda there: {**there, "measurements": there["measurements"][1:]}, "measures: 4"),
        (SET, lambda there: {**there, "measurements": [*there["measurements"], there["measurements"][0]]}, "459, 459"),
        (MEASUREMENT, with_(measureId="001"), "measures: 001"),
        (MEASUREMENT, with_(isEndToEndReported=False), "measure 459, fields"),
        (VALUE, with_(isEndToEndReported="true"), "isEndToEndReported: neither true nor false"),
        (VALUE, with_(isEndToEndReported=1), "isEndToEndReported: neither true nor false"),
        (VALUE, without("isEndToEndReported"), "has not the form of qpp (KeyError)"),
        (VALUE, with_(performanceRate=50.0), "performanceRate"),
        (VALUE, with_(reportingRate=100), "reportingRate"),
        (VALUE, with_(caseCount=None), "caseCount"),
    ],
)
def test_nothing_else_may_be_in_the_file_or_missing(case, place, change, told):
    assert told in case.refused(changed(case.document, place, change))


@pytest.mark.parametrize("tin", ["12345678", "1234567890", "12345678x", "", "१२३४५६७८९"])
def test_a_tin_that_is_none_is_refused(case, tin):
    assert "not nine digits" in case.refused({**case.document, "taxpayerIdentificationNumber": tin})


def test_another_tin_than_asked_for_is_refused_and_not_told(case):
    document = {**case.document, "taxpayerIdentificationNumber": "111223333"}
    case.path.write_text(json.dumps(document))
    recount("qpp", case.path, case.expected)  # where none was asked for
    with pytest.raises(RecountError, match="taxpayerIdentificationNumber: not the one asked for") as refused:
        recount("qpp", case.path, replace(case.expected, tin=TIN))
    assert "111223333" not in str(refused.value)
    case.path.write_text(json.dumps(case.document))
    recount("qpp", case.path, replace(case.expected, tin=TIN))


def test_an_npi_stands_in_it_exactly_when_the_counts_are_one_surgeons(case):
    for other in ("2000002024", None):
        assert "submission" in case.refused({**case.document, "nationalProviderIdentifier": other})
    other_type = "group" if case.npi else "individual"
    assert "entityType" in case.refused({**case.document, "entityType": other_type})
    if case.npi:
        assert "submission, fields" in case.refused(without("nationalProviderIdentifier")(case.document))


def test_what_is_no_submission_is_refused(case):
    for text in ("", "{", "[]", "{}", "null", json.dumps(case.document).replace("quality", 'quality", "x": "y', 1)):
        case.refused(text)
    whole = json.dumps(case.document)
    assert "ValueError" in case.refused(whole.replace('"entityType"', '"entityType": "group", "entityType"', 1))
    assert "ValueError" in case.refused(whole.replace(": 0", ": NaN", 1))


@pytest.mark.parametrize(
    "change",
    [
        lambda strata: strata[:1],
        lambda strata: [strata[0], strata[0]],
        lambda strata: [*strata, strata[1]],
        lambda strata: [{**strata[0], "stratum": "discectomyLaminectmy"}, strata[1]],
        lambda strata: [{**strata[0], "stratum": "overall"}, strata[1]],
        lambda strata: [{**strata[0], "stratum": "lumbarFusion"}, {**strata[1], "stratum": "lumbarDiscectomy"}],
        lambda strata: [{**strata[0], "performanceRate": 39.2}, strata[1]],
        lambda strata: [without("eligiblePopulationException")(strata[0]), strata[1]],
    ],
)
def test_each_stratum_stands_once_with_its_own_five_counts(closed, tmp_path, change):
    multi = Released(closed, None, tmp_path)
    multi.refused(changed(multi.document, (*VALUE, "strata"), change))


def test_a_mean_is_looked_at_to_its_last_decimal(tmp_path):
    """The fourth decimal, and a fifth that should not be there."""
    result = decade_result(tmp_path, 2019, answering_clinic(2019))
    average = Released(result, None, tmp_path)
    numerator = average.document["measurementSets"][0]["measurements"][0]["value"]["numerator"]
    text = json.dumps(average.document)
    for off in ("0.0001", "-0.0001", "0.00001"):
        other = str(Decimal(str(numerator)) + Decimal(off))
        assert "numerator" in average.refused(text.replace(f'"numerator": {numerator}', f'"numerator": {other}', 1))


def test_a_fault_of_the_writer_is_not_released(closed, tmp_path, monkeypatch):
    """A planted fault: one more is met. Exit code 1, the file that was there stays, and nothing lies beside it."""
    honest = qpp._five_counts
    monkeypatch.setattr(qpp, "_five_counts", lambda counts: {**honest(counts), "performanceMet": counts.met + 1})
    out = tmp_path / "s.json"
    out.write_text("as it was")
    ended = lumbar("export", "qpp", closed, "--out", out, *GROUP)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1
    assert "measure 459, lumbarDiscectomy, performanceMet: " in ended.err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("s.json", "as it was")]


def test_a_number_changed_after_writing_is_not_released(case, tmp_path):
    """Every number of the file, changed between the writing and the recount."""
    out = tmp_path / "s.json"
    out.write_text("as it was")
    for place in list(integers(case.document))[:6]:
        document = changed(copy.deepcopy(case.document), place, one_more)

        def write(_, path, document=document):
            path.write_text(json.dumps(document))
            return []

        with pytest.raises(RecountError):
            release(case.result, "qpp", out, write, npi=case.npi)
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("s.json", "as it was")]
