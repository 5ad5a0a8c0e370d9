"""QRDA Category III: an aggregate clinical document of CMS's 2026 templates, for interchange between systems."""

from pathlib import Path

from lumbar.errors import UsageError
from lumbar.exports.leaving import Leaving, Lines, refuse_unfinished, unfinished
from lumbar.exports.qrda3.entries import measure_section
from lumbar.exports.qrda3.header import header
from lumbar.exports.qrda3.node import document_text, node
from lumbar.exports.qrda3.populations import population_sets, unrecognised
from lumbar.exports.qrda3.report import NOT_FOR_CMS, Report
from lumbar.exports.qrda3.settings import Qrda3Settings
from lumbar.exports.rate_words import rate_words
from lumbar.measures.model import BothScores

_NAMESPACES = {"xmlns": "urn:hl7-org:v3", "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"}


def write_qrda3(leaving: Leaving, path: Path, tin: str, settings: Qrda3Settings, interim: bool) -> Lines:
    """Writes the document, of one clinician where `leaving` has an NPI, else of a group; returns what is shown.

    Raises UsageError for a year whose result is no proportion, and for open windows unless `interim`.
    """
    _refuse_averages(leaving)
    if not interim:
        refuse_unfinished(leaving)
    report = Report(leaving, tuple(population_sets(leaving)), tin, settings, tuple(unfinished(leaving)))
    body = node("component", None, node("structuredBody", None, node("component", None, measure_section(report))))
    path.write_text(
        document_text(node("ClinicalDocument", _NAMESPACES, *header(report), body), NOT_FOR_CMS), encoding="utf-8"
    )
    return _lines(report)


def _refuse_averages(leaving: Leaving) -> None:
    if any(isinstance(measure.target, BothScores) for measure in leaving.rules.measures):
        raise UsageError(
            f"the result of {leaving.rules.year} is an average change, and these templates hold proportions: "
            "use lumbar export qpp"
        )


def _lines(report: Report) -> Lines:
    lines: Lines = [
        (f"{one.measure.id} {one.stratum}: {rate_words(one.met, one.judged, one.not_assessed)}", False)
        for one in report.sets
    ]
    for element, n in unrecognised(report.leaving).items():
        lines.append((f"The {element} of {n} patients is recorded in words we do not know: counted as unknown", True))
    lines += [(f"Interim: {reason}", True) for reason in report.unfinished]
    if report.settings.placeholders:
        lines.append((f"Placeholders, to be given by --settings: {', '.join(report.settings.placeholders)}", True))
    return [*lines, (NOT_FOR_CMS, True)]
