"""The Bundle: one FHIR transaction, written entry by entry so that no more than a few patients are in memory."""

import json
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from lumbar.exports.leaving import Leaving, Lines, unfinished
from lumbar.exports.measure_report.charts import charts
from lumbar.exports.measure_report.definitions import measure_resource
from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.gaps import gap_issue
from lumbar.exports.measure_report.guide import Resource
from lumbar.exports.measure_report.populations import PROPORTION, Group, Tally, groups_of, tally_of_counts
from lumbar.exports.measure_report.records import record_resources
from lumbar.exports.measure_report.reports import (
    DATA_COLLECTION,
    INDIVIDUAL,
    SUMMARY,
    exchange_report,
    individual_report,
    summary_report,
)
from lumbar.exports.measure_report.site import Site
from lumbar.exports.rate_words import rate_words

# The reports of a file by what was asked for.
REPORTS = {
    "all": (SUMMARY, INDIVIDUAL, DATA_COLLECTION),
    SUMMARY: (SUMMARY,),
    INDIVIDUAL: (INDIVIDUAL,),
    DATA_COLLECTION: (DATA_COLLECTION,),
}


def write_measure_report(
    leaving: Leaving, path: Path, *, reports: str = "all", site: Site | None = None, tin: str | None = None
) -> Lines:
    """Writes the bundle with one of REPORTS; returns what the terminal shows. Without a site, placeholders."""
    frame = Frame(site or Site(), leaving.rules.year, leaving.on, leaving.npi, tin)
    bundle_id = str(uuid5(NAMESPACE_URL, f"{leaving.identity}\n{reports}\n{leaving.on}"))
    head = {
        "resourceType": "Bundle",
        "id": bundle_id,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{bundle_id}"},
        "type": "transaction",
        "timestamp": f"{leaving.on}T00:00:00Z",
    }
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_json(head).removesuffix("}"))
        for number, resource in enumerate(_resources(frame, leaving, REPORTS[reports])):
            file.write(("," if number else ',"entry":[') + "\n" + _json(_entry(resource)))
        file.write("\n]}\n")
    return list(_told(leaving, site))


def _resources(frame: Frame, leaving: Leaving, reports: Collection[str]) -> Iterator[Resource]:
    measures = leaving.rules.measures
    yield frame.reporter
    for measure in measures:
        yield measure_resource(frame, measure)
    if SUMMARY in reports:
        for measure in measures:
            yield summary_report(frame, measure, leaving)
    if INDIVIDUAL in reports or DATA_COLLECTION in reports:
        yield from _of_patients(frame, leaving, reports)


def _of_patients(frame: Frame, leaving: Leaving, reports: Collection[str]) -> Iterator[Resource]:
    as_of = date.fromisoformat(leaving.run["as_of"])
    for chart in charts(leaving, with_proofs=INDIVIDUAL in reports):
        yield from record_resources(frame, chart, leaving.rules)
        for measure in leaving.rules.measures:
            rows = [row for row in chart.rows if row["measure_id"] == measure.id]
            if rows and DATA_COLLECTION in reports:
                yield exchange_report(frame, measure, chart)
            if rows and INDIVIDUAL in reports:
                yield individual_report(frame, measure, chart, as_of)
                for row in rows:
                    yield gap_issue(frame, measure, chart, row)


def _entry(resource: Resource) -> Resource:
    url = f"{resource['resourceType']}/{resource['id']}"
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "request": {"method": "PUT", "url": url},
    }


def _json(value: Resource) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _result(group: Group, tally: Tally) -> str:
    if group.scoring == PROPORTION:
        return rate_words(tally.met, tally.judged, tally.not_assessed)
    mean = tally.score(group.scoring)
    shown = "undefined" if mean is None else f"{mean:f} points"
    return f"{tally.met} of {tally.judged} with both scores, mean improvement {shown}"


def _told(leaving: Leaving, site: Site | None) -> Iterator[tuple[str, bool]]:
    for measure in leaving.rules.measures:
        for group in groups_of(measure):
            tally = tally_of_counts(group, leaving.counts_of(measure))
            yield f"Measure {measure.id}, {group.link_id}: {_result(group, tally)}", False
    yield from ((f"Interim: {reason}", True) for reason in unfinished(leaving))
    n_waiting = sum(
        leaving.overall_of(measure).open + leaving.overall_of(measure).upcoming for measure in leaving.rules.measures
    )
    if n_waiting:
        yield (
            f"{n_waiting} results wait for a score: they are in the denominator, and the score is over those judged",
            True,
        )
    if site is None:
        yield "Without --settings, placeholders stand for the practice's name and the addresses of ids", True
