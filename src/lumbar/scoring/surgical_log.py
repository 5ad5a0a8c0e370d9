"""The surgical log: every operation of the practice, of all payers, from the operating room's own list.

A CSV in UTF-8 with a header. Required columns: patient_id (as in the result), performed_on (YYYY-MM-DD, a time may
follow), code. Optional: system (`cpt` when absent), modifiers, surgeon_npi, tin, payer. Any other column is refused,
so that a misspelt one is not passed over. Every line is used, rejected with a reason, or of no concern.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import StringIO
from pathlib import Path

from lumbar.codelists import code_list
from lumbar.errors import InputError, InternalError
from lumbar.measures.model import PerformanceYear
from lumbar.tables.results import DISCECTOMY, FUSION

REQUIRED = ("patient_id", "performed_on", "code")
OPTIONAL = ("system", "modifiers", "surgeon_npi", "tin", "payer")

LOG_REJECT_REASONS = {
    "unparsable": "a line of another length than the header, or without patient or code",
    "imprecise_date": "no date, or none written YYYY-MM-DD",
    "duplicate": "the same line again",
}
LOG_OF_NO_CONCERN = {
    "no_qualifying_code": "no code that starts an operation of these measures on its date",
    "not_the_surgeon_or_not_done": "a modifier says assistant, anaesthesia, management only or discontinued",
    "after_as_of_date": "dated after the as-of date of the result",
    "outside_identification_period": "in the identification period of no measure of the year",
}

_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?")
Key = tuple[str, date]  # patient and date of an operation
Pair = tuple[str, str]  # TIN and NPI, empty where the log does not say


@dataclass(frozen=True, slots=True)
class LogOperation:
    """One patient and date of the log with at least one line that starts an operation.

    `pairs` are the TINs and NPIs its lines name, in text order; `payers` the payers, as written.
    """

    patient_id: str
    performed_on: date
    kind: str
    pairs: tuple[Pair, ...]
    payers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurgicalLog:
    """The operations of a log and the account of its lines: lines = used + rejected + of no concern."""

    operations: tuple[LogOperation, ...]
    columns: tuple[str, ...]
    n_lines: int
    n_used: int
    rejected: dict[str, int]
    of_no_concern: dict[str, int]
    first_rejected: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Line:
    patient_id: str
    performed_on: date
    kind: str
    pair: Pair
    payer: str


def read_log(
    path: Path, rules: PerformanceYear, as_of: date, kinds: Mapping[Key, str], *, with_unverified: bool
) -> SurgicalLog:
    """The log in a file.

    `kinds` are those of the result's operations by patient and date: where both know an operation the result's
    kind holds, since the log may lack a line. `with_unverified`: procedure codes of unverified standing start an
    operation too.

    Raises InputError when the file is missing, is no UTF-8 text, lacks a column or has one we do not know.
    """
    if not path.is_file():
        raise InputError(f"surgical log: {path}: no such file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        reader = csv.reader(StringIO(text, newline=""), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError(f"surgical log: {path} cannot be read as a CSV file in UTF-8") from None
    columns = tuple(name.strip().lower() for name in lines[0][1]) if lines else ()
    _check_columns(path, columns)
    return _Account(columns, rules, as_of, with_unverified).of(lines[1:], kinds)


def reported_by(log: SurgicalLog, tin: str | None, npi: str | None) -> SurgicalLog:
    """The log with only the operations that one TIN, and one NPI where named, reports.

    A log without the column `tin` is taken for the log of that practice. Raises InputError when one surgeon is
    asked for and the log does not say whose operations they are.
    """
    if npi is not None and "surgeon_npi" not in log.columns:
        raise InputError("surgical log: it lacks the column surgeon_npi, needed to tell one surgeon's operations")
    tin_wanted = tin if "tin" in log.columns else None

    def theirs(pair: Pair) -> bool:
        return tin_wanted in (None, pair[0]) and npi in (None, pair[1])

    return replace(log, operations=tuple(o for o in log.operations if any(map(theirs, o.pairs))))


def _check_columns(path: Path, columns: tuple[str, ...]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise InputError(f"surgical log: {path} lacks the column {missing[0]}; it needs {', '.join(REQUIRED)}")
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    if unknown:
        wanted = ", ".join((*REQUIRED, *OPTIONAL))
        raise InputError(f"surgical log: {path} has a column we do not know, {unknown[0]!r}; there may be {wanted}")
    if len(set(columns)) < len(columns):
        raise InputError(f"surgical log: {path} names a column twice")


class _Account:
    """Places every line of a log; the counts are asserted at the end."""

    def __init__(self, columns: tuple[str, ...], rules: PerformanceYear, as_of: date, with_unverified: bool) -> None:
        self.columns, self.rules, self.as_of = columns, rules, as_of
        self.entries = [
            (entry, procedures.kind)
            for procedures in rules.procedures
            for name in (procedures.code_list, procedures.unverified_code_list if with_unverified else "")
            if name
            for entry in code_list(rules.year, name)
        ]
        self.idle_modifiers = {
            entry.code
            for rule in rules.modifiers
            if rule.effect != "flag"
            for entry in code_list(rules.year, rule.code_list)
        }
        self.rejected = dict.fromkeys(LOG_REJECT_REASONS, 0)
        self.of_no_concern = dict.fromkeys(LOG_OF_NO_CONCERN, 0)
        self.first_rejected: list[tuple[int, str]] = []

    def of(self, lines: list[tuple[int, list[str]]], kinds: Mapping[Key, str]) -> SurgicalLog:
        seen: set[tuple[str, ...]] = set()
        kept: dict[Key, list[_Line]] = {}
        n_lines = 0
        for number, cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            n_lines += 1
            verdict = self._line(cells, seen)
            if isinstance(verdict, _Line):
                kept.setdefault((verdict.patient_id, verdict.performed_on), []).append(verdict)
            elif verdict in self.rejected:
                self.rejected[verdict] += 1
                self.first_rejected.append((number, verdict))
            else:
                self.of_no_concern[verdict] += 1
        operations, n_used = [], 0
        for (patient_id, performed_on), some in sorted(kept.items()):
            own = FUSION if any(line.kind == FUSION for line in some) else DISCECTOMY
            kind = kinds.get((patient_id, performed_on), own)
            if not self._in_any_period(kind, performed_on):
                self.of_no_concern["outside_identification_period"] += len(some)
                continue
            n_used += len(some)
            pairs = tuple(sorted({line.pair for line in some}))
            payers = tuple(sorted({line.payer for line in some if line.payer}))
            operations.append(LogOperation(patient_id, performed_on, kind, pairs, payers))
        if n_lines != n_used + sum(self.rejected.values()) + sum(self.of_no_concern.values()):
            raise InternalError("surgical log: lines are not used + rejected + of no concern; please report this")
        return SurgicalLog(
            operations=tuple(operations),
            columns=self.columns,
            n_lines=n_lines,
            n_used=n_used,
            rejected={reason: n for reason, n in self.rejected.items() if n},
            of_no_concern={reason: n for reason, n in self.of_no_concern.items() if n},
            first_rejected=tuple(self.first_rejected),
        )

    def _line(self, cells: list[str], seen: set[tuple[str, ...]]) -> _Line | str:
        """The line as read, or the first reason why it is not used."""
        if len(cells) != len(self.columns):
            return "unparsable"
        row = {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True)}
        if not row["patient_id"] or not row["code"]:
            return "unparsable"
        performed_on = _date(row["performed_on"])
        if performed_on is None:
            return "imprecise_date"
        whole = tuple(row.values())
        if whole in seen:
            return "duplicate"
        seen.add(whole)
        return self._readable(row, performed_on)

    def _readable(self, row: dict[str, str], performed_on: date) -> _Line | str:
        """A line that could be read, or the first reason why it is of no concern."""
        named = (row.get("system", "").lower() or "cpt", "".join(row["code"].upper().split()))
        kinds = [k for e, k in self.entries if (e.system, e.code) == named and e.valid_on(performed_on)]
        if not kinds:
            return "no_qualifying_code"
        if self.idle_modifiers & set(re.split(r"[\s,;]+", row.get("modifiers", "").upper())):
            return "not_the_surgeon_or_not_done"
        if performed_on > self.as_of:
            return "after_as_of_date"
        pair = (re.sub(r"\W", "", row.get("tin", "")), row.get("surgeon_npi", ""))
        return _Line(row["patient_id"], performed_on, kinds[0], pair, row.get("payer", ""))

    def _in_any_period(self, kind: str, on: date) -> bool:
        return any(
            stratum.kind == kind and stratum.period.starts_on <= on <= stratum.period.ends_on
            for measure in self.rules.measures
            for stratum in measure.strata
        )


def _date(text: str) -> date | None:
    found = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
