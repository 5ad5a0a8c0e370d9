"""Recounts a QRDA Category III file: its entries against the result, its narrative against its entries."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lumbar.codelists.qrda3 import ELEMENTS, PAYER, categories, category_of
from lumbar.exports.recount.expected import Expected, differing
from lumbar.exports.recount.qrda3_document import Document, Key, PopulationSet, read_document
from lumbar.measures import for_year
from lumbar.statistics.intervals import wilson
from lumbar.tables.results import OVERALL

_POPULATIONS = ("IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER")
_IN_TABLE = ("IPOP", "DENOM", "NUMER")


def differences(path: Path, expected: Expected) -> list[str]:
    """What of the file is not what the result says; empty when all is."""
    document = read_document(path)
    keys = _keys(expected)
    found = differing("the header", document.header, _header(expected))
    found += differing("the file", {"measures": sorted(document.sets)}, {"measures": sorted(keys)})
    tally = Counter((row["measure_id"], row["kind"], row["status"], row["payer"]) for row in expected.rows)
    for key in keys:
        one_set = document.sets.get(key)
        if one_set is not None:
            about = f"measure {key[0]}, {key[1]}"
            found += differing(about, {**one_set.counts, "rates": one_set.rates}, _figures(expected.counts[key]))
            found += _category_differences(about, one_set, _payers(key, expected.year, tally))
    found += _narrative_differences(document, {key: expected.counts[key] for key in keys})
    return found


def _keys(expected: Expected) -> list[Key]:
    """Each measure with the strata CMS takes by themselves, or with all of them as one."""
    with_strata = {measure_id for measure_id, stratum in expected.counts if stratum != OVERALL}
    return [key for key in expected.counts if (key[1] == OVERALL) == (key[0] not in with_strata)]


def _header(expected: Expected) -> dict[str, str]:
    return {
        "date": expected.on.strftime("%Y%m%d"),
        "first day": f"{expected.year}0101",
        "last day": f"{expected.year}1231",
        "clinician": expected.npi or "NA",
        "program": "MIPS_INDIV" if expected.npi else "MIPS_GROUP",
    }


def _figures(counts: Mapping[str, int]) -> dict[str, object]:
    met, judged = counts["met"], counts["met"] + counts["not_met"]
    return {
        "IPOP": counts["eligible"],
        "DENOM": judged,
        "DENEX": 0,
        "DENEXCEP": 0,
        "NUMER": met,
        "rates": [str(_rate(met, judged)) if judged else "NA"],
    }


def _rate(met: int, judged: int) -> Decimal:
    return (Decimal(met) / judged).quantize(Decimal("1e-6"), ROUND_HALF_UP)


def _payers(key: Key, year: int, tally: Mapping[tuple[str, str, str, str], int]) -> dict[str, Counter[str]]:
    """The operations of a stratum by population and payer group."""
    kinds = {
        stratum.kind
        for measure in for_year(year).measures
        if measure.id == key[0]
        for stratum in measure.strata
        if key[1] in (OVERALL, stratum.name)
    }
    found: dict[str, Counter[str]] = {"IPOP": Counter(), "DENOM": Counter(), "NUMER": Counter()}
    for (measure_id, kind, status, payer), n in tally.items():
        if measure_id == key[0] and kind in kinds:
            group = category_of(PAYER, payer) or "none"
            found["IPOP"][group] += n
            found["DENOM"][group] += n if status in ("met", "not_met", "not_assessed") else 0
            found["NUMER"][group] += n if status == "met" else 0
    return found


def _category_differences(about: str, one_set: PopulationSet, payers: Mapping[str, Counter[str]]) -> Iterator[str]:
    """Every category is there, they sum to their population's count, and none grows from one population to the next."""
    for code, n in one_set.counts.items():
        for element in ELEMENTS:
            counts = one_set.by.get((code, element), {})
            wanted = {category.code: counts.get(category.code, 0) for category in categories(element)}
            if element == PAYER:
                wanted = {group: payers.get(code, Counter())[group] for group in wanted}
            yield from differing(
                f"{about}, {code} by {element}", {**counts, "sum": sum(counts.values())}, {**wanted, "sum": n}
            )
            larger = one_set.by.get((_within(code), element), {})
            if any(count > larger.get(category, 0) for category, count in counts.items()):
                yield f"{about}, {code} by {element}: more than in {_within(code)}"


def _within(code: str) -> str:
    return "DENOM" if code == "NUMER" else "IPOP"


def _narrative_differences(document: Document, counts: Mapping[Key, Mapping[str, int]]) -> Iterator[str]:
    """What a person reads is what a machine reads, and what stands beside a rate is the result's."""
    sets = document.sets
    tables = {
        "counts": [
            (*_shown(key), *(str(one.counts.get(population)) for population in _POPULATIONS))
            for key, one in sets.items()
        ],
        "rates": [(*_shown(key), *_rate_cells(of_stratum)) for key, of_stratum in counts.items()],
        "supplemental": [row for key, one in sets.items() for row in _category_rows(key, one)],
    }
    for name, wanted in tables.items():
        shown = Counter((row[0].split()[0], *row[1:]) for row in document.tables[name])
        yield from (f"the table of {name}: {' '.join(row)} is not so" for row in shown - Counter(wanted))
        yield from (f"the table of {name}: {' '.join(row)} is missing" for row in Counter(wanted) - shown)


def _category_rows(key: Key, one_set: PopulationSet) -> Iterator[tuple[str, ...]]:
    for element in ELEMENTS:
        for category in categories(element):
            counts = [one_set.by.get((code, element), {}).get(category.code) for code in _IN_TABLE]
            if any(counts):
                yield (*_shown(key), element, category.label, *map(str, counts))


def _shown(key: Key) -> tuple[str, str]:
    return key[0], "all operations" if key[1] == OVERALL else key[1]


def _rate_cells(counts: Mapping[str, int]) -> list[str]:
    met, judged, missing = counts["met"], counts["met"] + counts["not_met"], counts["not_assessed"]
    if not judged:
        return ["undefined", "undefined", str(missing), "undefined"]
    low, high = wilson(met, judged)
    return [
        f"{(_rate(met, judged) * 100).quantize(Decimal('0.01'), ROUND_HALF_UP)}%",
        f"{low:.1%} to {high:.1%}",
        str(missing),
        f"{met / judged:.1%} to {(met + missing) / judged:.1%}",
    ]
