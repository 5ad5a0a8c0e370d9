"""A Bundle of MeasureReports as a receiver reads it; written after the FHIR specification, not after the writer."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def bundle(path: Path) -> Json:
    """The whole file, decimals exact."""
    read: Json = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return read


def resources(read: Json, kind: str, **having: Any) -> list[Json]:
    """The resources of one type, perhaps only those with some values."""
    found = [entry["resource"] for entry in read["entry"] if entry["resource"]["resourceType"] == kind]
    return [resource for resource in found if all(resource.get(key) == value for key, value in having.items())]


def reports(read: Json, kind: str) -> list[Json]:
    """The MeasureReports of one type."""
    return resources(read, "MeasureReport", type=kind)


def extensions(element: Json, ending: str) -> list[Json]:
    """The extensions of an element whose address ends so."""
    return [e for e in element.get("extension", ()) if e["url"].endswith(ending)]


def measure_of(report: Json) -> str:
    """The id of the measure in a report's canonical address, 459 of .../459|2026."""
    return str(report["measure"]).rpartition("/")[2].partition("|")[0]


def counts(report: Json) -> dict[str, dict[str, int]]:
    """Counts by link id of the group and code of the population."""
    return {
        extensions(group, "MeasureReport.group.linkId")[0]["valueString"]: {
            population["code"]["coding"][0]["code"]: population["count"] for population in group["population"]
        }
        for group in report["group"]
    }


def added_up(read: Json) -> dict[tuple[str, str], Counter[str]]:
    """The individual reports added up, by measure and group."""
    total: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for report in reports(read, "individual"):
        for group, populations in counts(report).items():
            total[measure_of(report), group].update(populations)
    return total


def proofs(report: Json) -> Iterator[tuple[str, Json]]:
    """Group and proof of each operation in an individual report; a part told more than once is a list."""
    for group in report["group"]:
        link = extensions(group, "MeasureReport.group.linkId")[0]["valueString"]
        for population in group["population"]:
            for evidence in extensions(population, "cqf-supportingEvidence"):
                for value in (e for e in evidence["extension"] if e["url"] == "value"):
                    parts: dict[str, list[Any]] = defaultdict(list)
                    for part in value["extension"]:
                        parts[part["url"]].append(next(v for k, v in part.items() if k != "url"))
                    yield link, {name: of if name in ("note", "considered") else of[0] for name, of in parts.items()}


def by_url(read: Json) -> dict[str, Json]:
    """Every resource by the address others name it with."""
    return {entry["fullUrl"]: entry["resource"] for entry in read["entry"]}


def references(value: Any) -> Iterator[str]:
    """Every literal reference anywhere in a value."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "reference" and isinstance(item, str):
                yield item
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
