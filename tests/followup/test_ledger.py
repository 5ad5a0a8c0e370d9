"""The ledger by hand: small clinics, every number counted on the fingers."""

from datetime import date, timedelta
from typing import Any

import pytest

from arrow_tables import arrow_clinic, arrow_table
from engines import reference
from lumbar.followup.forecast import CONFIDENCE
from lumbar.followup.groups import DIMENSIONS
from lumbar.followup.ledger import Ledger, LedgerRow, ledger
from lumbar.followup.ledger_words import ledger_json, ledger_lines
from lumbar.measures import for_year
from lumbar.measures.policy import EARLIEST, LATEST, Policy
from lumbar.report.ledger_page import ledger_page
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME
from report_page import INDEX, RUN, Clinic, read

RULES = for_year(2026)
DEFAULT = Policy()
DURING = INDEX + timedelta(days=100)  # the window of three months is open from day 42 to day 140
AFTER = INDEX + timedelta(days=141)


def told(clinic: Clinic, as_of: date, by: str | None = None, policy: Policy = DEFAULT) -> Ledger:
    outcome = arrow_table(OUTCOME, reference(clinic.tables, RULES, policy, as_of).outcome)
    tables = arrow_clinic({table.name: clinic.tables.get(table.name, []) for table in CLINICAL_TABLES})
    return ledger(outcome, tables.__getitem__, RULES, policy, as_of, by)


def row(one: Ledger, stratum: str = "lumbarDiscectomy", group: str | None = None, measure_id: str = "459") -> LedgerRow:
    (only,) = (r for r in one.rows if (r.measure_id, r.stratum, r.group) == (measure_id, stratum, group))
    return only


def counts(one: LedgerRow) -> tuple[int, ...]:
    return (one.all, one.locked_met, one.locked_not_met, one.open, one.upcoming)


def small_clinic() -> Clinic:
    """Met and not met on day 80; one silent; one operated sixty days later, upcoming on day 100; a fusion."""
    clinic = Clinic().operated("met", "8", "2").operated("not-met", "8", "7").operated("silent", "8")
    clinic.operated("later", "8", index=INDEX + timedelta(days=60))
    return clinic.operated("fused", "8", "2", code="22612")


def test_under_the_policy_latest_a_score_is_not_locked_until_its_window_closes():
    assert counts(row(told(small_clinic(), DURING))) == (4, 0, 0, 3, 1)
    assert counts(row(told(small_clinic(), DURING, policy=Policy(postoperative=EARLIEST)))) == (4, 1, 1, 1, 1)


def test_after_the_window_all_is_locked_and_floor_and_ceiling_enclose_what_waits():
    """Four discectomies: one met, two not, one still open: floor 1 of 4, ceiling 2 of 4."""
    one = row(told(small_clinic(), AFTER))
    assert counts(one) == (4, 1, 2, 1, 0)
    assert (one.floor, one.ceiling) == (0.25, 0.5)
    assert one.forecast is not None
    assert 0.25 < one.forecast < 0.5


def test_overall_is_the_sum_over_the_strata():
    one = told(small_clinic(), AFTER)
    assert counts(row(one, "lumbarFusion")) == (1, 0, 0, 0, 1)
    assert counts(row(one, "overall")) == (5, 1, 2, 1, 1)


def test_who_died_without_a_score_is_locked_not_met():
    clinic = small_clinic()
    clinic.tables["patient"][2]["deceased_on"] = DURING
    assert counts(row(told(clinic, DURING))) == (4, 0, 1, 2, 1)


def test_where_nothing_is_counted_every_share_is_null():
    one = row(told(small_clinic(), AFTER), measure_id="471")
    assert counts(one) == (4, 0, 3, 1, 0)
    nobody = row(told(Clinic().operated("a", "8"), AFTER), "lumbarFusion")
    assert counts(nobody) == (0, 0, 0, 0, 0)
    assert (nobody.floor, nobody.ceiling, nobody.forecast, nobody.forecast_interval) == (None, None, None, (None, None))


def test_without_a_closed_window_there_is_no_forecast():
    one = told(small_clinic(), DURING)
    assert not any(h.closed for h in one.history)
    assert row(one).forecast is None
    assert row(one).floor == 0
    assert any("no history" in line for line in ledger_lines(one, RULES))


def test_operations_before_the_period_are_history_and_are_not_counted():
    clinic = small_clinic()
    for n in range(40):
        clinic.operated(f"before-{n}", "8", "2" if n < 30 else None, index=INDEX - timedelta(days=200 + n))
    one = told(clinic, DURING)
    assert counts(row(one)) == (4, 0, 0, 3, 1)
    (history,) = (h for h in one.history if (h.measure_id, h.stratum) == ("459", "lumbarDiscectomy"))
    assert (history.closed, history.answered, history.met) == (40, 30, 30)
    # One has met, whose score stands; one has not; the silent one has passed the day on which all others answered.
    assert row(one).forecast == pytest.approx((1 + 0 + 0.04 + 0.74) / 4, abs=0.05)


def test_an_answer_recorded_after_its_window_had_closed_is_answered():
    clinic = Clinic().operated("late", "8", "2").operated("silent", "8")
    for score in clinic.tables["score"]:
        score["recorded_on"] = AFTER + timedelta(days=5) if score["score_id"] == "late-after" else None
    (history,) = (h for h in told(clinic, AFTER + timedelta(days=10)).history if h.closed and h.met)
    assert (history.closed, history.answered, history.met) == (2, 1, 1)


