"""Recounts a QRDA Category III file: its entries against the result, its narrative against its entries."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lumbar.exports.recount.expected import Expected, differing
from lumbar.exports.recount.intervals import wilson
from lumbar.exports.recount.qrda3_categories import ELEMENTS, Tally, labels, tallied
from lumbar.exports.recount.qrda3_document import Document, Key, PopulationSet, read_document
from lumbar.measures import for_year
from lumbar.tables.results import OVERALL

_POPULATIONS = ("IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER")
_IN_TABLE = ("IPOP", "DENOM", "NUMER")


def differences(path: Path, expected: Expected) -> list[str]:
    """What of the file is not what the result says; empty when all is."""
    document = read_document(path)
    keys = _keys(expected)
    found = differing("the header", document.header, _header(expected))
    if expected.tin not in (None, document.tin):
        found.append("the header, taxpayer number: not the one asked for")
    found += differing("the file", {"measures": sorted(document.sets)}, {"measures": sorted(keys)})
    tally = tallied(expected)
    for key in keys:
        one_set = document.sets.get(key)
        if one_set is not None:
            about = f"measure {key[0]}, {key[1]}"
            found += differing(about, {**one_set.counts, "rates": one_set.rates}, _figures(expected.counts[key]))
            found += _category_differences(about, one_set, _categories(key, expected.year, tally))
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


def _categories(key: Key, year: int, tally: Tally) -> dict[tuple[str, str], Counter[str]]:
    """The operations of a stratum by population and element, each by category."""
    kinds = {
        stratum.kind
        for measure in for_year(year).measures
        if measure.id == key[0]
        for stratum in measure.strata
        if key[1] in (OVERALL, stratum.name)
    }
    found = {(code, element): Counter[str]() for code in _POPULATIONS for element in ELEMENTS}
    for (measure_id, kind, status, *codes), n in tally.items():
        if measure_id == key[0] and kind in kinds:
            judged = status in ("met", "not_met", "not_assessed")
            for element, category in zip(ELEMENTS, codes, strict=True):
                found["IPOP", element][category] += n
                found["DENOM", element][category] += n if judged else 0
                found["NUMER", element][category] += n if status == "met" else 0
    return found


def _category_differences(
    about: str, one_set: PopulationSet, true: Mapping[tuple[str, str], Counter[str]]
) -> Iterator[str]:
    """Every category is there with the result's count, also of nobody, and they sum to their population's."""
    for code, n in one_set.counts.items():
        for element in ELEMENTS:
            counts = one_set.by.get((code, element), {})
            of_element = true.get((code, element), Counter())
            wanted = {category: of_element[category] for category in labels(element)}
            yield from differing(
                f"{about}, {code} by {element}", {**counts, "sum": sum(counts.values())}, {**wanted, "sum": n}
            )


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
        shown = Counter((row[0].split()[0], *row[1:]) for row in document.tables.get(name, ()))
        yield from (f"the table of {name}: {' '.join(row)} is not so" for row in shown - Counter(wanted))
        yield from (f"the table of {name}: {' '.join(row)} is missing" for row in Counter(wanted) - shown)


def _category_rows(key: Key, one_set: PopulationSet) -> Iterator[tuple[str, ...]]:
    for element in ELEMENTS:
        for category, label in labels(element).items():
            counts = [one_set.by.get((code, element), {}).get(category) for code in _IN_TABLE]
            if any(counts):
                yield (*_shown(key), element, label, *map(str, counts))


def _shown(key: Key) -> tuple[str, str]:
    return key[0], "all operations" if key[1] == OVERALL else key[1]


def _rate_cells(counts: Mapping[str, int]) -> list[str]:
    met, judged, missing = counts["met"], counts["met"] + counts["not_met"], counts["not_assessed"]
    if not judged:
        return ["undefined", "undefined", str(missing), "undefined"]
    return [
        _percent(met / judged),
        _range(*wilson(met, judged)),
        str(missing),
        _range(met / judged, (met + missing) / judged),
    ]


def _range(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
