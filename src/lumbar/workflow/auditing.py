"""A stored result → the audit pack of some of its operations: written aside and renamed into place."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.audit.pack import (
    MARK,
    SUMS,
    Case,
    Pack,
    cases_csv,
    facts,
    outcome_csv,
    readme,
    records_csv,
    source_csv,
    sums,
)
from lumbar.audit.pdf import pack_pdf
from lumbar.audit.sample import drawn, named
from lumbar.audit.source_lines import SourceLine, Wanted, source_lines
from lumbar.errors import UsageError
from lumbar.explain import proof_json, proof_text
from lumbar.placing import check_target, folder_aside
from lumbar.store import RUN_FILE
from lumbar.tables.clinical import JUDGED_TABLES
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import Result, stored

_WHAT = "audit pack"
_Row = dict[str, Any]


def audit_pack(
    folder: Path,
    out: Path,
    *,
    episode_ids: Sequence[str] = (),
    sample: int | None = None,
    seed: int = 0,
    measures: Sequence[str] = (),
    source: Path | None = None,
    on: date | None = None,
    overwrite: bool = False,
    on_progress: OnProgress = silent,
) -> Pack:
    """Writes the audit pack of the episodes named, or of a sample of those that count in the measures.

    With `source`, the folder of records the result was made from, the original lines are in it. `on` is the day
    it is dated, the result's as-of date when left out. Raises UnknownEpisodeError, UsageError, InputError for a
    source that is not the one read, ResultFolderError for no result or no place to write: nothing is then written.
    """
    result = stored(folder)
    check_target(out, overwrite, MARK, _WHAT)
    ids, chosen = _chosen(result, episode_ids, sample, seed, measures)
    on_progress("prove", f"{len(ids):,} operations")
    cases = tuple(_cases(result, ids))
    lines = None if source is None else tuple(_lines(result, cases, source, on_progress))
    pack = Pack(result.run, cases, chosen, on or date.fromisoformat(result.run["as_of"]), lines)
    with folder_aside(out, overwrite, MARK, _WHAT) as aside:
        on_progress("write", out.name)
        for name, content in _files(pack):
            path = aside / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (aside / SUMS).write_text(sums(aside), encoding="utf-8")
    return pack


def _chosen(
    result: Result, episode_ids: Sequence[str], sample: int | None, seed: int, measures: Sequence[str]
) -> tuple[list[str], str]:
    """The episodes, and in words how they were chosen."""
    outcome = result.outcome
    if sample is None:
        ids = named(episode_ids, set(pc.unique(outcome["episode_id"]).to_pylist()))
        return ids, "named one by one"
    for measure_id in measures:
        if measure_id not in result.run["measures"]:
            raise UsageError(f"no measure {measure_id!r} in this result; it has {', '.join(result.run['measures'])}")
    about = measures or result.run["measures"]
    counted = pc.and_(outcome["in_measure"], pc.is_in(outcome["measure_id"], pa.array(about, pa.string())))
    population = pc.unique(outcome.filter(counted)["episode_id"]).to_pylist()
    return drawn(population, sample, seed), (
        f"drawn from the {len(population):,} operations that count in measure {', '.join(about)}, with seed {seed}: "
        f"those whose SHA-256 of '{seed}:<episode id>' comes first"
    )


def _cases(result: Result, ids: list[str]) -> Iterator[Case]:
    rows = _grouped(_rows_of(result.outcome, "episode_id", ids), "episode_id")
    patients = sorted({row["patient_id"] for own in rows.values() for row in own})
    records = {
        table.name: _grouped(_rows_of(result.clinical(table.name), "patient_id", patients), "patient_id")
        for table in JUDGED_TABLES
    }
    for number, proof in enumerate(result.proved(ids), start=1):
        own = {name: grouped.get(proof.patient_id, []) for name, grouped in records.items()}
        yield Case(number, proof, tuple(rows[proof.episode_id]), own)


def _rows_of(table: pa.Table, column: str, values: Sequence[str]) -> Iterator[_Row]:
    yield from table.filter(pc.is_in(table[column], pa.array(values, pa.string()))).to_pylist()


def _grouped(rows: Iterable[_Row], column: str) -> dict[str, list[_Row]]:
    grouped: dict[str, list[_Row]] = {}
    for row in rows:
        grouped.setdefault(row[column], []).append(row)
    return grouped


def _lines(result: Result, cases: Sequence[Case], source: Path, on_progress: OnProgress) -> list[SourceLine]:
    ids = {
        table.name: frozenset(row[table.key[0]] for case in cases for row in case.records[table.name])
        for table in JUDGED_TABLES
        if table.key
    }
    patients = frozenset(case.proof.patient_id for case in cases)
    rejected = {(row["source"], row["line"]): f"rejected: {row['reason']}" for row in result.rejected.to_pylist()}
    wanted = Wanted(patients, ids, rejected)
    return source_lines(source, result.run["inputs"], wanted, lambda file: on_progress("read", file))


def _files(pack: Pack) -> Iterator[tuple[str, str | bytes]]:
    """Every file of the pack but the sums."""
    yield "README.txt", readme(pack)
    yield MARK, _json(facts(pack))
    yield RUN_FILE, _json(pack.run)
    yield "audit-pack.pdf", pack_pdf(pack)
    yield "cases.csv", cases_csv(pack)
    yield "outcome.csv", outcome_csv(pack)
    for case in pack.cases:
        yield f"proofs/{case.name}.txt", proof_text(case.proof)
        yield f"proofs/{case.name}.json", _json(proof_json(case.proof))
    for table in JUDGED_TABLES:
        yield f"records/{table.name}.csv", records_csv(pack, table)
    if pack.lines is not None:
        yield "source/lines.csv", source_csv(pack.lines)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
