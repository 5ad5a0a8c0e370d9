"""The comparison of two results laid out for a terminal: a summary, then the operations, one line a change."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lumbar.comparing.causes import CAUSES
from lumbar.comparing.comparison import Comparison, RateChange, RowChange, Transition, explained_operations
from lumbar.engine.reference_episode import Record
from lumbar.explain.words import AT, INSTRUMENT
from lumbar.tables.results import NOT_RECOVERED, OPEN, UPCOMING

Line = tuple[str, bool]

_COUNTS = ("eligible", "met", "not_met", "not_assessed", "excluded", "open", "upcoming")
_HEADS = ("eligible", "met", "not met", "no score*", "excluded", "open", "upcoming")
_UNKNOWN_RULE_SET = (
    "was made with a rule set that this version does not have. Where its rows do not follow from the rules of this "
    "version, rule_set is named as a possible cause and is not proved."
)
_HASH_SHOWN = 12
_SETTINGS_SHOWN = 12
_RECORDS_SHOWN = 3


def comparison_lines(found: Comparison, n_shown: int | None) -> Iterator[Line]:
    """The summary, then the operations that changed: the first `n_shown`, or all. Each line with whether it warns."""
    for folder in found.unknown_rule_sets:
        yield f"Note: {_printable(folder)} {_UNKNOWN_RULE_SET}", True
    for line in _lines(found, n_shown):
        yield line, False


def _lines(found: Comparison, n_shown: int | None) -> Iterator[str]:
    for word, facts in zip(("Before:", "After:"), found.facts, strict=True):
        yield (
            f"{word:8}{_printable(facts['folder'])}: {facts['n_episodes']:,} operations of "
            f"{facts['n_patients']:,} patients; performance year {facts['year']}, as of {facts['as_of']}"
        )
    yield from _made_otherwise(found)
    yield ""
    if found.is_same:
        yield f"No difference: all {found.n_compared:,} results are the same."
        return
    yield (
        f"{found.n_changed:,} of {found.n_compared:,} results changed, of {found.n_operations:,} operations; "
        f"{found.n_counted:,} of them count in a measure, before or after. {found.n_submitted_otherwise:,} of these "
        "touch what was submitted (measure, kind, status or code) and are marked #."
    )
    yield ""
    yield from _rate_lines(found)
    yield from _kinds_of_change(found)
    yield from _why(found)
    yield from _operations(found, n_shown)
    yield NOT_RECOVERED


def _made_otherwise(found: Comparison) -> Iterator[str]:
    for setting in found.settings[:_SETTINGS_SHOWN]:
        yield f"  {_printable(setting.name)}: {_short(setting.before)} → {_short(setting.after)}"
    if len(found.settings) > _SETTINGS_SHOWN:
        yield f"  and {len(found.settings) - _SETTINGS_SHOWN:,} more; --format json has them all"
    if found.not_compared:
        yield f"Asked by one result alone, and not compared: {', '.join(found.not_compared)}"


def _short(text: str) -> str:
    """A hash by its first digits."""
    return " ".join(
        word[:_HASH_SHOWN] if len(word) == 64 and word.isalnum() else _printable(word) for word in text.split()
    )


def _rate_lines(found: Comparison) -> Iterator[str]:
    yield f"{'measure':9}{'stratum':22}" + "".join(f"{head:>15}" for head in _HEADS)
    for rate in found.rates:
        yield f"{rate.measure_id:9}{rate.stratum:22}" + "".join(f"{_counts(rate, name):>15}" for name in _COUNTS)
    yield "* not assessed: the window closed without a score; counted inside not met"
    yield ""
    yield (
        f"{'measure':9}{'stratum':22}{'':8}{'response':>10}{'rate':>10}   {'95 % interval':18}"
        "if none, or all, of them* had met"
    )
    for rate in found.rates:
        for side, row in (("before", rate.before), ("after", rate.after)):
            if row is not None:
                yield f"{rate.measure_id:9}{rate.stratum:22}{side:8}" + _rate_cells(row)
    was, now = (facts["n_provisional"] for facts in found.facts)
    yield f"Provisional, because their window is still open: {was:,} before, {now:,} after, of the results counted."
    yield ""


def _counts(rate: RateChange, name: str) -> str:
    was, now = ("none" if row is None else f"{row[name]:,}" for row in (rate.before, rate.after))
    return was if was == now else f"{was} → {now}"


def _rate_cells(row: Record) -> str:
    """The rate between the share of whom it is known and what it could be: never without them."""
    interval = _range(row["rate_low"], row["rate_high"])
    bounds = _range(row["bound_low"], row["bound_high"])
    return f"{_percent(row['response_rate']):>10}{_percent(row['rate']):>10}   {interval:18}{bounds}"


def _percent(fraction: float | None) -> str:
    return "undefined" if fraction is None else f"{fraction:.1%}"


def _range(low: float | None, high: float | None) -> str:
    return "undefined" if low is None else f"{_percent(low)} to {_percent(high)}"


def _kinds_of_change(found: Comparison) -> Iterator[str]:
    yield f"{'change':44}{'results':>10}{'counted':>10}"
    for t in found.transitions:
        yield f"{_way(t) or f'still {_after(t)}, another column':44}{t.n_rows:>10,}{t.n_counted:>10,}"
    yield ""


def _why(found: Comparison) -> Iterator[str]:
    if found.n_operations_explained < found.n_operations:
        yield (
            f"Why, for {found.n_operations_explained:,} of the {found.n_operations:,} operations that changed; "
            "--all explains every one:"
        )
    yield f"{'why':44}{'results':>10}{'counted':>10}"
    lines = found.by_causes()
    for names, n_rows, n_counted in lines:
        yield f"{' + '.join(names):44}{n_rows:>10,}{n_counted:>10,}"
    n_possible = sum(not row.because.is_proved for row in found.rows)
    if n_possible:
        yield f"Possible, not proved, for {n_possible:,} of them (marked ?)."
    yield ""
    for name in CAUSES:
        if any(name in names for names, _, _ in lines):
            yield f"  {name}: {CAUSES[name]}"
    yield ""


def _operations(found: Comparison, n_shown: int | None) -> Iterator[str]:
    """The operations, those first that touch what was submitted."""
    operations = sorted(
        explained_operations(found.rows), key=lambda item: not any(row.is_submitted_otherwise for row in item[1])
    )
    for episode_id, rows in operations[:n_shown]:
        yield _printable(episode_id)
        for line in _lines_of_operation(rows):
            yield f"  {line}"
    left = found.n_operations - len(operations[:n_shown])
    if left:
        yield f"and {left:,} more operations; --all shows every one, --format json too"
    yield ""


def _lines_of_operation(rows: list[RowChange]) -> Iterator[str]:
    """The rows that went the same way for the same reason, together."""

    def way(row: RowChange) -> tuple[Any, ...]:
        same = row.before == row.after
        return (
            row.timepoint,
            row.before,
            row.before_is_provisional,
            row.after,
            row.after_is_provisional,
            row.is_submitted_otherwise,
            row.because.causes,
            row.because.is_proved,
            tuple(row.columns) if same else (),
        )

    for _, group in groupby(sorted(rows, key=lambda row: (str(way(row)), row.instrument)), key=way):
        together = list(group)
        first = together[0]
        instruments = ", ".join(INSTRUMENT[row.instrument] for row in together)
        mark = "#" if first.is_submitted_otherwise else " "
        yield f"{mark} {instruments} {AT[first.timepoint]}: {_change(together)}; {_because(together)}"


def _change(together: list[RowChange]) -> str:
    first = together[0]
    others = ", ".join(name for name in first.columns if name != "provisional")
    way = _way(first)
    if way is None:
        return f"still {_after(first)} (changed: {others})"
    if first.before == first.after:
        return f"{way} (changed: {others})" if others else way
    codes = dict.fromkeys(code for row in together for code in row.columns.get("code", ())[1:] if code)
    return f"{way} ({', '.join(codes)})" if codes else way


def _way(change: RowChange | Transition) -> str | None:
    """From which status to which; none where it is the same."""
    before, after = _words(change.before, change.before_is_provisional), _after(change)
    if before == after:
        return None
    became_final = change.before == change.after and change.before_is_provisional
    return f"{after}, became final" if became_final else f"{before} → {after}"


def _after(change: RowChange | Transition) -> str:
    return _words(change.after, change.after_is_provisional)


def _because(together: list[RowChange]) -> str:
    """The causes, and the first ids of the records among them."""
    because = together[0].because
    changes = (change for row in together for change in row.because.records if change.record_id is not None)
    records = list(dict.fromkeys(_printable(f"{change.table} {change.record_id}") for change in changes))
    more = ", …" if len(records) > _RECORDS_SHOWN else ""
    named = f" ({', '.join(records[:_RECORDS_SHOWN])}{more})" if records else ""
    return f"{' + '.join(because.causes)}{'' if because.is_proved else '?'}{named}"


def _words(status: str, is_provisional: bool) -> str:
    words = {OPEN: "window open", UPCOMING: "window not yet open"}.get(status, status.replace("_", " "))
    return f"{words} so far" if is_provisional else words


def _printable(text: str) -> str:
    """Ids and folder names are whatever somebody wrote: nothing in them may steer the terminal."""
    return "".join(character if character.isprintable() else "?" for character in text)
