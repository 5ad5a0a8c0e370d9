"""The outcome table to a file: the rows of a privacy level, in the form that the file's name asks for."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import UsageError
from lumbar.exports.leaving import Leaving, Lines, unfinished
from lumbar.exports.outcomes.csv_file import write_csv
from lumbar.exports.outcomes.facts import PRIVACY_WORDS, facts_of
from lumbar.exports.outcomes.parquet_file import write_parquet
from lumbar.exports.outcomes.privacy import TABLES, Privacy
from lumbar.exports.outcomes.study_rows import study_rows
from lumbar.exports.outcomes.workbook import write_workbook
from lumbar.tables.results import NOT_RECOVERED
from lumbar.tables.schema import Table, Type

_Form = Callable[[Path, pa.Table, Table, Mapping[str, str], date], None]

_FORMS: dict[str, _Form] = {".csv": write_csv, ".parquet": write_parquet, ".xlsx": write_workbook}
_FORMULA = r"^[=+\-@\t\r]"  # how a spreadsheet knows one


def checked_form(name: Path) -> str:
    """How a file's name ends. Raises UsageError when there is no such form."""
    form = name.suffix.lower()
    if form not in _FORMS:
        raise UsageError(f"--out {name}: the name ends in .csv, .parquet or .xlsx, which says what is written")
    return form


def write_outcomes(leaving: Leaving, path: Path, privacy: Privacy, form: str) -> Lines:
    """Writes the rows that leave; returns what the terminal shows.

    Raises UsageError for more rows than the form holds and for de-identified rows while a window is open.
    """
    table = TABLES[privacy]
    rows = leaving.rows if privacy is Privacy.IDENTIFIED else study_rows(leaving, privacy)
    _FORMS[form](path, rows, table, facts_of(leaving, privacy), leaving.on)
    lines = [(f"{rows.num_rows:,} rows, {PRIVACY_WORDS[privacy]}", False), (NOT_RECOVERED, False)]
    lines += [(f"Interim: {reason}", True) for reason in unfinished(leaving)]
    if privacy is Privacy.DEIDENTIFIED and rows.num_rows:
        lines.append((_alone(rows), True))
    if form == ".csv" and (n_formulas := _formulas(rows, table)):
        lines.append(
            (f"{n_formulas:,} cells begin with =, +, - or @: open the file in no spreadsheet, or write .xlsx", True)
        )
    return lines


def _alone(rows: pa.Table) -> str:
    """How many combinations of what an acquaintance may know stand for one patient alone."""
    known = rows.group_by(["age_at_index", "sex", "payer", "kind"]).aggregate([("patient", "count_distinct")])
    n_alone = pc.sum(pc.equal(known["patient_count_distinct"], 1)).as_py() or 0
    return (
        f"{n_alone:,} of {known.num_rows:,} combinations of age, sex, payer and operation are of one patient alone: "
        "whoever knows that much of somebody may find the row"
    )


def _formulas(rows: pa.Table, table: Table) -> int:
    texts = [column.name for column in table.columns if column.type is Type.TEXT]
    return sum(pc.sum(pc.match_substring_regex(rows[name], _FORMULA)).as_py() or 0 for name in texts)
