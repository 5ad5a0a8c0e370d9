"""Recounts an outcome file of each privacy level: its counts, its rows, and which rows are one patient's.

A row is named by its place, in the file below the header or in the table `outcome`, and never by a value.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lumbar.exports.recount.expected import COUNTS, Expected, differing
from lumbar.exports.recount.outcome_files import read_rows
from lumbar.exports.recount.study_rows import Row, study_rows
from lumbar.measures import for_year
from lumbar.tables.results import OUTCOME, OVERALL
from lumbar.tables.schema import Type

_Cells = tuple[Any, ...]

_NUMBERS = ("patient", "operation")
_OWN_TYPES = {
    **dict.fromkeys((*_NUMBERS, "performance_year", "age_at_index"), Type.INTEGER),
    **dict.fromkeys(("preoperative_day", "postoperative_day"), Type.INTEGER),
    "sex": Type.TEXT,
}


def _columns(names: str) -> dict[str, Type]:
    return {name: _OWN_TYPES.get(name) or OUTCOME.column(name).type for name in names.split()}


_IDENTIFIED = _columns(" ".join(OUTCOME.column_names))
_LIMITED = _columns(
    "patient operation performance_year age_at_index sex index_date kind surgeon_npi payer instrument measure_id "
    "timepoint window_opens window_closes preoperative_score preoperative_on postoperative_score postoperative_on "
    "improvement status provisional code flags reported_code reported_agrees"
)
_DEIDENTIFIED = _columns(
    "patient operation performance_year age_at_index sex kind payer instrument measure_id timepoint "
    "preoperative_score preoperative_day postoperative_score postoperative_day improvement status code flags "
    "reported_code reported_agrees"
) | {"age_at_index": Type.TEXT}


def identified_differences(path: Path, expected: Expected) -> list[str]:
    """What of an identified file is not what the result says: every cell, row by row in the result's order."""
    written = list(read_rows(path, _IDENTIFIED))
    found = _count_differences(written, expected)
    for place, (row, true) in enumerate(zip(written, expected.rows, strict=False), 1):
        columns = [name for name in _IDENTIFIED if row[name] != (None if true[name] == "" else true[name])]
        if columns:
            found.append(f"row {place} of the file is not row {true['row']} of outcome in {', '.join(columns)}")
    return found


def limited_differences(path: Path, expected: Expected) -> list[str]:
    """What of a limited data set is not what the result says; which patient has which number is free."""
    return _study_differences(path, expected, _LIMITED, deidentified=False)


def deidentified_differences(path: Path, expected: Expected) -> list[str]:
    """What of a de-identified file is not what the result says; which patient has which number is free."""
    return _study_differences(path, expected, _DEIDENTIFIED, deidentified=True)


def _study_differences(path: Path, expected: Expected, columns: Mapping[str, Type], *, deidentified: bool) -> list[str]:
    written = list(read_rows(path, columns))
    true = study_rows(expected, deidentified=deidentified)
    told = [name for name in columns if name not in _NUMBERS]
    found = _count_differences(written, expected)
    found += _row_differences([_cells(row, told) for row in written], [_cells(row, told) for row in true], expected)
    if not found and _histories(written, told) != _histories(true, told):
        found.append("rows are not linked to patients and operations as in the result")
    numbers = list(dict.fromkeys(row["patient"] for row in written))
    if numbers != list(range(1, len(numbers) + 1)):
        found.append("patients are not numbered one after the other from 1")
    return found


def _count_differences(written: Sequence[Row], expected: Expected) -> list[str]:
    """The rows of the file counted by measure and stratum, beside the result's counts."""
    strata = {(m.id, s.kind): s for m in for_year(expected.year).measures for s in m.strata}
    n_rows: Counter[tuple[str, str, str]] = Counter()
    for row in written:
        stratum = strata.get((row["measure_id"], row["kind"]))
        own = {stratum.name} if stratum is not None and stratum.submitted_alone else set()
        for name in own | {OVERALL}:
            n_rows[row["measure_id"], name, "eligible"] += 1
            n_rows[row["measure_id"], name, str(row["status"])] += 1
            if row["status"] == "not_assessed":
                n_rows[row["measure_id"], name, "not_met"] += 1
    found: list[str] = []
    for (measure_id, name), counts in expected.counts.items():
        in_file = {count: n_rows[measure_id, name, count] for count in COUNTS}
        found += differing(f"measure {measure_id}, {name}", in_file, counts)
    return found


def _row_differences(written: Sequence[_Cells], true: Sequence[_Cells], expected: Expected) -> list[str]:
    """Rows that stand more often in one of the two than in the other."""
    n_written, n_true = Counter(written), Counter(true)
    lost = [place for place, cells in enumerate(true) if n_written[cells] < n_true[cells]]
    added = [place for place, cells in enumerate(written, 1) if n_true[cells] < n_written[cells]]
    return [f"row {expected.rows[place]['row']} of outcome is not in the file" for place in lost] + [
        f"row {place} of the file is not in the result" for place in added
    ]


def _histories(rows: Iterable[Row], told: Sequence[str]) -> Counter[_Cells]:
    """What is told of each patient, operation by operation, whatever the patient's number."""
    patients: dict[int, list[_Cells]] = {}
    for row in rows:
        patients.setdefault(row["patient"], []).append((row["operation"], *_cells(row, told)))
    return Counter(tuple(sorted(history, key=repr)) for history in patients.values())


def _cells(row: Row, names: Iterable[str]) -> _Cells:
    return tuple(row[name] for name in names)
