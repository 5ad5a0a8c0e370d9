"""What differs between two sets of records of one patient, each difference such that it can be made alone."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lumbar.comparing import causes
from lumbar.engine.reference import PatientRecords
from lumbar.engine.reference_episode import Record
from lumbar.tables.clinical import CONDITION, COVERAGE, PATIENT, PROCEDURE, REPORTED_CODE, SCORE

# Field of PatientRecords, its table, and the causes of a row that came, went, or changed under its id.
_KEYED = (
    ("procedures", PROCEDURE, causes.NEW_PROCEDURE, causes.PROCEDURE_WITHDRAWN, causes.PROCEDURE_CORRECTED),
    ("scores", SCORE, causes.NEW_SCORE, causes.SCORE_WITHDRAWN, causes.SCORE_CORRECTED),
    ("conditions", CONDITION, causes.NEW_DIAGNOSIS, causes.DIAGNOSIS_WITHDRAWN, causes.DIAGNOSIS_CORRECTED),
)
# Rows without an id: one that changed is one that went and one that came.
_UNKEYED = (
    ("coverages", COVERAGE, causes.COVERAGE_CHANGED, causes.COVERAGE_CHANGED),
    ("reported_codes", REPORTED_CODE, causes.NEW_REPORTED_CODE, causes.REPORTED_CODE_WITHDRAWN),
)
# What of the patient's own row an operation is judged by.
_OF_PATIENT = (
    (causes.BIRTH_DATE_CHANGED, ("birth_date",)),
    (causes.DEATH_CHANGED, ("deceased_on", "deceased")),
)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One record that came, went or changed. `record_id` is none where a table has no ids.

    `before` and `after` are rows of the table, or of the patient's row the columns concerned.
    """

    cause: str
    table: str
    record_id: str | None
    before: Record | None
    after: Record | None


def record_changes(before: PatientRecords, after: PatientRecords) -> list[RecordChange]:
    """Every change from one set of records to the other, by table and id."""
    return [*_patient_changes(before.patient, after.patient), *_keyed_changes(before, after), *_others(before, after)]


def _patient_changes(before: Record | None, after: Record | None) -> Iterator[RecordChange]:
    for cause, columns in _OF_PATIENT:
        was = {name: (before or {}).get(name) for name in columns}
        now = {name: (after or {}).get(name) for name in columns}
        if was != now:
            patient_id = str((before or after or {}).get("patient_id"))
            yield RecordChange(cause, PATIENT.name, patient_id, was, now)


def _keyed_changes(before: PatientRecords, after: PatientRecords) -> Iterator[RecordChange]:
    for name, table, came, went, changed in _KEYED:
        key = table.key[0]
        was = {row[key]: row for row in getattr(before, name)}
        now = {row[key]: row for row in getattr(after, name)}
        for old_id, new_id in _renamed(was, now, key):
            old, new = was.pop(old_id), now.pop(new_id)
            yield RecordChange(causes.RECORD_ID_CHANGED, table.name, new_id, old, new)
        for record_id in sorted(was.keys() | now.keys()):
            old_row, new_row = was.get(record_id), now.get(record_id)
            if old_row != new_row:
                cause = came if old_row is None else went if new_row is None else changed
                yield RecordChange(cause, table.name, record_id, old_row, new_row)


def _renamed(was: dict[str, Record], now: dict[str, Record], key: str) -> list[tuple[str, str]]:
    """The ids before and after of rows that are equal but for their id, in the order of the ids."""
    new_ids: dict[object, list[str]] = {}
    for record_id in sorted(now.keys() - was.keys(), reverse=True):
        new_ids.setdefault(_frozen({**now[record_id], key: None}), []).append(record_id)
    gone = ((record_id, _frozen({**was[record_id], key: None})) for record_id in sorted(was.keys() - now.keys()))
    return [(record_id, new_ids[content].pop()) for record_id, content in gone if new_ids.get(content)]


def _others(before: PatientRecords, after: PatientRecords) -> Iterator[RecordChange]:
    for name, table, came, went in _UNKEYED:
        was, now = Counter(map(_frozen, getattr(before, name))), Counter(map(_frozen, getattr(after, name)))
        for row in sorted((was - now).elements(), key=str):
            yield RecordChange(went, table.name, None, dict(row), None)
        for row in sorted((now - was).elements(), key=str):
            yield RecordChange(came, table.name, None, None, dict(row))


def _frozen(row: Record) -> tuple[tuple[str, object], ...]:
    return tuple(row.items())


def with_changes(records: PatientRecords, changes: Iterable[RecordChange]) -> PatientRecords:
    """The records once some of their changes are made."""
    for change in changes:
        if change.table == PATIENT.name:
            records = replace(records, patient={**(records.patient or {}), **(change.after or {})})
            continue
        name = next(name for name, table, *_ in (*_KEYED, *_UNKEYED) if table.name == change.table)
        rows = list(getattr(records, name))
        if change.before is not None:
            rows.remove(change.before)
        if change.after is not None:
            rows.append(change.after)
        changed: dict[str, Any] = {name: rows}
        records = replace(records, **changed)
    return records
