"""The demo clinic, evaluated: everything that can happen happens in it, and its rate is a believable one."""

from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pytest

import lumbar
from lumbar.synth import calibration, template, write_clinic
from lumbar.synth.blemishes import NOT_IN_FHIR, NOT_IN_TABLES
from lumbar.tables.clinical import PAYERS
from lumbar.tables.results import (
    EXCLUDED,
    FLAGS,
    MET,
    NOT_ASSESSED,
    NOT_IN_MEASURE_REASONS,
    NOT_MET,
    OPEN,
    REJECT_REASONS,
    STATUSES,
)

FORMATS = ("tables", "fhir")
CANNOT_EXPRESS = {"tables": NOT_IN_TABLES, "fhir": NOT_IN_FHIR}


def evaluated(folder: Path, patients: int, format: str, blemishes: bool = True) -> lumbar.Result:
    write_clinic(folder, patients, 7, format, blemishes=blemishes)
    mapping = folder / "mapping.toml"
    return lumbar.evaluate(
        folder, year=calibration.YEAR, as_of=calibration.AS_OF, mapping=mapping if mapping.exists() else None
    )


@pytest.fixture(scope="module", params=FORMATS)
def demo(request, tmp_path_factory):
    """The demo clinic of 2000 patients, seed 7, in each format: the format and its result."""
    return request.param, evaluated(tmp_path_factory.mktemp("demo") / "clinic", 2000, request.param)


def test_of_the_assessed_episodes_55_to_77_percent_meet_the_back_pain_target(demo):
    _, result = demo
    counted = Counter(
        row["status"] for row in result.outcome.to_pylist() if row["instrument"] == "back_pain" and row["in_measure"]
    )
    assessed = counted[MET] + counted[NOT_MET]
    lowest, highest = calibration.MET_BAND
    assert assessed > 400
    assert lowest <= counted[MET] / assessed <= highest


def test_every_status_occurs_in_the_measure_but_upcoming_which_a_closed_period_cannot_have(demo):
    _, result = demo
    rows = result.outcome.to_pylist()
    assert {row["status"] for row in rows} == set(STATUSES)
    assert {row["status"] for row in rows if row["in_measure"]} == {MET, NOT_MET, NOT_ASSESSED, OPEN}
    assert {(row["status"], row["provisional"]) for row in rows} >= {(MET, True), (MET, False), (NOT_MET, True)}
    assert {row["kind"] for row in rows if row["status"] == EXCLUDED} == {"discectomy", "fusion"}


def test_every_flag_and_every_reason_to_stay_out_of_the_measure_occurs(demo):
    _, result = demo
    rows = result.outcome.to_pylist()
    assert {flag for row in rows for flag in row["flags"].split()} == set(FLAGS)
    assert {row["not_in_measure_because"] for row in rows} == {None, *NOT_IN_MEASURE_REASONS}


def test_every_reject_reason_its_format_can_express_occurs_and_rejects_stay_few(demo):
    format, result = demo
    assert set(result.rejected["reason"].to_pylist()) == set(REJECT_REASONS) - set(CANNOT_EXPRESS[format])
    n_rows = sum(file["rows"] for file in result.run["inputs"])
    assert 0.005 < result.rejected.num_rows / n_rows < 0.05


def test_reported_codes_mostly_agree_with_ours_and_sometimes_do_not(demo):
    _, result = demo
    agrees = Counter(result.outcome["reported_agrees"].to_pylist())
    assert agrees[True] > 5 * agrees[False] > 50


def test_every_payer_occurs_and_every_surgeon_has_an_own_response_rate(demo):
    _, result = demo
    rows = [row for row in result.outcome.to_pylist() if row["status"] in (MET, NOT_MET, NOT_ASSESSED)]
    assert set(result.outcome["payer"].to_pylist()) == set(PAYERS)
    closed = Counter(row["surgeon_npi"] for row in rows)
    assessed = Counter(row["surgeon_npi"] for row in rows if row["status"] != NOT_ASSESSED)
    shares = [assessed[npi] / n for npi, n in closed.items() if npi is not None and n >= 300]
    assert len(shares) >= 6
    assert max(shares) - min(shares) > 0.15
    assert all(0.3 < share < 0.7 for share in shares)


def test_the_response_rate_of_every_stratum_is_a_clinics(demo):
    _, result = demo
    lowest, highest = calibration.RESPONSE_BAND
    shares = result.rate["response_rate"].to_pylist()
    assert len(shares) == 9
    assert all(lowest <= share <= highest for share in shares)


@pytest.mark.parametrize("format", FORMATS)
def test_the_blemishes_change_no_result(tmp_path, format):
    with_them = evaluated(tmp_path / "with", 400, format)
    without = evaluated(tmp_path / "without", 400, format, blemishes=False)
    assert with_them.outcome.equals(without.outcome)
    assert with_them.rejected.num_rows > 40
    assert without.rejected.num_rows == 0


def test_both_formats_give_the_same_results(tmp_path):
    """But for patients with quality-data codes, which FHIR does not carry here."""
    tables, fhir = (evaluated(tmp_path / format, 400, format, blemishes=False) for format in FORMATS)
    coded = (tmp_path / "tables" / "reported_code.csv").read_text().splitlines()[1:]
    reported = {line.split(",")[0] for line in coded}
    assert reported
    others = [
        result.outcome.filter(pc.invert(pc.is_in(result.outcome["patient_id"], pc.cast(list_of(reported), "string"))))
        for result in (tables, fhir)
    ]
    assert others[0].num_rows > 1500
    assert others[0].equals(others[1])


def list_of(values: set[str]):
    import pyarrow as pa

    return pa.array(sorted(values))


def test_the_template_example_reads_without_a_reject_and_shows_what_it_says(tmp_path):
    template(tmp_path / "start")
    result = lumbar.evaluate(tmp_path / "start" / "example", year=calibration.YEAR, as_of=calibration.AS_OF)
    assert result.rejected.num_rows == 0
    found = {
        (row["patient_id"], row["kind"], row["instrument"], row["timepoint"]): row for row in result.outcome.to_pylist()
    }

    def told(patient_id, kind, instrument, timepoint, *names):
        row = found[patient_id, kind, instrument, timepoint]
        return tuple(row[name] for name in names)

    assert told("ex-01", "discectomy", "back_pain", "three_month", "code", "reported_agrees") == ("G2136", True)
    assert told("ex-02", "fusion", "back_pain", "three_month", "code", "in_measure") == ("G2137", False)
    assert told("ex-02", "fusion", "back_pain", "one_year", "code", "in_measure", "reported_agrees") == (
        "G2139",
        True,
        False,
    )
    assert told("ex-03", "discectomy", "leg_pain", "three_month", "code", "preoperative_score_id") == (
        "G2140",
        "ex-sc-16",
    )
    assert told("ex-04", "discectomy", "back_pain", "three_month", "status") == ("not_assessed",)
    assert told("ex-05", "fusion", "back_pain", "one_year", "status", "payer") == ("excluded", "blue_cross_blue_shield")
    assert told("ex-06", "fusion", "odi", "one_year", "status", "in_measure") == ("open", True)
    assert told("ex-07", "discectomy", "leg_pain", "three_month", "flags") == ("operated_again",)
    assert told("ex-08", "discectomy", "leg_pain", "three_month", "flags") == ("no_preoperative_score",)
    assert told("ex-09", "discectomy", "back_pain", "three_month", "preoperative_score_id") == ("ex-sc-30",)
    assert told("ex-10", "discectomy", "back_pain", "three_month", "flags") == ("deceased",)
