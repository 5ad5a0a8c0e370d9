"""The population sets of a QRDA Category III file: one a stratum, each count also by sex, race, ethnicity and payer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.codelists.qrda3 import ELEMENTS, ETHNICITY, PAYER, RACE, SEX, UNKNOWN, categories, category_of
from lumbar.exports.leaving import Leaving
from lumbar.measures.model import Measure
from lumbar.tables.results import MET, NOT_ASSESSED, NOT_MET, OPEN, OVERALL, UPCOMING

IPOP, DENOM, DENEX, DENEXCEP, NUMER = "IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER"

# What counts in each population. Excluded operations do not leave (ADR 0028), and there are no exceptions.
POPULATIONS: Mapping[str, frozenset[str]] = {
    IPOP: frozenset({MET, NOT_MET, NOT_ASSESSED, OPEN, UPCOMING}),
    DENOM: frozenset({MET, NOT_MET, NOT_ASSESSED}),
    DENEX: frozenset(),
    DENEXCEP: frozenset(),
    NUMER: frozenset({MET}),
}

_RECORDED = (SEX, RACE, ETHNICITY)
_SIX_DECIMALS = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Population:
    """The operations of one population, and the same operations by element and category: each sums to `n`."""

    n: int
    by: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class PopulationSet:
    """The populations of one measure and stratum, by HL7's code; `not_assessed` stand in the denominator."""

    measure: Measure
    stratum: str
    not_assessed: int
    populations: Mapping[str, Population]

    @property
    def judged(self) -> int:
        """How many the rate is of."""
        return self.populations[DENOM].n

    @property
    def met(self) -> int:
        """How many met the target."""
        return self.populations[NUMER].n

    @property
    def rate(self) -> Decimal | None:
        """Numerator by denominator to six decimals; none of an empty denominator."""
        return (Decimal(self.met) / self.judged).quantize(_SIX_DECIMALS, ROUND_HALF_UP) if self.judged else None


def population_sets(leaving: Leaving) -> list[PopulationSet]:
    """A population set for each stratum that CMS takes by itself, or else one for the measure; also of nobody."""
    groups = _groups(leaving)
    return [
        PopulationSet(
            measure, counts.stratum, counts.not_assessed, _populations(_of_stratum(groups, measure, counts.stratum))
        )
        for measure in leaving.rules.measures
        for counts in leaving.counts_of(measure)
    ]


def unrecognised(leaving: Leaving) -> dict[str, int]:
    """By element, the patients whose recorded words no list of ours holds: they are counted as unknown."""
    recorded = _people(leaving)
    recorded = recorded.filter(pc.is_in(recorded["patient_id"], pc.unique(leaving.rows["patient_id"])))
    return {
        element: n
        for element in _RECORDED
        if (n := sum(v["counts"] for v in _values(recorded, element) if category_of(element, v["values"]) is None))
    }


def _people(leaving: Leaving) -> pa.Table:
    return leaving.clinical("patient").select(["patient_id", *_RECORDED])


def _values(table: pa.Table, column: str) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = pc.value_counts(table[column]).to_pylist()
    return values


def _groups(leaving: Leaving) -> list[dict[str, Any]]:
    """Rows that are the same in all that is counted, and how many."""
    keys = ["measure_id", "kind", "status", *ELEMENTS]
    rows = leaving.rows.select(["patient_id", "measure_id", "kind", "status", PAYER])
    joined = rows.join(_people(leaving), "patient_id", join_type="left outer")
    groups: list[dict[str, Any]] = joined.group_by(keys).aggregate([([], "count_all")]).to_pylist()
    return groups


def _of_stratum(groups: Sequence[dict[str, Any]], measure: Measure, name: str) -> list[dict[str, Any]]:
    kinds = {stratum.kind for stratum in measure.strata if name in (stratum.name, OVERALL)}
    return [group for group in groups if group["measure_id"] == measure.id and group["kind"] in kinds]


def _populations(groups: Sequence[dict[str, Any]]) -> dict[str, Population]:
    return {
        code: _population([group for group in groups if group["status"] in statuses])
        for code, statuses in POPULATIONS.items()
    }


def _population(groups: Sequence[dict[str, Any]]) -> Population:
    by: dict[str, dict[str, int]] = {}
    for element in ELEMENTS:
        counter: Counter[str] = Counter()
        for group in groups:
            counter[category_of(element, group[element]) or UNKNOWN] += group["count_all"]
        by[element] = {category.code: counter[category.code] for category in categories(element)}
    return Population(sum(group["count_all"] for group in groups), by)
