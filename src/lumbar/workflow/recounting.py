"""A file released from a result, recounted once more: how it was released, and whether it still says the same."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lumbar.errors import RecountError
from lumbar.exports.recount import RECOUNTERS, recount
from lumbar.workflow.exporting import said_by
from lumbar.workflow.result import Result


@dataclass(frozen=True, slots=True)
class Released:
    """How a file was released: its name, kind, measures, surgeon (none: all), date and taxpayer number.

    `beside` ends the name of a second file released with it, whose SHA-256 is `beside_sha256`.
    """

    file: str
    kind: str
    measures: tuple[str, ...]
    npi: str | None
    on: date
    tin: str | None = None
    beside: str = ""
    beside_sha256: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the file and of the one released with it."""
        return (self.file, f"{self.file}{self.beside}") if self.beside else (self.file,)

    @staticmethod
    def parsed(facts: Any) -> "Released":
        """From what `as_json` gave. Raises LookupError, TypeError or ValueError for what is none."""
        measures, npi, tin = tuple(map(str, facts["measures"])), facts["npi"], facts["tin"]
        on = date.fromisoformat(facts["on"])
        return Released(
            file=str(facts["file"]),
            kind=str(facts["kind"]),
            measures=measures,
            npi=None if npi is None else str(npi),
            on=on,
            tin=None if tin is None else str(tin),
            beside=str(facts["beside"]),
            beside_sha256=str(facts["beside_sha256"]),
        )

    def as_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "measures": list(self.measures), "on": self.on.isoformat()}


def is_countable(released: Released) -> bool:
    """Whether this version can read back files of that kind."""
    return released.kind in RECOUNTERS


def recount_difference(released: Released, path: Path, result: Result) -> str:
    """What of a released file is not what the result says; nothing when all is."""
    try:
        recount(released.kind, path, said_by(result, released.measures, released.npi, released.on, released.tin))
    except RecountError as error:
        return str(error).removeprefix("the file was not released: ")
    return ""
