"""Two stored results → what changed between them, and why."""

from collections.abc import Iterator, Sequence
from datetime import date
from hashlib import sha256
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.codelists import code_list_hashes
from lumbar.comparing.changed import Changed, changed_rows
from lumbar.comparing.comparison import NOT_THERE, Comparison, RateChange, RowChange, Setting, Transition, row_change
from lumbar.comparing.why import Made, Patient
from lumbar.engine.reference_episode import Record
from lumbar.errors import UsageError
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.tables.clinical import JUDGED_TABLES
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import Result, policy_of, records_by_patient, stored

_PATIENTS_AT_ONCE = 1_000
_PATIENTS_A_WORD = 50
_PARTS = ("instrument", "timepoint")
_Pair = tuple[Record | None, Record | None]


def compare(
    before: Path,
    after: Path,
    *,
    measures: Sequence[str] = (),
    at_most: int | None = None,
    on_progress: OnProgress = silent,
) -> Comparison:
    """What changed from one stored result to another, row by row, and why.

    `measures` limits to some; `at_most` explains no more than so many of the operations that changed, all when
    left out. Raises ResultFolderError for no result, UsageError for a measure neither has or a year without rules.
    """
    results = (stored(before), stored(after))
    was, now = (_made(result) for result in results)
    on_progress("compare", "outcome")
    outcomes = [_limited(result.outcome, measures, results) for result in results]
    tables, not_compared = _comparable(outcomes)
    changed = changed_rows(*tables)
    patients = pc.unique(changed.column("patient_id"))
    clinical = [_clinical_of(result, patients) for result in results]
    rows = tuple(_explained(_first_operations(changed, at_most), clinical, was, now, on_progress))
    return Comparison(
        facts=(_facts(before, results[0], outcomes[0]), _facts(after, results[1], outcomes[1])),
        settings=tuple(_settings(results[0].run, results[1].run)),
        not_compared=not_compared,
        unknown_rule_sets=tuple(
            str(folder) for folder, made in ((before, was), (after, now)) if not made.rules_are_known
        ),
        rates=tuple(_rates(*results, measures)),
        n_compared=changed.n_compared,
        n_changed=len(changed),
        n_counted=pc.sum(changed.counted()).as_py() or 0,
        n_submitted_otherwise=pc.sum(changed.submitted_otherwise()).as_py() or 0,
        n_operations=pc.count_distinct(changed.column("episode_id")).as_py(),
        n_operations_explained=len({row.episode_id for row in rows}),
        transitions=tuple(_transitions(changed)),
        rows=rows,
    )


def _made(result: Result) -> Made:
    run = result.run
    rules = for_year(run["year"])
    identity = (run["rule_set_hash"], tuple(sorted(run["code_lists"].items())))
    own = (lock_hash(rules), tuple(sorted(code_list_hashes(rules.year).items())))
    return Made(
        as_of=date.fromisoformat(run["as_of"]),
        policy=policy_of(run),
        rules=rules,
        rules_are_known=identity == own,
        rule_set=repr(identity),
        software=f"{run['version']}, {run['engine']}",
        inputs=repr(sorted(_fingerprints(run).items())),
        reading=repr((run["format"], run["mapping"])),
    )


def _limited(outcome: pa.Table, measures: Sequence[str], results: tuple[Result, Result]) -> pa.Table:
    known = sorted({measure for result in results for measure in result.run["measures"]})
    for measure_id in measures:
        if measure_id not in known:
            raise UsageError(f"no measure {measure_id!r} in these results; they have {', '.join(known)}")
    if not measures:
        return outcome
    return outcome.filter(pc.is_in(outcome["measure_id"], pa.array(measures, pa.string())))


def _comparable(outcomes: list[pa.Table]) -> tuple[tuple[pa.Table, pa.Table], tuple[str, ...]]:
    """The rows of what both results ask at the same timepoints, and in words what only one of them asks."""
    asked = [{tuple(pair.values()) for pair in _parts(table)} for table in outcomes]
    if not all(asked):  # a result without an operation does not tell what it asks
        return (outcomes[0], outcomes[1]), ()
    lone = asked[0] ^ asked[1]
    both = [" ".join(pair) for pair in sorted(asked[0] & asked[1])]
    kept = []
    for table in outcomes:
        parts = pc.binary_join_element_wise(*(table[name] for name in _PARTS), " ")
        kept.append(table.filter(pc.is_in(parts, pa.array(both, pa.string()))) if lone else table)
    only = tuple(f"{' '.join(pair)} (only {'before' if pair in asked[0] else 'after'})" for pair in sorted(lone))
    return (kept[0], kept[1]), only


def _parts(table: pa.Table) -> list[dict[str, str]]:
    found: list[dict[str, str]] = table.group_by(list(_PARTS)).aggregate([]).to_pylist()
    return found


