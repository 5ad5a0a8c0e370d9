"""The engine's SQL on Spark: the written examples, and generated patients beside DuckDB, in every column."""

from collections import defaultdict

import pytest

from cohort import YEAR
from differences import differing
from engines import duckdb, spark
from lumbar.tables.results import OUTCOME
from shards import Shard, shards
from spec_book import chapters, check_outcome
from spec_run import SpecRun

PARAGRAPHS = tuple(
    paragraph for chapter in chapters() for _, section in chapter.sections for paragraph in section.full()
)
N_PATIENTS = 3000


def largest_of_each_policy() -> list[list[int]]:
    """The numbers of the paragraphs that one query answers: of each policy the most."""
    groups = defaultdict(list)
    for number, paragraph in enumerate(PARAGRAPHS):
        if not paragraph.rates:
            groups[paragraph.policy, paragraph.as_of, paragraph.age_on, paragraph.year].append(number)
    largest = {policy: [] for policy, *_ in groups}
    for (policy, *_), numbers in groups.items():
        largest[policy] = max(largest[policy], numbers, key=len)
    return sorted(largest.values(), key=len)[-3:]


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("numbers", largest_of_each_policy(), ids=lambda numbers: f"{len(numbers)} paragraphs")
def test_the_examples_hold_on_spark(numbers):
    run = SpecRun("spark", PARAGRAPHS)
    for number in numbers:
        outcome, _ = run.result(number)
        check_outcome(PARAGRAPHS[number], outcome)


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("shard", shards(N_PATIENTS)[::4], ids=lambda shard: shard.name)
def test_outcome_and_rate_equal_duckdbs(shard: Shard):
    """Dates on the edges of every window, scores on the edges of every target, ties, several operations, nulls."""
    clinic = shard.clinic()
    ours, theirs = (engine(clinic, YEAR, shard.policy, shard.as_of) for engine in (spark, duckdb))
    assert theirs.outcome
    assert list(ours.outcome[0]) == list(OUTCOME.column_names)
    assert differing(theirs.outcome, ours.outcome, OUTCOME.key) == []
    assert ours.rate == theirs.rate


@pytest.mark.usefixtures("spark")
def test_nobody_gives_no_outcome_and_a_rate_of_nobody():
    empty = {"patient": [{"patient_id": "1"}]}
    shard = shards(N_PATIENTS)[0]
    assert spark(empty, YEAR, shard.policy, shard.as_of) == duckdb(empty, YEAR, shard.policy, shard.as_of)
