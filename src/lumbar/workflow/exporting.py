"""A stored result to a file a receiver takes: written aside, recounted, and only then released."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import ResultFolderError, UsageError
from lumbar.exports.leaving import Counts, Leaving, Lines, counted, leaving_rows, limited_rules
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import Expected, ReadClinical, expected
from lumbar.placing import aside
from lumbar.store import open_result, refuse_to_replace
from lumbar.tables.clinical import CLINICAL_TABLES, PATIENT
from lumbar.tables.results import OVERALL
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import Result, stored

Write = Callable[[Leaving, Path], Lines]

_PER_POINT = 10_000  # scores have four decimals, so sums of them in these parts are whole
_COMPARED = ("eligible", "met", "not_met", "not_assessed", "open", "upcoming")


def release(
    folder: Path,
    kind: str,
    out: Path,
    write: Write,
    *,
    measures: Sequence[str] = (),
    npi: str | None = None,
    on: date | None = None,
    tin: str | None = None,
    beside: str = "",
    kept: Sequence[Path] = (),
    on_progress: OnProgress = silent,
) -> Lines:
    """Writes one export of a stored result to `out` and returns what the terminal shows.

    `kind` names the recount; `on` is the date in the file, the result's as-of date when left out. `beside` ends the
    name of a second file that the writer puts beside the first: both are released, or neither. `kept` are files
    that are read and must stay. Raises UsageError for a measure or surgeon the result does not have,
    ResultFolderError for no result, no place to write, or one where the result, its records or a file kept lies,
    RecountError when the file read back does not say what the result says: `out` is then as it was.
    What was released, and how, is noted in the result folder, where an evidence bundle finds it.
    """
    result = stored(folder)
    for target in (out, out.with_name(out.name + beside)):
        refuse_to_replace(target, result.run, kept)
    what = leaving(result, measures, npi, on)
    with aside(out) as path, _second_file(out, path, beside):
        on_progress("write", out.name)
        lines = write(what, path)
        on_progress("recount", out.name)
        ids = [measure.id for measure in what.rules.measures]
        recount(kind, path, said_by(result, ids, npi, what.on, tin))
    facts = {"kind": kind, "measures": ids, "npi": npi, "on": what.on.isoformat(), "tin": tin, "beside": beside}
    second = _sha256(out.with_name(out.name + beside)) if beside else ""
    return lines + _recorded(folder, out, {**facts, "beside_sha256": second})


def said_by(result: Result, measure_ids: Sequence[str], npi: str | None, on: date, tin: str | None = None) -> Expected:
    """What a file released from the result must say, for its recount."""
    clinical: ReadClinical = lambda name: _rows(result.clinical(name))  # noqa: E731
    as_of = date.fromisoformat(result.run["as_of"])
    return expected(_rows(result.outcome), result.rules, measure_ids, npi, on, clinical, tin, as_of)


def check_tables(result: Result) -> None:
    """Raises ResultFolderError when a table of a result cannot be read, or its rows and rates do not agree."""
    for table in (result.rejected, *(result.clinical(table.name) for table in CLINICAL_TABLES)):
        table.validate()
    _check_patients(result.outcome, result.clinical(PATIENT.name))
    _check_rates(result)


def leaving(result: Result, measures: Sequence[str] = (), npi: str | None = None, on: date | None = None) -> Leaving:
    """What of a result leaves.

    Raises UsageError for a measure or a surgeon the result does not have and for a date before its as-of date,
    ResultFolderError when its tables do not agree.
    """
    rules, as_of = limited_rules(result.rules, measures), date.fromisoformat(result.run["as_of"])
    if on is not None and on < as_of:
        raise UsageError(f"--on lies before the result's as-of date, {as_of}; name that day or a later one")
    _check_rates(result)
    rows = leaving_rows(result.outcome, rules, npi)
    _check_patients(rows, result.clinical(PATIENT.name))
    return Leaving(
        rules=rules,
        run=result.run,
        rows=rows,
        counts=counted(rows, rules),
        on=on or as_of,
        npi=npi,
        identity=_identity(result, rows),
        clinical=result.clinical,
        proofs=result.proofs,
    )


def parsed_day(text: str | None) -> date | None:
    """The day a file is dated. Raises UsageError for what is no date."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write it as YYYY-MM-DD") from None


@contextmanager
def _second_file(out: Path, path: Path, ending: str) -> Iterator[None]:
    """Releases what was written to `path` + `ending` as `out` + `ending`, or takes it away when the work fails."""
    if not ending:
        yield
        return
    second = Path(f"{path}{ending}")
    if Path(f"{out}{ending}").is_dir():
        raise ResultFolderError(f"cannot write {out}{ending}: it is a folder; choose another --out")
    try:
        second.touch(mode=0o600, exist_ok=False)
        yield
        second.replace(f"{out}{ending}")
    finally:
        second.unlink(missing_ok=True)


def _check_rates(result: Result) -> None:
    """A result whose rows and rates do not agree is not sent, whoever's rows are asked for."""
    rules = result.rules
    stored_counts = {(row["measure_id"], row["stratum"]): row for row in result.rate.to_pylist()}
    for found in counted(leaving_rows(result.outcome, rules, None), rules):
        row = stored_counts.get((found.measure_id, found.stratum))
        if row is None or any(row[name] != getattr(found, name) for name in _COMPARED) or not _has_mean(row, found):
            about = found.measure_id if found.stratum == OVERALL else f"{found.measure_id}, {found.stratum}"
            raise ResultFolderError(f"outcome and rate of the result do not agree for measure {about}; evaluate again")


def _has_mean(row: dict[str, Any], found: Counts) -> bool:
    """Whether the mean change that is stored, where there is one, is that of the rows."""
    mean: float | None = row["mean_change"]
    return mean is None or mean == int(found.improvement_sum * _PER_POINT) / (_PER_POINT * found.met)


def _check_patients(rows: pa.Table, patients: pa.Table) -> None:
    """Whoever's rows leave is one patient of the clinical table: without one nobody knows of a death."""
    ids = pc.value_counts(patients["patient_id"].combine_chunks())
    once = ids.field("values").filter(pc.equal(ids.field("counts"), 1))
    if not pc.all(pc.is_in(rows["patient_id"], value_set=once), min_count=0).as_py():
        raise ResultFolderError("the result lacks patients of its own operations, or has them twice; evaluate again")


def _identity(result: Result, rows: pa.Table) -> str:
    digest = hashlib.sha256(json.dumps(result.run, sort_keys=True).encode())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()


def _recorded(folder: Path, released: Path, facts: dict[str, Any]) -> Lines:
    """Notes a release in the result folder; a warning where that cannot be written to."""
    try:
        open_result(folder).record_release(_sha256(released), facts)
    except ResultFolderError as error:
        return [(f"the release is not noted in the result folder, and no bundle can hold the file: {error}", True)]
    return []


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table one by one, few of them in memory at a time."""
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
