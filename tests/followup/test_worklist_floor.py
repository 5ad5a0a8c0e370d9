"""The floors on a worklist are those of the ledger, in the years with strata and in those without."""

from datetime import date, timedelta

import pytest

from follow_up_cases import DISCECTOMY, FUSION, add
from lumbar.followup.worklist_files import worklist_json
from lumbar.followup.worklist_words import why_words
from lumbar.measures import for_year
from lumbar.tables.results import OVERALL
from lumbar.workflow import stored
from lumbar.workflow.ledger import ledger_of
from lumbar.workflow.worklist import worklist_of
from result_folder import result_folder

# Code, days from an operation whose window has closed, from one whose window is open, and to the score of the first.
OPERATED = {"fusion": (FUSION, 493, 400, 365), "discectomy": (DISCECTOMY, 200, 76, 80)}


def listed(folder, year):
    """Of each kind, as of 15 February: one met for good, two open, one of them without a baseline."""
    clinic = {"patient": [], "procedure": [], "score": []}
    as_of = date(year, 2, 15)
    for kind, (code, closed, still_open, answered) in OPERATED.items():
        add(clinic, f"{kind} done", as_of - timedelta(days=closed), code, before="8", after=("1", answered))
        for who in ("open", "no baseline"):
            add(clinic, f"{kind} {who}", as_of - timedelta(days=still_open), code, before="8")
    scale = "vas_cm" if year == 2019 else "nrs"  # the numeric rating is not of the measure then
    clinic["score"] = [{**row, "scale": scale} for row in clinic["score"] if "no baseline" not in row["patient_id"]]
    result = stored(result_folder(folder / "result", clinic, year, as_of))
    return result, worklist_of(result)


@pytest.mark.parametrize(("year", "is_overall"), [(2019, True), (2023, True), (2024, False), (2026, False)])
def test_a_floor_is_that_of_the_ledger(tmp_path, year, is_overall):
    result, worklist = listed(tmp_path, year)
    ledger = {(row.measure_id, row.stratum): (row.all, row.locked_met) for row in ledger_of(result).rows}
    names = {(m.id, s.kind): OVERALL if is_overall else s.name for m in for_year(year).measures for s in m.strata}
    assert {line.kind for line in worklist.lines} == {"fusion", "discectomy"}
    for line in worklist.lines:
        for one in line.missing:
            assert (one.floor.n_all, one.floor.n_locked_met) == ledger[one.measure_id, names[one.measure_id, line.kind]]
        if line.patient_id.endswith("open"):
            assert ("in this measure" in why_words(line)) is is_overall
            assert ("in this stratum" in why_words(line)) is not is_overall


@pytest.mark.parametrize(("year", "lifts"), [(2019, False), (2023, True)])
def test_a_score_that_can_never_be_met_does_not_promise_to_lift_the_floor(tmp_path, year, lifts):
    """In 2019 met is a score before and one after: without the first the second cannot make it so."""
    _, worklist = listed(tmp_path, year)
    found = [line for line in worklist.lines if "no baseline" in line.patient_id]
    assert len(found) == 2
    for line in found:
        assert ("if met, would lift the floor" in why_words(line)) is lifts
        assert ("cannot be met without a preoperative score" in why_words(line)) is not lifts
    data = [one for row in worklist_json(worklist)["rows"] for one in row["missing"]]
    for one in data:
        assert (one["floor_if_met"] is None) is (not lifts and one["preoperative_score"] != "there")
