"""What a professional claim needs beyond dated terms: how payers are filed, and which diagnoses are of the spine.

One CSV a subject beside this file; every row names its source and how sure it is.
"""

from dataclasses import dataclass
from functools import cache

from lumbar.codelists.rows import rows


@dataclass(frozen=True, slots=True)
class FilingIndicator:
    """How a claim says what kind of payer it goes to; `payer` is one of the normalised payers."""

    payer: str
    code: str
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class DiagnosisBlock:
    """Categories of diagnoses that stand together, from `first` to `last`, both included."""

    system: str
    first: str
    last: str
    source: str
    source_version: str
    locator: str
    confidence: str
    note: str


@cache
def filing_indicators() -> dict[str, FilingIndicator]:
    """The filing indicator of every normalised payer."""
    return {row["payer"]: FilingIndicator(**row) for row in rows(__name__, "filing_indicator")}


@cache
def spine_blocks() -> tuple[DiagnosisBlock, ...]:
    """The blocks of diagnoses of the spine."""
    return tuple(DiagnosisBlock(**row) for row in rows(__name__, "diagnosis_block"))


def is_of_spine(code: str) -> bool:
    """Whether an ICD-10-CM code stands in a block of diseases of the spine."""
    return any(block.first <= code[:3] <= block.last for block in spine_blocks())
