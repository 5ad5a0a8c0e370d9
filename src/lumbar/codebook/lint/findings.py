"""What a check says: one finding, the kinds there are, and how findings are printed."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

ERROR = "error"
WARNING = "warning"

# The vocabulary, kept in docs/codebook-lint.md: kind, how severe, what it is.
KINDS: dict[str, tuple[str, str]] = {
    "unknown_code": (ERROR, "no such code"),
    "header_not_billable": (ERROR, "a header that only groups codes on that day"),
    "code_ended": (ERROR, "a code past its last day"),
    "code_not_begun": (ERROR, "a code before its first day"),
    "label_contradicts_code": (ERROR, "a label that belongs to another code"),
    "modifier_on_quality_data_line": (ERROR, "a modifier offered for, or put on, a quality-data line"),
    "codes_exclude_each_other": (
        ERROR,
        "two diagnoses (Excludes1), or two results of one stratum, together",
    ),
    "fusion_at_three_months": (ERROR, "a fusion shown at three months as if it counted"),
    "discectomy_at_one_year": (ERROR, "a discectomy shown at one year as if it counted"),
    "visit_in_global_period": (ERROR, "an evaluation visit inside the global period"),
    "instrument_code_misused": (ERROR, "an instrument code used for something else"),
    "claimed_benchmark": (ERROR, "a benchmark claimed where none is published"),
    "missing_companion": (WARNING, "a page on one code that is silent on the others of its stratum"),
    "claimed_payment": (WARNING, "payers or payment claimed for a quality-data code"),
    "result_called_service": (WARNING, "a quality-data code presented as a billed service"),
    "scope_too_wide": (WARNING, "any spine or back surgery where only lumbar operations count"),
    "report_called_objective": (WARNING, "a patient-reported score called objective"),
    "more_specific_code": (WARNING, "a diagnosis without radiculopathy used for one with it"),
    "scale_not_of_the_year": (ERROR, "a numeric scale in a year that knows the VAS alone"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that is not so: what it says, what is true, how that is known, and where it stands."""

    code: str
    kind: str
    severity: str
    says: str
    truth: str
    source: str
    file: str
    line: int

    def as_json(self) -> dict[str, str | int]:
        """The finding as JSON values."""
        return asdict(self)


def finding(kind: str, code: str, *, says: str, truth: str, source: str, file: str, line: int) -> Finding:
    """A finding of a kind, with the severity of its kind."""
    return Finding(code, kind, KINDS[kind][0], _shortened(says), truth, source, file, line)


def finding_lines(findings: Iterable[Finding], files: Iterable[str]) -> Iterator[str]:
    """The findings as lines of text, a group for each file, with a closing count."""
    by_file: dict[str, list[Finding]] = {file: [] for file in files}
    for found in findings:
        by_file[found.file].append(found)
    for file, of_file in by_file.items():
        yield f"{file}: {_counted(len(of_file), 'finding')}" if of_file else f"{file}: nothing found"
        for found in of_file:
            yield f"  {file}:{found.line}: {found.severity}: {found.code} {found.kind}"
            yield f"    says:  {found.says}"
            yield f"    truth: {found.truth} ({found.source})"
        if of_file:
            yield ""
    n = sum(map(len, by_file.values()))
    n_errors = sum(found.severity == ERROR for of_file in by_file.values() for found in of_file)
    parts = f" ({_counted(n_errors, 'error')}, {_counted(n - n_errors, 'warning')})" if n else ""
    yield f"{_counted(n, 'finding')}{parts} in {_counted(len(by_file), 'file')}"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _shortened(text: str, most: int = 160) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
