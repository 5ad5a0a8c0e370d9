"""Reads a QRDA Category III file back into plain values, with another parser than wrote it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.dom.minidom import Element, Node, parse
from xml.parsers.expat import ExpatError

_TEMPLATE = "2.16.840.1.113883.10.20.27.3."
_POPULATION, _RATE = f"{_TEMPLATE}5", f"{_TEMPLATE}14"
_ELEMENTS = {f"{_TEMPLATE}{n}": name for n, name in ((6, "sex"), (7, "ethnicity"), (8, "race"), (9, "payer"))}
_NPI, _TIN = "2.16.840.1.113883.4.6", "2.16.840.1.113883.4.2"
_N_PRACTICES = 4  # author, custodian, legal authenticator, performer

Key = tuple[str, str]


@dataclass(slots=True)
class PopulationSet:
    """What a file says of one measure and stratum: its counts by population, its rates, its counts by category.

    `by` has the categories of each population and element. A rate is as written, or its null flavor.
    """

    counts: dict[str, int] = field(default_factory=dict)
    rates: list[str] = field(default_factory=list)
    by: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: its header, whose taxpayer number, its population sets by measure and stratum, its tables."""

    header: dict[str, str]
    tin: str
    sets: dict[Key, PopulationSet]
    tables: dict[str, list[list[str]]]


def read_document(path: Path) -> Document:
    """The file as values. Raises ValueError or LookupError where it has not the form."""
    try:
        # A file this program has just written: no entity of a stranger is in it.
        document = parse(str(path))  # noqa: S318
    except ExpatError:
        raise ValueError("not well-formed") from None
    root = document.documentElement
    if root is None:
        raise ValueError("empty")
    section = _only(root, "component", "structuredBody", "component", "section")
    tables = {
        table.getAttribute("ID"): [
            [_text(cell) for cell in _all(row, "td")] for row in _all(_only(table, "tbody"), "tr")
        ]
        for table in _all(_only(section, "text"), "table")
    }
    return Document(_header(root, section), _tin(root), _sets(section), tables)


def _tin(root: Element) -> str:
    """The taxpayer number of whoever writes, keeps, signs and reports: one, that of the practice."""
    ids = [one for one in root.getElementsByTagName("id") if one.getAttribute("root") == _TIN]
    (tin,) = {one.getAttribute("extension") for one in ids}
    if len(ids) != _N_PRACTICES or not tin.isdigit():
        raise ValueError("no taxpayer number of the one practice")
    return tin


def _header(root: Element, section: Element) -> dict[str, str]:
    performer = _only(root, "documentationOf", "serviceEvent", "performer", "assignedEntity")
    (period,) = (_only(entry, "act", "effectiveTime") for entry in _all(section, "entry") if list(_all(entry, "act")))
    (npi,) = (one for one in _all(performer, "id") if one.getAttribute("root") == _NPI)
    return {
        "date": _only(root, "effectiveTime").getAttribute("value"),
        "first day": _only(period, "low").getAttribute("value"),
        "last day": _only(period, "high").getAttribute("value"),
        "clinician": npi.getAttribute("extension") or npi.getAttribute("nullFlavor"),
        "program": _only(root, "informationRecipient", "intendedRecipient", "id").getAttribute("extension"),
    }


def _sets(section: Element) -> dict[Key, PopulationSet]:
    sets: dict[Key, PopulationSet] = {}
    for organizer in (one for entry in _all(section, "entry") for one in _all(entry, "organizer")):
        measure_id = _only(organizer, "reference", "externalDocument", "id").getAttribute("extension")
        if any(measure == measure_id for measure, _ in sets):
            raise ValueError("a measure is reported twice")
        observations = [_only(component, "observation") for component in _all(organizer, "component")]
        populations: dict[str, Key] = {}
        for one in (one for one in observations if _POPULATION in _templates(one)):
            code, reference = _only(one, "value").getAttribute("code"), _only(one, "reference", "externalObservation")
            stratum = _text(_only(reference, "text"))
            populations[_only(reference, "id").getAttribute("root")] = (stratum, code)
            _add_population(sets.setdefault((measure_id, stratum), PopulationSet()), code, one)
        for one in (one for one in observations if _RATE in _templates(one)):
            stratum, code = populations[_only(one, "reference", "externalObservation", "id").getAttribute("root")]
            if code != "NUMER":
                raise ValueError("a rate that is not of a numerator")
            value = _only(one, "value")
            sets[measure_id, stratum].rates.append(value.getAttribute("value") or value.getAttribute("nullFlavor"))
    return sets


def _add_population(one_set: PopulationSet, code: str, population: Element) -> None:
    if code in one_set.counts:
        raise ValueError("a population is counted twice")
    one_set.counts[code] = _count(population)
    for supplement in (_only(relationship, "observation") for relationship in _all(population, "entryRelationship")):
        for element in (_ELEMENTS[root] for root in _templates(supplement) if root in _ELEMENTS):
            value = _only(supplement, "value")
            coded = next(_all(value, "translation"), value)
            category = coded.getAttribute("code") or coded.getAttribute("nullFlavor")
            counts = one_set.by.setdefault((code, element), {})
            if category in counts:
                raise ValueError("a category is counted twice")
            counts[category] = _count(supplement)


def _count(observation: Element) -> int:
    """The one aggregate count directly in an observation, a whole number."""
    (counted,) = (one for one in _all(observation, "entryRelationship") if one.getAttribute("typeCode") == "SUBJ")
    written = _only(counted, "observation", "value").getAttribute("value")
    if not (written.isascii() and written.isdigit()):
        raise ValueError("a count that is no whole number")
    return int(written)


def _templates(element: Element) -> set[str]:
    return {one.getAttribute("root") for one in _all(element, "templateId")}


def _all(element: Element, tag: str) -> Iterator[Element]:
    """The children of that tag."""
    return (child for child in element.childNodes if isinstance(child, Element) and child.tagName == tag)


def _only(element: Element, *tags: str) -> Element:
    """The one child of the first tag, its one child of the second, and so on. Raises ValueError for none or several."""
    for tag in tags:
        (element,) = _all(element, tag)
    return element


def _text(element: Element) -> str:
    return "".join(child.nodeValue or "" for child in element.childNodes if child.nodeType == Node.TEXT_NODE)
