"""What a file must say, counted row by row from the result and from nothing a writer made."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lumbar.measures.model import PerformanceYear
from lumbar.tables.results import OVERALL

ReadClinical = Callable[[str], Iterable[Mapping[str, Any]]]

COUNTS = ("eligible", "met", "not_met", "not_assessed", "open", "upcoming")


@dataclass(frozen=True, slots=True)
class Expected:
    """What the result says of the measures and the surgeon that a file is about.

    `counts` by measure and stratum, strata of nobody and each measure's `overall` among them; the names of
    the counts are those of the result table `rate`. `improvement_sums` are points of the met. `rows` are the
    rows in the measure with `row`, their place in the table `outcome` counted from 1: a difference is told by
    that place, so that no patient's id stands in a message. `clinical` reads the rows of a clinical table.
    `on` is the day of the file, `as_of` the day up to which the records are known.
    """

    year: int
    measure_ids: tuple[str, ...]
    npi: str | None
    on: date
    counts: Mapping[tuple[str, str], Mapping[str, int]]
    improvement_sums: Mapping[tuple[str, str], Decimal]
    rows: Sequence[Mapping[str, Any]]
    clinical: ReadClinical
    as_of: date


def _nobody(table: str) -> Iterable[Mapping[str, Any]]:
    return ()


def expected(
    outcome: Iterable[Mapping[str, Any]],
    rules: PerformanceYear,
    measure_ids: Sequence[str],
    npi: str | None,
    on: date,
    clinical: ReadClinical = _nobody,
    as_of: date | None = None,
) -> Expected:
    """Counts the rows of `outcome`, given in the table's order. Without `as_of` it is the day of the file."""
    strata: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for measure in rules.measures:
        if measure.id in measure_ids:
            for stratum in measure.strata:
                name = stratum.name if stratum.submitted_alone else OVERALL
                strata[measure.id, stratum.kind] = name
                counts[measure.id, name] = dict.fromkeys(COUNTS, 0)
            counts[measure.id, OVERALL] = dict.fromkeys(COUNTS, 0)
    sums = dict.fromkeys(counts, Decimal(0))
    rows = []
    for place, row in enumerate(outcome, 1):
        if not row["in_measure"] or row["measure_id"] not in measure_ids:
            continue
        if npi is not None and row["surgeon_npi"] != npi:
            continue
        rows.append({**row, "row": place})
        for name in {strata[row["measure_id"], row["kind"]], OVERALL}:
            key = (row["measure_id"], name)
            counts[key]["eligible"] += 1
            counts[key]["not_met" if row["status"] == "not_assessed" else row["status"]] += 1
            if row["status"] == "not_assessed":
                counts[key]["not_assessed"] += 1
            if row["status"] == "met" and row["improvement"] is not None:
                sums[key] += row["improvement"]
    return Expected(rules.year, tuple(measure_ids), npi, on, counts, sums, rows, clinical, as_of or on)


def differing(about: str, in_file: Mapping[str, Any], in_result: Mapping[str, Any]) -> list[str]:
    """Each value that is not the same, as a line: the file's, then the result's."""
    names = [*in_result, *(name for name in in_file if name not in in_result)]
    return [
        f"{about}, {name}: {in_file.get(name, 'nothing')} in the file, {in_result.get(name, 'nothing')} in the result"
        for name in names
        if in_file.get(name) != in_result.get(name)
    ]
