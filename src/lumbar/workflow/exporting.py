"""A stored result to a file a receiver takes: written aside, recounted, and only then released."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.errors import ResultFolderError, UsageError
from lumbar.exports.leaving import Leaving, Lines, counted, leaving_rows, limited_rules
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import expected
from lumbar.store import aside
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
    on_progress: OnProgress = silent,
) -> Lines:
    """Writes one export of a stored result to `out` and returns what the terminal shows.

    `kind` names the recount; `on` is the date in the file, the result's as-of date when left out. Raises
    UsageError for a measure or surgeon the result does not have, ResultFolderError for no result or no place
    to write, RecountError when the file read back does not say what the result says: `out` is then as it was.
    """
    result = stored(folder)
    what = leaving(result, measures, npi, on)
    with aside(out) as path:
        on_progress("write", out.name)
        lines = write(what, path)
        on_progress("recount", out.name)
        ids = [measure.id for measure in what.rules.measures]
        there = expected(
            _rows(result.outcome), result.rules, ids, npi, what.on, lambda name: _rows(result.clinical(name))
        )
        recount(kind, path, there)
    return lines


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


def parsed_day(text: str | None) -> date | None:
    """The day a file is dated. Raises UsageError for what is no date."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date; write it as YYYY-MM-DD") from None


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


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
