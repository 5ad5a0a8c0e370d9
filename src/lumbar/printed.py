"""What the terminal shows of a result and of a reading: lines of text, each with whether it warns."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from lumbar.readers.intake import Intake
from lumbar.scoring.reported import COUNTED_BY, reported_in_measure
from lumbar.scoring.words import reported_line
from lumbar.store import StoredResult
from lumbar.tables.results import NOT_RECOVERED, REJECT_REASONS

Line = tuple[str, bool]

_N_LINES_NAMED = 3


def summary_lines(result: StoredResult) -> Iterator[Line]:
    """A result in brief: operations, then a row per measure and stratum, then what was left out."""
    run = result.run
    yield (
        (
            f"{run['n_episodes']:,} operations of {run['n_patients']:,} patients; "
            f"performance year {run['year']}, as of {run['as_of']}"
        ),
        False,
    )
    idle = run["n_procedure_lines"] - run["n_procedure_lines_that_start_an_episode"]
    yield f"{run['n_procedure_lines']:,} procedure lines; {idle:,} of them start no operation of these measures", False
    yield "", False
    heads = ("eligible", "met", "not met", "no score*", "open", "response", "rate")
    heading = "".join(f"{head:>10}" for head in heads)
    yield f"{'measure':9}{'stratum':22}{heading}   {'95 % interval':18}if none, or all, of them* had met", False
    for row in result.rate.to_pylist():
        yield _rate_line(row), False
    yield "* not assessed: the window closed without a score; counted inside not met", False
    changes = [row for row in result.rate.to_pylist() if row["mean_change"] is not None]
    if changes:
        yield (
            "Met here is a score before and one after surgery. Average change of those, in points, plus is better:",
            False,
        )
        yield "  " + "; ".join(f"{row['measure_id']} {row['mean_change']:+.2f}" for row in changes), False
    counts = result.outcome_counts(*COUNTED_BY, "provisional")
    n_provisional = sum(row["n"] for row in counts.to_pylist() if row["in_measure"] and row["provisional"])
    yield f"Provisional, because their window is still open: {n_provisional:,} of the results counted.", False
    yield NOT_RECOVERED, False
    reported = reported_in_measure(counts)
    if reported.reported:
        yield reported_line(reported), False
    n_rejected = sum(file["rejected"] for file in run["inputs"])
    if n_rejected:
        yield "", False
        yield f"{n_rejected:,} input rows were rejected; `lumbar check` on the same records says why.", False
    for warning in run["warnings"]:
        yield f"Note: {warning}", True


def _rate_line(row: dict[str, Any]) -> str:
    counts = (row["eligible"], row["met"], row["not_met"], row["not_assessed"], row["open"] + row["upcoming"])
    text = f"{row['measure_id']:9}{row['stratum']:22}" + "".join(f"{n:>10,}" for n in counts)
    if row["rate"] is None:
        return f"{text}{'':>10}{'undefined':>10}"
    interval = f"{row['rate_low']:.1%} to {row['rate_high']:.1%}"
    bounds = f"{row['bound_low']:.1%} to {row['bound_high']:.1%}"
    return f"{text}{row['response_rate']:>10.1%}{row['rate']:>10.1%}   {interval:18}{bounds}"


def intake_lines(intake: Intake, rejected: pa.Table) -> Iterator[Line]:
    """What was read of each file, and the rejected rows by reason and column with their first lines."""
    yield f"{'file':34}{'rows':>11}{'mapped':>11}{'rejected':>10}{'of no concern':>15}", False
    for file in intake.files:
        counts = f"{file.n_rows:>11,}{file.n_mapped:>11,}{file.n_rejected:>10,}{file.n_of_no_concern:>15,}"
        yield f"{file.name:34}{counts}", False
    places: dict[tuple[str, str, str], list[str]] = {}
    for row in rejected.to_pylist():
        key = (row["table"], row["reason"], row["detail"] or "")
        places.setdefault(key, []).append(f"{row['source']}:{row['line']}")
    if places:
        yield "", False
        yield "Rejected rows, by reason; the first places are file:line", False
    for (table, reason, detail), where in sorted(places.items()):
        what = f" ({detail})" if detail else ""
        yield f"  {len(where):>7,}  {table:14}{reason}{what}: {REJECT_REASONS[reason]}", False
        more = ", …" if len(where) > _N_LINES_NAMED else ""
        yield f"           {', '.join(where[:_N_LINES_NAMED])}{more}", False
    for warning in intake.warnings:
        yield f"Note: {warning}", True