def _first_operations(changed: Changed, at_most: int | None) -> Iterator[tuple[str, list[_Pair]]]:
    """The changed rows of each patient, of the first operations alone where a number is given."""
    pairs = changed.pairs()
    if at_most is not None:
        ids = changed.column("episode_id")
        first = pc.unique(ids)[:at_most]
        pairs = islice(pairs, pc.sum(pc.is_in(ids, value_set=first)).as_py() or 0)
    for patient_id, rows in groupby(pairs, key=lambda pair: (pair[1] or pair[0] or {})["patient_id"]):
        yield patient_id, list(rows)


def _explained(
    patients: Iterator[tuple[str, list[_Pair]]],
    clinical: Sequence[dict[str, pa.Table]],
    was: Made,
    now: Made,
    on_progress: OnProgress,
) -> Iterator[RowChange]:
    n_done = 0
    while batch := list(islice(patients, _PATIENTS_AT_ONCE)):
        ids = {patient_id for patient_id, _ in batch}
        before, after = (records_by_patient(tables.__getitem__, ids) for tables in clinical)
        for patient_id, pairs in batch:
            if n_done % _PATIENTS_A_WORD == 0:
                on_progress("explain", f"{n_done:,} patients")
            patient = Patient(before[patient_id], after[patient_id], was, now)
            for old, new in pairs:
                row = new or old or {}
                key = (row["episode_id"], row["instrument"], row["timepoint"])
                yield row_change(old, new, patient.why(key, old, new))
            n_done += 1


def _clinical_of(result: Result, patients: pa.Array) -> dict[str, pa.Table]:
    """The clinical tables of the patients whose rows changed, as Arrow: of many, little memory."""
    tables = ((table.name, result.clinical(table.name)) for table in JUDGED_TABLES)
    return {name: table.filter(pc.is_in(table["patient_id"], value_set=patients)) for name, table in tables}


def _facts(folder: Path, result: Result, outcome: pa.Table) -> dict[str, Any]:
    run = result.run
    provisional = pc.and_(outcome["in_measure"], outcome["provisional"])
    return {
        "folder": str(folder),
        **{name: run[name] for name in ("n_episodes", "n_patients", "year", "as_of", "rule_set_hash", "version")},
        "n_provisional": pc.sum(provisional).as_py() or 0,
    }


def _settings(was: dict[str, Any], now: dict[str, Any]) -> Iterator[Setting]:
    """What differs in how the results were made, the mapping by its hash and the input files by name."""
    for name in ("year", "as_of", "rule_set_hash", "format", "timezone", "date_format", "version", "engine"):
        if was[name] != now[name]:
            yield Setting(name, str(was[name]), str(now[name]))
    for name, before, after in _entries(was["code_lists"], now["code_lists"]):
        yield Setting(f"code list {name}", before, after)
    for name, before, after in _entries(was["policy"], now["policy"]):
        yield Setting(f"policy {name}", before, after)
    mappings = [_mapping(run) for run in (was, now)]
    if mappings[0] != mappings[1]:
        yield Setting("mapping", *mappings)
    measures = [", ".join(run["measures"]) for run in (was, now)]
    if measures[0] != measures[1]:
        yield Setting("measures", *measures)
    for name, before, after in _entries(_fingerprints(was), _fingerprints(now)):
        yield Setting(f"input {name}", before, after)


def _mapping(run: dict[str, Any]) -> str:
    return NOT_THERE if run["mapping"] is None else f"sha256 {sha256(run['mapping'].encode()).hexdigest()}"


def _fingerprints(run: dict[str, Any]) -> dict[str, str]:
    """Each input file's hash by its name."""
    return {file["file"]: f"blake3 {file['blake3']}" for file in run["inputs"]}


def _entries(was: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield name, str(was.get(name, NOT_THERE)), str(now.get(name, NOT_THERE))


def _rates(before: Result, after: Result, measures: Sequence[str]) -> Iterator[RateChange]:
    tables = [
        {(row["measure_id"], row["stratum"]): row for row in result.rate.to_pylist()} for result in (before, after)
    ]
    for measure_id, stratum in dict.fromkeys([*tables[0], *tables[1]]):
        if not measures or measure_id in measures:
            yield RateChange(measure_id, stratum, *(table.get((measure_id, stratum)) for table in tables))


def _transitions(changed: Changed) -> Iterator[Transition]:
    """How many rows went from which status to which, the most frequent first."""
    sides = {"before": changed.before, "after": changed.after}
    way = {
        **{side: pc.fill_null(table["status"], NOT_THERE) for side, table in sides.items()},
        **{f"{side}_is_provisional": pc.fill_null(table["provisional"], False) for side, table in sides.items()},
    }
    groups = pa.table({**way, "counted": changed.counted()}).group_by(list(way))
    found = [
        Transition(**{name: row[name] for name in way}, n_rows=row["count_all"], n_counted=row["counted_sum"] or 0)
        for row in groups.aggregate([([], "count_all"), ("counted", "sum")]).to_pylist()
    ]
    yield from sorted(found, key=lambda t: (-t.n_rows, *(getattr(t, name) for name in way)))
