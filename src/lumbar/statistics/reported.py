"""Quality-data codes already in the data against the computed ones: where a row stands, and how many stand there."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from lumbar.tables.results import EXCLUDED, MET, NOT_MET

AGREED = "agreed"
CONTRADICTED = "contradicted"
WITHOUT_EVIDENCE = "reported_without_evidence"
NEVER_REPORTED = "never_reported"
STANDINGS = {
    AGREED: "the code reported last is the computed one",
    CONTRADICTED: "the scores, diagnoses or procedures in these data give another code",
    WITHOUT_EVIDENCE: (
        "a code was reported, but no score in the window, or no excluding diagnosis or procedure, stands behind it in "
        "these data"
    ),
    NEVER_REPORTED: "a code was computed and none was reported",
}

# What a judgement from scores, diagnoses or procedures says; the other statuses say that nothing is there to judge.
_JUDGED = (MET, NOT_MET, EXCLUDED)


def standing(
    status: str, code: str | None, reported_code: str | None, agrees: bool | None, excluded_by_report_alone: bool
) -> str | None:
    """Where one row of `outcome` stands, the first that applies; none when it has neither code.

    `never_reported`: nothing is reported. `agreed`: the two codes are equal, and an exclusion has a diagnosis
    or procedure behind it. `contradicted`: they differ, and ours rests on a score, a diagnosis or a procedure.
    All others are `reported_without_evidence`: a code while the window is not closed or no score came, or an
    exclusion that only the report knows, with which our code agrees by having been taken from it.
    """
    if reported_code is None:
        return None if code is None else NEVER_REPORTED
    if excluded_by_report_alone and agrees is True:
        return WITHOUT_EVIDENCE
    if agrees is True:
        return AGREED
    return CONTRADICTED if status in _JUDGED else WITHOUT_EVIDENCE


@dataclass(frozen=True, slots=True)
class ReportedCounts:
    """How many rows stand where; every row with a computed or a reported code is in exactly one."""

    agreed: int = 0
    contradicted: int = 0
    reported_without_evidence: int = 0
    never_reported: int = 0

    @property
    def reported(self) -> int:
        """Rows with a reported code."""
        return self.agreed + self.contradicted + self.reported_without_evidence

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def count_standings(rows: Iterable[tuple[str | None, int]]) -> ReportedCounts:
    """The counts from standings, each with how many rows have it; those without a standing are left out."""
    counts = dict.fromkeys(STANDINGS, 0)
    for name, n in rows:
        if name is not None:
            counts[name] += n
    return ReportedCounts(**counts)
