"""Every performance year: DuckDB and the reference give the same `outcome` and `rate`, in every column."""

from functools import cache

import pytest

from arrow_tables import arrow_clinic
from decade import as_of, clinic_of, decade
from differences import differing
from engines import Evaluated, by_key, duckdb, rates_by_key, reference
from lumbar.engine.duckdb import evaluate_tables
from lumbar.measures import for_year, years
from lumbar.measures.model import BothScores
from lumbar.measures.policy import NEAREST, Policy
from lumbar.tables.results import NOT_IN_MEASURE_REASONS, OUTCOME, OVERALL, STATUSES

N_PATIENTS = 400


@cache
def of_year(year: int) -> tuple[Evaluated, Evaluated]:
    """What the reference and DuckDB say of the patients around one year."""
    clinic = clinic_of(year, year, N_PATIENTS)
    return tuple(engine(clinic, for_year(year), Policy(), as_of(year)) for engine in (reference, duckdb))


@pytest.mark.parametrize("year", years())
def test_outcome_and_rate_are_equal(year: int) -> None:
    theirs, ours = of_year(year)
    assert ours.outcome
    assert differing(theirs.outcome, ours.outcome, OUTCOME.key) == []
    _rates_are_equal(theirs, ours)


def _rates_are_equal(theirs: Evaluated, ours: Evaluated) -> None:
    one, other = rates_by_key(theirs.rate), rates_by_key(ours.rate)
    assert list(one) == list(other)
    for key, row in one.items():
        assert other[key] == {
            name: pytest.approx(value, rel=1e-14, abs=1e-14) if isinstance(value, float) else value
            for name, value in row.items()
        }


@pytest.mark.parametrize("year", years())
def test_they_are_equal_while_windows_are_open_and_under_another_policy(year: int) -> None:
    rules, policy, day = for_year(year), Policy(postoperative=NEAREST), as_of(year).replace(month=4, day=30)
    clinic = clinic_of(year, year + 1, N_PATIENTS // 2)
    theirs, ours = (engine(clinic, rules, policy, day) for engine in (reference, duckdb))
    assert differing(theirs.outcome, ours.outcome, OUTCOME.key) == []
    _rates_are_equal(theirs, ours)


@pytest.mark.parametrize("year", years())
def test_a_measure_asked_for_alone_has_the_rows_it_has_in_the_year(year: int) -> None:
    clinic = arrow_clinic(clinic_of(year, year, N_PATIENTS))
    rules, ours = for_year(year), of_year(year)[1]
    for measure in rules.measures:
        outcome, rate = evaluate_tables(clinic, rules, Policy(), as_of(year), measure_ids=[measure.id])
        assert by_key(outcome.to_pylist()) == [row for row in ours.outcome if row["measure_id"] == measure.id]
        assert rate.to_pylist() == [row for row in ours.rate if row["measure_id"] == measure.id]


@pytest.mark.parametrize("year", years())
def test_every_code_reason_and_status_of_the_year_occurs(year: int) -> None:
    """The generator tested: what the year can give, some patient gets."""
    rows = of_year(year)[0].outcome
    strata = [stratum for measure in for_year(year).measures for stratum in measure.strata]
    codes = {c for s in strata for c in (s.codes.met, s.codes.not_met, s.codes.not_assessed, s.codes.excluded)}
    assert codes <= {row["code"] for row in rows}
    assert len(codes & {row["reported_code"] for row in rows}) > len(codes) / 2
    assert set(NOT_IN_MEASURE_REASONS) == {row["not_in_measure_because"] for row in rows} - {None}
    assert set(STATUSES) - {"open", "upcoming"} <= {row["status"] for row in rows}
    assert {row["measure_id"] for row in rows if row["in_measure"]} == {m.id for m in for_year(year).measures}


def test_a_chosen_pain_score_is_numeric_only_from_2023_on() -> None:
    """Through the clinic of all ten years, whose scores are mostly numeric."""
    scales = {score["score_id"]: score["scale"] for score in decade()["score"]}
    for year in years():
        outcome = duckdb(decade(), for_year(year), Policy(), as_of(year)).outcome
        chosen = {
            scales[i] for row in outcome for i in (row["preoperative_score_id"], row["postoperative_score_id"]) if i
        }
        assert ("nrs" in chosen) == (year >= 2023), year


@pytest.mark.parametrize("year", years())
def test_the_average_change_stands_where_both_scores_are_asked_for(year: int) -> None:
    wants_both = {m.id for m in for_year(year).measures if isinstance(m.target, BothScores)}
    assert wants_both == ({m.id for m in for_year(year).measures} if year <= 2019 else set())
    rates = [row for row in of_year(year)[1].rate if row["stratum"] == OVERALL]
    assert {row["measure_id"] for row in rates if row["mean_change"] is not None} == wants_both
