"""By what a ledger can be broken down: the group of every row, null where it is not known."""

from collections.abc import Callable
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.codelists.disclosure import age_groups
from lumbar.engine.relational import relations
from lumbar.followup.counted import GROUP, selected
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import PATIENT, PROCEDURE

Clinical = Callable[[str], pa.Table]

_OF_THE_OUTCOME = {"surgeon": "surgeon_npi", "payer": "payer"}
_OF_THE_PATIENT = {"language": "language", "race": "race", "ethnicity": "ethnicity", "sex": "sex"}
_FACILITY = "facility"
_AGE = "age"
DIMENSIONS = (*_OF_THE_OUTCOME, _FACILITY, *_OF_THE_PATIENT, _AGE)


def grouped(rows: pa.Table, by: str | None, clinical: Clinical, rules: PerformanceYear, policy: Policy) -> pa.Table:
    """Rows of `outcome` with their group in a column more: text, null where it is not known or nothing is asked.

    `by` is one of DIMENSIONS: the facility is that of the qualifying line with the smallest id, as the surgeon is.
    """
    if by is None:
        return rows.append_column(GROUP, pa.nulls(rows.num_rows, pa.string()))
    if by in _OF_THE_OUTCOME:
        return rows.append_column(GROUP, rows[_OF_THE_OUTCOME[by]].cast(pa.string()))
    if by == _FACILITY:
        return rows.join(_facilities(clinical(PROCEDURE.name), rules, policy), ["patient_id", "index_date"])
    patients = clinical(PATIENT.name)
    if by == _AGE:
        born = rows.join(selected(patients, PATIENT, ["patient_id", "birth_date"]), "patient_id")
        return born.append_column(GROUP, age_group(born["birth_date"], born["index_date"])).drop_columns("birth_date")
    column = _OF_THE_PATIENT[by]
    told = selected(patients, PATIENT, ["patient_id", column])
    return rows.join(told.rename_columns(["patient_id", GROUP]), "patient_id")


def age_group(born: pa.ChunkedArray, on: pa.ChunkedArray) -> pa.ChunkedArray:
    """The label of the whole years from birth to a day; null where either is not known."""
    years, groups = whole_years(born, on), age_groups()
    label = pc.if_else(pc.is_valid(years), groups[0][1], None)
    for first_year, name in groups[1:]:
        label = pc.if_else(pc.greater_equal(years, first_year), name, label)
    return label


def whole_years(born: pa.ChunkedArray, on: pa.ChunkedArray) -> pa.ChunkedArray:
    """The whole years from birth to a day; null where either is not known."""
    had_birthday = pc.greater_equal(_month_and_day(on), _month_and_day(born))
    return pc.subtract(pc.subtract(pc.year(on), pc.year(born)), pc.if_else(had_birthday, 0, 1))


def _month_and_day(days: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.add(pc.multiply(pc.month(days), 100), pc.day(days))


def _facilities(procedures: pa.Table, rules: PerformanceYear, policy: Policy) -> pa.Table:
    """Per patient and date, the facility of the qualifying line with the smallest id, none where it names none."""
    names = ["procedure_id", "patient_id", "performed_on", "system", "code", "modifiers", "facility"]
    lines = _that_start_an_episode(selected(procedures, PROCEDURE, names), rules, policy)
    key = ["patient_id", "performed_on"]
    first = lines.group_by(key).aggregate([("procedure_id", "min")]).select(["procedure_id_min"])
    named = lines.join(first, "procedure_id", "procedure_id_min", join_type="inner")
    # A code may stand on a list for several periods: one row a key all the same.
    one = named.group_by(key).aggregate([("facility", "max")])
    return one.select([*key, "facility_max"]).rename_columns(["patient_id", "index_date", GROUP])


def _that_start_an_episode(lines: pa.Table, rules: PerformanceYear, policy: Policy) -> pa.Table:
    """The lines with a qualifying code in force on their date and no modifier that bars them (RULES §6)."""
    given = {r.name: r for r in relations(rules, policy, date.max)}
    codes = given["qualifying_code"].rows
    columns = [pa.array(column, kind) for column, kind in zip(zip(*codes, strict=True), _CODE_TYPES, strict=True)]
    listed = pa.table(columns, names=["system", "code", "kind", "valid_from", "valid_to"])
    coded = lines.join(listed, ["system", "code"], join_type="inner")
    from_, to, on = (pc.field(name) for name in ("valid_from", "valid_to", "performed_on"))
    coded = coded.filter((from_.is_null() | (from_ <= on)) & (to.is_null() | (on <= to)))
    barring = {modifier for modifier, effect, _ in given["modifier_rule"].rows if effect != "flag"}
    barred = [m for m in coded["modifiers"].unique().to_pylist() if m and barring & set(m.upper().split(" "))]
    return coded.filter(pc.invert(pc.is_in(coded["modifiers"], pa.array(barred, pa.string()))))


_CODE_TYPES = (pa.string(), pa.string(), pa.string(), pa.date32(), pa.date32())
