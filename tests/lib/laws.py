"""Strategies for the laws: small clinics of generated patients, policies, and thresholds of any height."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st

from arrow_tables import Row
from cohort import AS_OF_DATES, YEAR, cohort
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy
from lumbar.tables.clinical import ODI

N_PATIENTS = 40
N_EXAMPLES = 6
MANY_SEEDS = st.integers(min_value=1, max_value=10**9)


class Question(NamedTuple):
    """What an engine is asked: a clinic, rules, a policy and an as-of date."""

    clinic: dict[str, list[Row]]
    rules: PerformanceYear
    policy: Policy
    as_of: date


def law(max_examples: int = N_EXAMPLES) -> settings:
    """How a law is tried: the same examples every time, each a whole clinic, however slow the engine."""
    return settings(max_examples=max_examples, deadline=None, derandomize=True, database=None)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any clinic under any rules, policy and as-of date."""
    return Question(draw(clinics()), draw(rule_sets()), draw(policies()), draw(as_of_dates()))


def clinics(n_patients: int = N_PATIENTS) -> st.SearchStrategy[dict[str, list[Row]]]:
    """Clinics of a few generated patients, aimed at the first as-of date."""
    return MANY_SEEDS.map(lambda seed: cohort(seed, range(n_patients), AS_OF_DATES[0]))


def as_of_dates() -> st.SearchStrategy[date]:
    """Any day on which some generated window may be open, or long after."""
    return st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 12, 31))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Every choice the specification leaves open, and thresholds of any height."""
    thresholds = st.decimals(min_value="0.1", max_value="30", places=1)
    return Policy(
        postoperative=draw(st.sampled_from((LATEST, NEAREST, EARLIEST))),
        include_unverified_procedures=draw(st.booleans()),
        responder_pain=draw(thresholds),
        responder_odi=draw(thresholds),
        worse_pain=draw(thresholds),
        worse_odi=draw(thresholds),
    )


@st.composite
def rule_sets(draw: st.DrawFn) -> PerformanceYear:
    """The year's rules with any targets, and identification periods moved by any number of days."""
    moved = timedelta(days=draw(st.integers(min_value=-400, max_value=400)))
    years = draw(st.integers(min_value=0, max_value=30))
    pain = with_targets(YEAR, draw(_points(10)), draw(_points(10)), draw(_points(100)), draw(_points(100)))
    return replace(
        pain,
        measures=tuple(
            replace(
                measure,
                strata=tuple(
                    replace(
                        stratum,
                        period=replace(
                            stratum.period,
                            starts_on=stratum.period.starts_on + moved,
                            ends_on=stratum.period.ends_on + moved,
                            age_on=stratum.period.age_on + moved,
                            minimum_age_years=years,
                        ),
                    )
                    for stratum in measure.strata
                ),
            )
            for measure in pain.measures
        ),
    )


def with_targets(
    rules: PerformanceYear, pain_at_most: Decimal, pain_by: Decimal, odi_at_most: Decimal, odi_by: Decimal
) -> PerformanceYear:
    """The rules with other targets, in points."""
    return replace(
        rules,
        measures=tuple(
            replace(
                measure,
                target=replace(
                    measure.target,
                    at_most=odi_at_most if measure.instrument == ODI else pain_at_most,
                    improved_by=odi_by if measure.instrument == ODI else pain_by,
                ),
            )
            for measure in rules.measures
        ),
    )


def _points(highest: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(min_value=0, max_value=highest, places=4)
