"""Checks documents and coded files against dated terminology and the rules of the measures."""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from lumbar.codebook.lint.claims import claim_findings
from lumbar.codebook.lint.coded_lines import line_findings
from lumbar.codebook.lint.context import Context, context_of
from lumbar.codebook.lint.documents import CSV, Document, read_document
from lumbar.codebook.lint.episodes import instrument_findings, timepoint_findings, visit_findings
from lumbar.codebook.lint.findings import Finding
from lumbar.codebook.lint.mentions import mentions
from lumbar.codebook.lint.modifiers import modifier_findings
from lumbar.codebook.lint.named_codes import code_findings, excludes_findings, radicular_findings
from lumbar.codebook.lint.named_labels import label_findings
from lumbar.codebook.lint.results_together import result_findings

_OF_A_TEXT = (
    code_findings,
    label_findings,
    excludes_findings,
    radicular_findings,
    modifier_findings,
    timepoint_findings,
    visit_findings,
    instrument_findings,
    claim_findings,
    result_findings,
)
_OF_CODED_LINES = (line_findings, label_findings, radicular_findings, instrument_findings)


def lint(paths: Iterable[Path], on: date) -> list[Finding]:
    """What is wrong in the files on a day, file by file in the order given, then by line.

    Raises InputError for a file that cannot be read, before anything is found.
    """
    documents = [read_document(path) for path in paths]
    return [found for document in documents for found in document_findings(document, on)]


def document_findings(document: Document, on: date) -> list[Finding]:
    """What is wrong in one document on a day, by line."""
    context = context_of(document, mentions(document), on)
    return sorted(_all(context), key=lambda found: (found.line, found.kind, found.code))


def _all(context: Context) -> Iterator[Finding]:
    for check in _OF_CODED_LINES if context.document.form == CSV else _OF_A_TEXT:
        yield from check(context)
