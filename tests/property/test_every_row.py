"""Laws of one evaluation, true for any thresholds, policy and as-of date, on every engine."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given

from engines import ENGINES
from laws import Question, law, questions
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import (
    FLAGS,
    MET,
    NOT_ASSESSED,
    NOT_IN_MEASURE_REASONS,
    NOT_MET,
    OPEN,
    OUTCOME,
    OVERALL,
    STATUSES,
    TIMEPOINTS,
    UPCOMING,
)

pytestmark = pytest.mark.parametrize("engine", ENGINES)


@law()
@given(drawn=questions())
def test_every_episode_has_six_rows_and_every_row_one_status(engine: str, drawn: Question) -> None:
    outcome = ENGINES[engine](*drawn).outcome
    six = {(instrument, timepoint) for instrument in INSTRUMENTS for timepoint in TIMEPOINTS}
    episodes = Counter(row["episode_id"] for row in outcome)
    assert set(episodes.values()) <= {6}
    for episode_id in episodes:
        rows = [row for row in outcome if row["episode_id"] == episode_id]
        assert {(row["instrument"], row["timepoint"]) for row in rows} == six
    assert {row["status"] for row in outcome} <= set(STATUSES)
    assert {row["not_in_measure_because"] for row in outcome} <= {None, *NOT_IN_MEASURE_REASONS}
    assert {tuple(row) for row in outcome} <= {OUTCOME.column_names}


@law()
@given(drawn=questions())
def test_a_row_does_not_contradict_itself(engine: str, drawn: Question) -> None:
    outcome = ENGINES[engine](*drawn).outcome
    targets = {measure.id: measure.target for measure in drawn.rules.measures}
    for row in outcome:
        before, after, improvement = row["preoperative_score"], row["postoperative_score"], row["improvement"]
        assert improvement == (None if before is None or after is None else before - after)
        for when in ("preoperative", "postoperative"):
            present = {row[f"{when}{part}"] is None for part in ("_score", "_on", "_score_id")}
            assert len(present) == 1, "a score, its date and its id come together"
        if after is not None:
            assert row["window_opens"] <= row["postoperative_on"] <= row["window_closes"]
            assert row["postoperative_on"] <= drawn.as_of
        if before is not None:
            assert row["preoperative_on"] <= row["index_date"]
        target = targets[row["measure_id"]]
        reached = after is not None and (
            after <= target.at_most or (improvement is not None and improvement >= target.improved_by)
        )
        if row["status"] in (MET, NOT_MET):
            assert after is not None
            assert reached is (row["status"] == MET)
        if row["status"] in (UPCOMING, OPEN, NOT_ASSESSED):
            assert after is None
        if row["status"] == UPCOMING:
            assert drawn.as_of < row["window_opens"]
        if row["status"] == OPEN:
            assert row["window_opens"] <= drawn.as_of <= row["window_closes"]
        if row["status"] == NOT_ASSESSED:
            assert drawn.as_of > row["window_closes"]
        assert row["provisional"] is (row["status"] in (MET, NOT_MET) and drawn.as_of <= row["window_closes"])
        assert (row["code"] is None) is (row["status"] in (OPEN, UPCOMING))
        assert row["in_measure"] is (row["not_in_measure_because"] is None)
        if row["status"] == "excluded":
            assert not row["in_measure"]
        if row["not_in_measure_because"] == "excluded":
            assert row["status"] == "excluded"
        flags = row["flags"].split(" ") if row["flags"] else []
        assert flags == sorted(set(flags))
        assert set(flags) <= set(FLAGS)
        agrees = None if row["reported_code"] is None or row["code"] is None else row["reported_code"] == row["code"]
        assert row["reported_agrees"] is agrees


@law()
@given(drawn=questions())
def test_counts_add_up_and_the_overall_row_is_their_sum(engine: str, drawn: Question) -> None:
    outcome, rate = ENGINES[engine](*drawn)
    for measure in drawn.rules.measures:
        rows = {row["stratum"]: row for row in rate if row["measure_id"] == measure.id}
        assert list(rows) == [*(stratum.name for stratum in measure.strata), OVERALL]
        counted = [row for row in outcome if row["measure_id"] == measure.id and row["in_measure"]]
        assert rows[OVERALL]["eligible"] == len(counted)
        for name in ("eligible", "met", "not_met", "not_assessed", "excluded", "open", "upcoming"):
            assert rows[OVERALL][name] == sum(rows[stratum.name][name] for stratum in measure.strata)
        for row in rows.values():
            assert row["met"] + row["not_met"] + row["open"] + row["upcoming"] == row["eligible"]
            assert row["not_assessed"] <= row["not_met"]


@law()
@given(drawn=questions())
def test_a_rate_lies_within_its_interval_and_its_bounds(engine: str, drawn: Question) -> None:
    rate = ENGINES[engine](*drawn).rate
    for row in rate:
        judged = row["met"] + row["not_met"]
        fractions = ("rate", "rate_low", "rate_high", "bound_low", "bound_high", "response_rate")
        if not judged:
            assert [row[name] for name in fractions] == [None] * 6
            continue
        assert all(0 <= row[name] <= 1 for name in fractions)
        assert row["rate"] == row["met"] / judged
        assert row["rate_low"] <= row["rate"] <= row["rate_high"]
        assert row["rate_low"] < row["rate_high"]
        assert row["bound_low"] <= row["rate"] <= row["bound_high"]
        assert row["bound_high"] - row["bound_low"] == pytest.approx(1 - row["response_rate"])


@law()
@given(drawn=questions())
def test_scores_are_carried_unchanged(engine: str, drawn: Question) -> None:
    outcome = ENGINES[engine](*drawn).outcome
    given_scores = {row["score_id"]: row for row in drawn.clinic["score"]}
    for row in outcome:
        for when in ("preoperative", "postoperative"):
            if row[f"{when}_score_id"] is not None:
                chosen = given_scores[row[f"{when}_score_id"]]
                assert row[f"{when}_score"] == chosen["value"]
                assert isinstance(row[f"{when}_score"], Decimal)
                assert row[f"{when}_on"] == chosen["assessed_on"]
                assert row["instrument"] == chosen["instrument"]
                assert row["patient_id"] == chosen["patient_id"]
