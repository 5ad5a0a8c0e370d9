"""The patients with an episode cut into slices, so that what is in work at once stays small however many there are.

A slice is a run of patients in the order of their episode ids, and holds of each what the later steps read. These look
at one patient's rows alone, so judging slice after slice gives the rows of `outcome` in their order.
"""

import duckdb

# Patients of one slice: few where memory is short, and never so many that a slice needs much of it.
SLICE_PATIENTS = range(1_000, 25_001)
_BYTES_A_PATIENT = 8_000
_UNITS = {"bytes": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "TiB": 1024**4, "PiB": 1024**5}

# What the later steps read: of the clinical tables, of each the columns and, where few rows matter, which rows;
# and what was made before the slices are cut.
READ_COLUMNS = {
    "patient": "patient_id, birth_date, deceased_on, deceased",
    "procedure": "procedure_id, patient_id, performed_on, system, code, modifiers",
    "condition": "patient_id, system, code, onset_on, abated_on, verification, recorded_on",
    "coverage": "patient_id, payer, starts_on, ends_on",
    "reported_code": "patient_id, code, reported_on",
}
_READ_ROWS = {
    "procedure": "(system, code) in (select (system, code) from same_date_exclusion)",
    "condition": "(system, code) in (select (system, code) from exclusion_code)",
}
MADE_BEFORE = ("qualifying_line", "known_score")

# An episode id is `<patient id>@<date>`: it lies among others as the patient id up to its first @ does. Patients alike
# up to there share a slice, so that no episode of one slice comes before one of the slice ahead.
_OPERATED_PATIENT = """
create or replace table operated_patient as
with operated as (
    select distinct patient_id from qualifying_line
    where patient_id in (select known.patient_id from patient as known)
)
select
    patient_id,
    cast((rank() over (order by concat(split_part(patient_id, '@', 1), '@') asc nulls last) - 1) // {} as integer)
        as slice
from operated
"""


def cut(session: duckdb.DuckDBPyConnection) -> None:
    """`operated_patient`: every patient with an episode and the slice they are in, numbered from 0; the others are
    in `other_patient`.

    Where there are several slices, also `sliced_<table>`: what the steps read of these patients, slice by slice.
    `qualifying_line` shows their lines from there, so that they stand in memory once.
    """
    n_operated = session.execute("select count(distinct patient_id) from qualifying_line").fetchall()[0][0]
    size = _patients_of_a_slice(session)
    session.execute(_OPERATED_PATIENT.format(size))
    session.execute("""
        create or replace table other_patient as
        select patient_id from patient
        where patient_id not in (select operated_patient.patient_id from operated_patient)
    """)
    if n_operated <= size:
        return
    # The planner takes records for few after a condition or two, and would hold all of them in memory to look patients
    # up among them; the patients are what is to be held.
    session.execute("set disabled_optimizers = 'join_order,build_side_probe_side'")
    for table, columns in (*READ_COLUMNS.items(), *dict.fromkeys(MADE_BEFORE, "* exclude (slice)").items()):
        session.execute(f"""
            create or replace table sliced_{table} as
            select {columns}, slice from {table} inner join operated_patient using (patient_id)
            where {_READ_ROWS.get(table, "true")} order by slice
        """)
    session.execute("set disabled_optimizers = ''")
    session.execute("drop table qualifying_line")
    session.execute("create view qualifying_line as select * exclude (slice) from sliced_qualifying_line")


def forget(session: duckdb.DuckDBPyConnection) -> None:
    """What an evaluation before this one has cut is out of the way of the next."""
    if session.execute("select 1 from duckdb_views() where view_name = 'qualifying_line'").fetchall():
        session.execute("drop view qualifying_line")


def _patients_of_a_slice(session: duckdb.DuckDBPyConnection) -> int:
    limit, n_threads = session.execute("select current_setting('memory_limit'), current_setting('threads')").fetchall()[
        0
    ]
    amount, unit = limit.split()
    fit = int(float(amount) * _UNITS[unit]) // (_BYTES_A_PATIENT * int(n_threads))
    return min(max(fit, SLICE_PATIENTS[0]), SLICE_PATIENTS[-1])


def of_operated(session: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    """How the shorter of two lists tells that a clinical row is of a patient with an episode: whether their ids are
    `in` it or `not in`, and a select of the list.
    """
    n_operated, n_others = session.execute(
        "select (select count(*) from operated_patient), (select count(*) from other_patient)"
    ).fetchall()[0]
    if n_operated <= n_others:
        return "in", "select operated_patient.patient_id from operated_patient"
    return "not in", "select other_patient.patient_id from other_patient"


def n_slices(session: duckdb.DuckDBPyConnection) -> int:
    """How many slices there are; at least one, perhaps of nobody."""
    return int(session.execute("select coalesce(max(slice), 0) + 1 from operated_patient").fetchall()[0][0])


def look_at(cursor: duckdb.DuckDBPyConnection, slice_number: int) -> None:
    """The tables' names stand for the rows of one slice, for this cursor alone."""
    for table in (*READ_COLUMNS, *MADE_BEFORE):
        cursor.execute(
            f"create or replace temp view {table} as "
            f"select * exclude (slice) from sliced_{table} where slice = {slice_number}"
        )
