"""Gaps in care as DetectedIssues, one an operation and measure.

The guide defines a gap of a measure whose rate should rise as "not in the numerator". It is prospective while the
window is open or to come, since a score can still close it; open when it no longer can; closed when met. A score
below the target is an open gap also in an open window: nobody is to be asked again because of a result. Nor is
somebody who has died.
"""

from lumbar.exports.measure_report.charts import Chart, Row
from lumbar.exports.measure_report.evidence import told_headline
from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.guide import ACT_CODES, CRITERIA, Resource, concept, extension
from lumbar.exports.measure_report.populations import NUMERATOR, groups_of
from lumbar.exports.measure_report.reports import INDIVIDUAL, report_id
from lumbar.measures.model import Measure
from lumbar.tables.results import MET, OPEN, UPCOMING

CLOSED_GAP = "closed-gap"
OPEN_GAP = "open-gap"
PROSPECTIVE_GAP = "prospective-gap"

_DECEASED = "The patient has died: nobody is to be contacted."


def gap_status(row: Row) -> str:
    """The gap of a row in the measure."""
    if row["status"] == MET:
        return CLOSED_GAP
    return PROSPECTIVE_GAP if row["status"] in (OPEN, UPCOMING) and not _deceased(row) else OPEN_GAP


def gap_issue(frame: Frame, measure: Measure, chart: Chart, row: Row) -> Resource:
    """The gap of one operation in one measure, pointing at the individual report."""
    (group,) = (g for g in groups_of(measure) if row["kind"] in g.kinds and NUMERATOR in g.codes)
    headline = told_headline(chart, row)
    report = frame.reference(*report_id(frame, measure, INDIVIDUAL, chart.patient_id))
    return {
        "resourceType": "DetectedIssue",
        "id": frame.id_of("DetectedIssue", measure.id, str(measure.year), row["episode_id"]),
        "meta": {"profile": [frame.guide.definition("detected_issue")]},
        "modifierExtension": [
            extension(
                frame.guide.definition("gap_status"),
                valueCodeableConcept=concept(frame.guide.gap_codes, gap_status(row)),
            )
        ],
        "status": "final",
        "code": concept(ACT_CODES, "CAREGAP"),
        "patient": frame.reference("Patient", chart.patient_id),
        "identifiedDateTime": frame.on.isoformat(),
        "implicated": [frame.reference("Procedure", row["episode_id"])],
        "evidence": [
            {"detail": [report | {"extension": [extension(CRITERIA, valueString=group.criteria(NUMERATOR))]}]},
        ],
        "detail": f"{headline}. {_DECEASED}" if _deceased(row) else f"{headline}.",
    }


def _deceased(row: Row) -> bool:
    return "deceased" in row["flags"].split()
