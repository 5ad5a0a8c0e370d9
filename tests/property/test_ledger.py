"""Laws of the ledger on closed cohorts (RULES §8): what is locked stays locked, and the end lies between the ends."""

from collections import Counter
from random import Random
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from arrow_tables import Row, arrow_clinic, arrow_table
from closed_cohorts import closed_cohorts
from engines import duckdb
from laws import Question, law
from lumbar.followup.groups import DIMENSIONS
from lumbar.followup.ledger import Ledger, ledger
from lumbar.tables.clinical import PATIENT, PROCEDURE, SCORE
from lumbar.tables.results import OUTCOME

N_EXAMPLES = 9


def kept(question: Question, by: str | None = None) -> tuple[Ledger, dict[tuple[str, str], Any]]:
    """The ledger of the day, and the rate table's rows."""
    evaluated = duckdb(*question)
    return told_by(question, evaluated.outcome, by), {
        (row["measure_id"], row["stratum"]): row for row in evaluated.rate
    }


def told_by(question: Question, outcome: list[Row], by: str | None) -> Ledger:
    tables = arrow_clinic(question.clinic)
    return ledger(
        arrow_table(OUTCOME, outcome), tables.__getitem__, question.rules, question.policy, question.as_of, by
    )


def rows_by_key(told: Ledger) -> dict[tuple[str, str, str | None], Any]:
    return {(row.measure_id, row.stratum, row.group): row for row in told.rows}


@law(N_EXAMPLES)
@given(days=closed_cohorts(), by=st.sampled_from((None, "surgeon", "payer", "age")))
def test_floor_never_falls_ceiling_never_rises_and_they_meet_at_the_final_rate(days: list[Question], by: str | None):
    *_, (end, rates) = told = [kept(question, by) for question in days]
    final = rows_by_key(end)
    seen: dict[tuple[str, str, str | None], tuple[float, float]] = {}
    for one, _ in told:
        rows = rows_by_key(one)
        assert rows.keys() == final.keys()
        for key, row in rows.items():
            assert row.all == final[key].all
            if not row.all:
                assert (row.floor, row.ceiling, row.forecast, row.forecast_interval) == (None, None, None, (None, None))
                continue
            assert row.floor <= final[key].floor <= row.ceiling
            low, high = seen.get(key, (0.0, 1.0))
            assert low <= row.floor, "the floor never falls"
            assert row.ceiling <= high, "the ceiling never rises"
            seen[key] = row.floor, row.ceiling
            if row.forecast is not None:
                low, high = row.forecast_interval
                assert row.floor <= low <= row.forecast <= high <= row.ceiling
    for key, row in final.items():
        assert row.open == row.upcoming == 0
        assert row.floor == row.ceiling == row.forecast
        if by is None:
            assert row.floor == rates[key[:2]]["rate"], "the end is the rate"


@law(4)
@given(days=closed_cohorts())
def test_every_counted_row_stands_in_one_place_and_groups_add_up_to_the_whole(days: list[Question]):
    for question in days[1:3]:
        outcome, rate = duckdb(*question)
        whole = told_by(question, outcome, None)
        rates = {(row["measure_id"], row["stratum"]): row for row in rate}
        assert {(row.measure_id, row.stratum) for row in whole.rows} == rates.keys(), "the strata of the rate table"
        for row in whole.rows:
            assert row.all == rates[row.measure_id, row.stratum]["eligible"]
        for by in DIMENSIONS:
            parts = told_by(question, outcome, by)
            for name in ("all", "locked_met", "locked_not_met", "open", "upcoming"):
                added: Counter[tuple[str, str]] = Counter()
                for row in parts.rows:
                    added[row.measure_id, row.stratum] += getattr(row, name)
                for row in whole.rows:
                    assert added[row.measure_id, row.stratum] == getattr(row, name), (by, name)


@law(4)
@given(days=closed_cohorts(), seed=st.integers())
def test_the_order_of_rows_never_matters(days: list[Question], seed: int):
    question = days[2]
    outcome, _ = duckdb(*question)
    tables = arrow_clinic(question.clinic)

    def told(shuffle: bool) -> Ledger:
        def order(table: pa.Table) -> pa.Table:
            return table.take(Random(seed).sample(range(len(table)), len(table))) if shuffle else table

        rows = order(arrow_table(OUTCOME, outcome))
        return ledger(rows, lambda name: order(tables[name]), question.rules, question.policy, question.as_of, "age")

    assert told(shuffle=True) == told(shuffle=False)


@law(4)
@given(days=closed_cohorts())
def test_no_score_a_patient_gave_moves_the_forecast(days: list[Question]):
    """Only that and when it was given, and met or not: with every value rubbed out, the ledger is the same."""
    question = days[2]
    outcome, _ = duckdb(*question)
    tables = arrow_clinic(question.clinic)
    rubbed = [
        row
        | dict.fromkeys(
            ("preoperative_score", "preoperative_on", "preoperative_score_id", "improvement", "postoperative_score")
        )
        for row in outcome
    ]
    blank = tables | {SCORE.name: arrow_table(SCORE, [{**row, "value": 0} for row in question.clinic["score"]])}
    arguments = (question.rules, question.policy, question.as_of)
    seen = ledger(arrow_table(OUTCOME, outcome), tables.__getitem__, *arguments)
    assert ledger(arrow_table(OUTCOME, rubbed), blank.__getitem__, *arguments) == seen
    assert {PATIENT.name, PROCEDURE.name} <= tables.keys()


def test_the_generated_cohorts_hold_what_the_laws_speak_of():
    """Deaths, further operations, ties and several scores a window; locked, open and upcoming rows, and verdicts that turn."""
    seen: Counter[str] = Counter()
    standing_before: dict[tuple[Any, ...], str] = {}

    @law(5)
    @given(days=closed_cohorts())
    def look(days: list[Question]) -> None:
        standing_before.clear()
        for question in days:
            outcome, _ = duckdb(*question)
            for row in outcome:
                if not row["in_measure"]:
                    continue
                seen[question.policy.postoperative] += 1
                seen[str(question.rules.year)] += 1
                seen.update(row["flags"].split())
                seen[row["status"]] += 1
                key = (row["episode_id"], row["instrument"], row["timepoint"])
                if {standing_before.get(key), row["status"]} == {"met", "not_met"}:
                    seen["turned"] += 1
                standing_before[key] = row["status"]
                if row["provisional"] and "deceased" in row["flags"]:
                    seen["dead with a provisional score"] += 1

    look()
    wanted = {"latest", "nearest", "earliest", "2019", "2021", "2026", "deceased", "operated_again", "shared_score"}
    wanted |= {"met", "not_met", "not_assessed", "open", "upcoming", "turned", "dead with a provisional score"}
    assert wanted <= seen.keys()