def test_only_the_whole_word_deceased_among_the_flags_is_a_death():
    outcome = arrow_table(OUTCOME, reference(small_clinic().tables, RULES, DEFAULT, DURING).outcome)
    rows = [{**row, "flags": "not_deceased_yet"} for row in outcome.to_pylist()]
    tables = arrow_clinic({table.name: small_clinic().tables.get(table.name, []) for table in CLINICAL_TABLES})
    one = ledger(arrow_table(OUTCOME, rows), tables.__getitem__, RULES, DEFAULT, DURING)
    assert counts(row(one)) == (4, 0, 0, 3, 1)


def lines_of(one: str, facility: str | None, procedure_id: str, **more: Any) -> dict[str, Any]:
    line = {"procedure_id": procedure_id, "patient_id": one, "performed_on": INDEX, "system": "cpt", "code": "63030"}
    return {**line, "facility": facility, **more}


def test_the_facility_is_that_of_the_qualifying_line_with_the_smallest_id():
    """a0 is an assistant's, a1 another code's, a2 not on that day: a3 starts the episode, and a4 comes after it."""
    clinic = Clinic().operated("p", "8", "2")
    clinic.tables["procedure"] = [
        lines_of("p", "South", "a4"),
        lines_of("p", "North", "a3"),
        lines_of("p", "East", "a0", modifiers="80"),
        lines_of("p", "East", "a1", code="99214"),
        lines_of("p", "East", "a2", performed_on=INDEX - timedelta(days=500)),
    ]
    groups = {r.group for r in told(clinic, AFTER, "facility").rows if r.all}
    assert groups == {"North"}


def test_a_line_with_the_smallest_id_that_names_no_facility_leaves_it_unknown():
    clinic = Clinic().operated("p", "8", "2")
    clinic.tables["procedure"] = [lines_of("p", "South", "a4"), lines_of("p", None, "a3")]
    assert {r.group for r in told(clinic, AFTER, "facility").rows} == {None}


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(INDEX.year - 45, INDEX.month, INDEX.day) + timedelta(days=1), "44 and under"),
        (date(INDEX.year - 45, INDEX.month, INDEX.day), "45-64"),
        (date(INDEX.year - 65, INDEX.month, INDEX.day) + timedelta(days=1), "45-64"),
        (date(INDEX.year - 65, INDEX.month, INDEX.day), "65-74"),
        (date(INDEX.year - 75, INDEX.month, INDEX.day), "75 and over"),
    ],
)
def test_the_age_is_that_in_whole_years_on_the_index_date(born, band):
    clinic = Clinic().operated("p", "8", "2")
    clinic.tables["patient"][0]["birth_date"] = born
    assert {r.group for r in told(clinic, AFTER, "age").rows} == {band}


@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_dimension_is_a_key_of_the_json_and_null_where_it_is_not_known(by):
    clinic = Clinic().operated("p", "8", "2", npi=None)
    rows = ledger_json(told(clinic, AFTER, by))["rows"]
    known = {"payer": "aetna", "age": "45-64"}
    assert {r[by] for r in rows} == {known.get(by)}


def test_groups_stand_in_the_order_of_their_names_the_unknown_last():
    clinic = Clinic()
    for n, npi in enumerate(["2222222228", None, "1111111112"]):
        clinic.operated(f"p{n}", "8", "2", npi=npi)
    rows = ledger_json(told(clinic, AFTER, "surgeon"))["rows"]
    assert list(dict.fromkeys(r["surgeon"] for r in rows)) == ["1111111112", "2222222228", None]


@pytest.mark.parametrize(("n", "is_shown"), [(19, False), (20, True)])
def test_of_a_surgeon_with_fewer_than_twenty_cases_only_the_counts_are_shown(n, is_shown):
    clinic = Clinic()
    for number in range(n):
        clinic.operated(f"p{number}", "8", "2" if number % 2 else "7", npi="1111111112")
    one = told(clinic, AFTER, "surgeon")
    (line,) = (x for x in ledger_lines(one, RULES) if x.startswith("459      lumbarDiscectomy"))
    assert line.split()[3:5] == [str(n), "9" if n == 19 else "10"]
    rows = [cells for table in read(ledger_page(one, RULES, RUN)).all("table") for cells in table.rows()]
    shown = next(cells for cells in rows if cells[0] == "1111111112")
    assert ("%" in line, "fewer than 20" in line) == (is_shown, not is_shown)
    assert ("%" in "".join(shown), "fewer than 20" in shown) == (is_shown, not is_shown)
    assert shown[2:4] == line.split()[3:5]
    assert ledger_json(one)["rows"][0]["floor"] is not None
    assert any("%" in x for x in ledger_lines(told(clinic, AFTER, "payer"), RULES) if x.startswith("459"))


def test_the_years_of_both_scores_tell_who_has_both():
    """2019: a score after surgery without one before it is not met, and the ledger's floor is the share with both."""
    rules = for_year(2019)
    period = rules.measures[0].strata[0].period
    clinic = Clinic()
    for name, before, after in (("both", "8", "7"), ("after", None, "2"), ("none", "8", None)):
        clinic.operated(name, before, after, index=period.starts_on)
    for score in clinic.tables["score"]:
        score["scale"] = "vas_cm"
    as_of = period.starts_on + timedelta(days=200)
    outcome = arrow_table(OUTCOME, reference(clinic.tables, rules, Policy(), as_of).outcome)
    one = ledger(outcome, arrow_clinic(clinic.tables).__getitem__, rules, Policy(postoperative=LATEST), as_of)
    (back,) = (r for r in one.rows if r.measure_id == rules.measures[0].id)
    assert back.stratum == "overall"
    assert counts(back) == (3, 1, 2, 0, 0)
    assert any("a score before and one after" in line for line in ledger_lines(one, rules))


def test_the_interval_is_the_one_that_the_pages_name():
    assert CONFIDENCE == 0.80
