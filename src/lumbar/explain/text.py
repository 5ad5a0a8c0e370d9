"""The proof of one episode laid out for a terminal: plain text, at most 100 columns, no colours."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from textwrap import wrap

from lumbar.engine.reference_scores import OUTSIDE, PREOPERATIVE
from lumbar.explain.proof import Candidate, Proof, RowProof, Source
from lumbar.explain.words import AT, INSTRUMENT, KIND, SCALE, day, span

WIDTH = 100
_LABEL = 12
_LONG_NAME = {"ODI": "Oswestry Disability Index (ODI)"}
_KEPT_TOGETHER = re.compile(r"(?<=\d) (?=[A-Z][a-z]+ \d{4})|(?<=[A-Za-z]) (?=\d{4}\b)|(?<=[\d=−]) (?=[−=])|(?<=[−=]) ")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def proof_text(proof: Proof) -> str:
    """The whole proof as lines of at most 100 columns, with a final newline."""
    return "\n".join(line.rstrip() for line in _lines(proof)) + "\n"


def _lines(proof: Proof) -> Iterator[str]:
    yield "═" * WIDTH
    yield _ends(f"Lumbar {KIND[proof.kind]} on {day(proof.index_date)}", f"as of {day(proof.as_of)}")
    yield from _wrapped(f"Episode {proof.episode_id}")
    yield from _wrapped(proof.rules[0].upper() + proof.rules[1:])
    yield "═" * WIDTH
    yield from _glance(proof.rows)
    yield ""
    for sentence in proof.reading:
        yield from _wrapped(sentence)
    yield ""
    yield "Why this is an episode"
    for reason in proof.why_an_episode:
        yield from _wrapped(reason, "  - ")
    throughout = [note for note in proof.rows[0].notes if all(note in row.notes for row in proof.rows)]
    if throughout:
        yield ""
        yield "True of every result below"
        for note in throughout:
            yield from _wrapped(note, "  - ")
    sources = list(dict.fromkeys(replace(source, about="") for row in proof.rows for source in row.sources))
    for _, rows in groupby(proof.rows, key=lambda row: row.instrument):
        yield from _instrument_lines(list(rows), throughout, sources)
    yield ""
    yield "─" * WIDTH
    yield "Sources"
    for n, source in enumerate(sources, start=1):
        note = f" ({source.note})" if source.note else ""
        yield from _wrapped(f"{source.document}, {source.section}: {source.confidence}{note}", f"{f'[{n}]':>6} ")


def _glance(rows: tuple[RowProof, ...]) -> Iterator[str]:
    """One line a result: what was asked, when, before and after, the result, the code, whether it counts."""
    for row in rows:
        before = _chosen_points(row, PREOPERATIVE)
        after = _chosen_points(row, row.timepoint)
        result = row.status.replace("_", " ") + (" so far" if row.provisional else "")
        counts = "counts in the measure" if row.in_measure else "not in the measure"
        yield (
            f"  {INSTRUMENT[row.instrument]:<10} {AT[row.timepoint]:<15}  {before:>7} → {after:<7}  "
            f"{result:<15} {row.code or 'no code':<8} {counts}"
        )


def _chosen_points(row: RowProof, window: str) -> str:
    return next((c.value_text for c in row.candidates if c.chosen and c.window == window), "none")


def _instrument_lines(rows: list[RowProof], throughout: list[str], sources: list[Source]) -> Iterator[str]:
    first = rows[0]
    name = INSTRUMENT[first.instrument]
    measures = ", ".join(dict.fromkeys(row.measure_id for row in rows))
    yield ""
    yield "─" * WIDTH
    yield _ends(_LONG_NAME.get(name, name).upper(), f"measure {measures}")
    yield "─" * WIDTH
    yield from _wrapped(f"Before surgery, {span(first.preoperative_window)}")
    yield from _candidate_lines([c for c in first.candidates if c.window == PREOPERATIVE])
    for row in rows:
        yield ""
        yield from _row_lines(row, throughout, sources)
    outside = outside_of_all(rows)
    if outside:
        yield ""
        yield "Outside every window"
        yield from _candidate_lines(outside)


def _row_lines(row: RowProof, throughout: list[str], sources: list[Source]) -> Iterator[str]:
    yield from _wrapped(f"{AT[row.timepoint].capitalize()}, {span(row.postoperative_window)}")
    yield from _candidate_lines([c for c in row.candidates if c.window == row.timepoint])
    yield from _labelled("Result", row.headline)
    yield from _labelled("Arithmetic", row.arithmetic)
    yield from _labelled("Rule", row.rule)
    yield from _labelled("Code", row.code or "none yet")
    yield from _labelled("Counts", row.counts)
    if row.counterfactual:
        yield from _labelled("Otherwise", row.counterfactual)
    for n, note in enumerate(note for note in row.notes if note not in throughout):
        yield from _labelled("Notes" if n == 0 else "", note)
    numbers = {source: n for n, source in enumerate(sources, start=1)}
    cited = [f"{s.about} [{numbers[replace(s, about='')]}] {s.confidence}" for s in row.sources]
    yield from _labelled("Sources", "; ".join(cited))


def _candidate_lines(candidates: list[Candidate]) -> Iterator[str]:
    """A score a line: a mark when chosen, points, date, the reason, then how it was taken and its id."""
    if not candidates:
        yield "       none"
    for c in candidates:
        side = f"{c.side} leg, " if c.side else ""
        head = f"  {'>' if c.chosen else ' '} {c.value_text:>7}  {day(c.assessed_on):>17}  "
        yield from _wrapped(f"{c.because} ({side}{SCALE[c.scale]}; score {c.score_id})", head)


def outside_of_all(rows: list[RowProof]) -> list[Candidate]:
    """The scores in no window of the instrument, each with the windows it lies between."""
    shown = []
    for position, score in enumerate(rows[0].candidates):
        verdicts = [(row, row.candidates[position]) for row in rows]
        if any(c.window != OUTSIDE for _, c in verdicts):
            continue
        closed = [c.because for row, c in verdicts if row.postoperative_window[1] < c.assessed_on]
        ahead = [c.because for row, c in verdicts if c.assessed_on < row.postoperative_window[0]]
        reasons = [because.removeprefix("not chosen: ") for because in (*closed[-1:], *ahead[:1])]
        shown.append(replace(score, because=f"not chosen: {', and '.join(reasons)}"))
    return shown


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from _wrapped(text, f"    {label:<{_LABEL}}")


def _wrapped(text: str, head: str = "") -> Iterator[str]:
    """The text after its head, wrapped and indented to it; dates and sums stay on one line."""
    # Ids are whatever a source wrote: nothing in them may steer the terminal.
    printable = "".join(character if character.isprintable() else "?" for character in text)
    kept = _KEPT_TOGETHER.sub(_NO_BREAK, printable)
    for line in wrap(kept, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False):
        yield line.replace(_NO_BREAK, " ")


def _ends(left: str, right: str) -> str:
    return f"{left}{right:>{WIDTH - len(left)}}"
