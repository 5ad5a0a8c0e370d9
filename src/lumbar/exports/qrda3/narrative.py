"""What a person reads of a QRDA Category III file: how to take it, the counts, and whom they are of."""

from collections.abc import Iterable, Sequence

from lumbar.codelists.qrda3 import ELEMENTS, categories
from lumbar.exports.qrda3.node import Node, node
from lumbar.exports.qrda3.populations import DENOM, IPOP, NUMER, POPULATIONS, PopulationSet
from lumbar.exports.qrda3.report import NOT_FOR_CMS, Report
from lumbar.statistics.intervals import wilson
from lumbar.tables.results import NOT_RECOVERED, OVERALL

_POPULATION_NAMES = {
    "IPOP": "Initial population",
    "DENOM": "Denominator",
    "DENEX": "Denominator exclusions",
    "DENEXCEP": "Denominator exceptions",
    "NUMER": "Numerator",
}
_UNDEFINED = "undefined"
_CATEGORISED = (IPOP, DENOM, NUMER)


def narrative(report: Report) -> Node:
    """The text of the measure section."""
    return node(
        "text",
        None,
        *(node("paragraph", text=sentence) for sentence in _sentences(report)),
        _table("counts", "Operations counted", ("Measure", "Stratum", *_names(POPULATIONS)), _count_rows(report)),
        _table(
            "rates",
            "Rates",
            ("Measure", "Stratum", "Rate", "95 % interval", "Without a score", "If none or all of those had met"),
            _rate_rows(report),
        ),
        *_supplemental(report),
    )


def _sentences(report: Report) -> Iterable[str]:
    yield (
        f"{NOT_FOR_CMS} CMS takes QRDA Category III for electronic clinical quality measures; these are clinical "
        "quality measures of a registry. The templates are those of the CMS guide of 2026; the identifiers of "
        "measures and populations are this software’s own."
    )
    npi = f"NPI {report.leaving.npi}" if report.leaving.npi else "a group"
    yield f"Reported for {npi}, TIN {report.tin}, performance year {report.year}, dated {report.leaving.on}."
    run = report.leaving.run
    yield f"Evaluated by lumbar {run['version']} as of {run['as_of']}, rule set {run['rule_set_hash']}."
    if report.unfinished:
        yield (
            f"Interim: {'; '.join(report.unfinished)}. Operations without a result stand in the initial population and "
            "not yet in the denominator."
        )
    yield (
        "Each count is of operations, not of patients. An operation whose window closed without a score is in the "
        "denominator and not in the numerator. Excluded operations stand in no population, so exclusions and "
        "exceptions are 0."
    )
    yield NOT_RECOVERED
    if report.settings.placeholders:
        yield f"Placeholders, to be given by --settings: {', '.join(report.settings.placeholders)}."


def _count_rows(report: Report) -> Iterable[Sequence[str]]:
    for one in report.sets:
        counts = (str(population.n) for population in one.populations.values())
        yield (_measure(one), _stratum(one), *counts)


def _rate_rows(report: Report) -> Iterable[Sequence[str]]:
    """Beside every rate its interval, who is missing, and what the missing could make of it (RULES §7)."""
    for one in report.sets:
        interval = bounds = _UNDEFINED
        if one.judged:
            interval = _range(*wilson(one.met, one.judged))
            bounds = _range(one.met / one.judged, (one.met + one.not_assessed) / one.judged)
        yield (_measure(one), _stratum(one), _rate(one), interval, str(one.not_assessed), bounds)


def _range(low: float, high: float) -> str:
    return f"{_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _rate(one: PopulationSet) -> str:
    return _percent(one.met / one.judged) if one.judged else _UNDEFINED


def _supplemental(report: Report) -> Iterable[Node]:
    """The table of categories; none where nobody is counted, for a table has rows."""
    if rows := list(_supplemental_rows(report)):
        yield _table(
            "supplemental",
            "The same operations by sex, race, ethnicity and payer; categories of nobody are left out",
            ("Measure", "Stratum", "By", "Category", *_names(_CATEGORISED)),
            rows,
        )


def _supplemental_rows(report: Report) -> Iterable[Sequence[str]]:
    for one in report.sets:
        for element in ELEMENTS:
            for category in categories(element):
                counts = [one.populations[code].by[element][category.code] for code in _CATEGORISED]
                if any(counts):
                    yield (one.measure.id, _stratum(one), element, category.label, *map(str, counts))


def _measure(one: PopulationSet) -> str:
    return f"{one.measure.id} {one.measure.title}"


def _stratum(one: PopulationSet) -> str:
    return "all operations" if one.stratum == OVERALL else one.stratum


def _names(populations: Iterable[str]) -> tuple[str, ...]:
    return tuple(_POPULATION_NAMES[code] for code in populations)


def _table(name: str, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Node:
    return node(
        "table",
        {"ID": name, "border": "1"},
        node("caption", text=caption),
        node("thead", None, node("tr", None, *(node("th", text=head) for head in heads))),
        node("tbody", None, *(node("tr", None, node("td", text=row[0]), *map(_cell, row[1:])) for row in rows)),
    )


def _cell(text: str) -> Node:
    return node("td", {"align": "right"} if text[:1].isdigit() and " to " not in text else None, text=text)
