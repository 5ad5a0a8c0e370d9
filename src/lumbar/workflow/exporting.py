"""A stored result to a file a receiver takes: written aside, recounted, and only then released."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.errors import ResultFolderError, UsageError
from lumbar.exports.leaving import Leaving, Lines, counted, leaving_rows, limited_rules
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import Expected, expected
from lumbar.store import aside, open_result
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OVERALL
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import Result, stored

Write = Callable[[Leaving, Path], Lines]

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
    beside: str = "",
    on_progress: OnProgress = silent,
) -> Lines:
    """Writes one export of a stored result to `out` and returns what the terminal shows.

    `kind` names the recount; `on` is the date in the file, the result's as-of date when left out. `beside` ends the
    name of a second file that the writer puts beside the first: both are released, or neither. Raises
    UsageError for a measure or surgeon the result does not have, ResultFolderError for no result or no place
    to write, RecountError when the file read back does not say what the result says: `out` is then as it was.
    What was released, and how, is noted in the result folder, where an evidence bundle finds it.
    """
    result = stored(folder)
    what = leaving(result, measures, npi, on)
    with aside(out) as path, _second_file(out, path, beside):
        on_progress("write", out.name)
        lines = write(what, path)
        on_progress("recount", out.name)
        ids = [measure.id for measure in what.rules.measures]
        recount(kind, path, said_by(result, ids, npi, what.on))
    facts = {"kind": kind, "measures": ids, "npi": npi, "on": what.on.isoformat(), "beside": beside}
    return lines + _recorded(folder, out, facts)


def said_by(result: Result, measure_ids: Sequence[str], npi: str | None, on: date) -> Expected:
    """What a file released from the result must say, for its recount."""
    return expected(
        _rows(result.outcome), result.rules, measure_ids, npi, on, lambda name: _rows(result.clinical(name))
    )


def leaving(result: Result, measures: Sequence[str] = (), npi: str | None = None, on: date | None = None) -> Leaving:
    """What of a result leaves. Raises UsageError for a measure or a surgeon the result does not have."""
    rules = limited_rules(result.rules, measures)
    rows = leaving_rows(result.outcome, rules, npi)
    counts = counted(rows, rules)
    if npi is None:
        _same_as_rate(counts, result.rate)
    return Leaving(
        rules=rules,
        run=result.run,
        rows=rows,
        counts=counts,
        on=on or date.fromisoformat(result.run["as_of"]),
        npi=npi,
        identity=_identity(result, rows),
        clinical=result.clinical,
        proofs=result.proofs,
    )


def check_tables(result: Result) -> None:
    """Raises ResultFolderError when a stored table cannot be read, or outcome and rate do not agree."""
    for table in CLINICAL_TABLES:
        result.clinical(table.name)
    _ = result.rejected
    _same_as_rate(counted(leaving_rows(result.outcome, result.rules, None), result.rules), result.rate)


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
    try:
        second.touch(mode=0o600)
        yield
        second.replace(f"{out}{ending}")
    finally:
        second.unlink(missing_ok=True)


def _same_as_rate(counts: Sequence[Any], rate: pa.Table) -> None:
    """A result whose tables no longer agree is not sent. Raises ResultFolderError."""
    stored_counts = {(row["measure_id"], row["stratum"]): row for row in rate.to_pylist()}
    for found in counts:
        row = stored_counts.get((found.measure_id, found.stratum))
        if row is None or any(row[name] != getattr(found, name) for name in _COMPARED):
            about = found.measure_id if found.stratum == OVERALL else f"{found.measure_id}, {found.stratum}"
            raise ResultFolderError(f"outcome and rate of the result do not agree for measure {about}; evaluate again")


def _identity(result: Result, rows: pa.Table) -> str:
    digest = hashlib.sha256(json.dumps(result.run, sort_keys=True).encode())
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()


def _recorded(folder: Path, released: Path, facts: dict[str, Any]) -> Lines:
    """Notes a release in the result folder; a warning where that cannot be written to."""
    with released.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        open_result(folder).record_release(sha256, facts)
    except ResultFolderError as error:
        return [(f"the release is not noted in the result folder, and no bundle can hold the file: {error}", True)]
    return []


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    """The rows of a table one by one, few of them in memory at a time."""
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
