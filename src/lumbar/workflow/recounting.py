"""A file released from a result, recounted once more: how it was released, and whether it still says the same."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.errors import RecountError
from lumbar.exports.recount import RECOUNTERS, recount
from lumbar.exports.recount.expected import expected
from lumbar.measures.model import PerformanceYear
from lumbar.workflow.exporting import outcome_rows


@dataclass(frozen=True, slots=True)
class Released:
    """How a file was released: its name, kind, measures, surgeon (none: all) and date."""

    file: str
    kind: str
    measures: tuple[str, ...]
    npi: str | None
    on: date

    @staticmethod
    def parsed(facts: Any) -> "Released":
        """From what `as_json` gave. Raises LookupError, TypeError or ValueError for what is none."""
        measures, npi = tuple(map(str, facts["measures"])), facts["npi"]
        on = date.fromisoformat(facts["on"])
        return Released(str(facts["file"]), str(facts["kind"]), measures, None if npi is None else str(npi), on)

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "measures": list(self.measures), "on": self.on.isoformat()}


def is_countable(released: Released) -> bool:
    """Whether this version can read back files of that kind."""
    return released.kind in RECOUNTERS


def recount_difference(released: Released, path: Path, rules: PerformanceYear, outcome: pa.Table) -> str:
    """What of a released file is not what the result's `outcome` says; nothing when all is."""
    rows = expected(outcome_rows(outcome), rules, released.measures, released.npi, released.on)
    try:
        recount(released.kind, path, rows)
    except RecountError as error:
        return str(error).removeprefix("the file was not released: ")
    return ""
