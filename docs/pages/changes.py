"""What changed in a rule set from one performance year to the next, leaf by leaf."""

import re
from collections.abc import Iterator
from dataclasses import replace

from lumbar.codelists import code_list, code_list_names
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_lines
from lumbar.measures.model import Measure, PerformanceYear
from lumbar.report import wording
from pages.markdown import code, table

# What every year states anew: the year itself, and where each rule is cited from.
_OF_COURSE = re.compile(r"(^|\.)year$|cite\.|^id$")


def of_measure(measure: Measure) -> Iterator[str]:
    """The leaves of a measure that differ from its own of the year before."""
    before = _measures(measure.year - 1).get(measure.id)
    if before is None:
        yield _new(measure)
        yield ""
        return
    yield from _differences(_leaves_of_measure(before), _leaves_of_measure(measure))


def of_year(rules: PerformanceYear) -> Iterator[str]:
    """What differs among the rules the year's measures share, its measures and its code lists."""
    if rules.year - 1 not in years():
        yield f"There are no rules before {rules.year}."
        yield ""
        return
    before = for_year(rules.year - 1)
    yield from _differences(_shared_leaves(before), _shared_leaves(rules))
    gone = sorted(_measures(before.year).keys() - _measures(rules.year).keys())
    new = sorted(_measures(rules.year).keys() - _measures(before.year).keys())
    if new:
        yield f"New measures: {', '.join(new)}."
        yield ""
    if gone:
        yield f"Measures that ended: {', '.join(gone)}."
        yield ""
    yield from _lists(before.year, rules.year)


def _new(measure: Measure) -> str:
    if measure.year - 1 not in years():
        return f"There are no rules before {measure.year}."
    return f"The measure did not exist in {measure.year - 1}."


def _measures(year: int) -> dict[str, Measure]:
    return {measure.id: measure for measure in for_year(year).measures} if year in years() else {}


def _leaves_of_measure(measure: Measure) -> dict[str, str]:
    rules = replace(for_year(measure.year), measures=(measure,))
    stem = f"py{measure.year}.measures[{measure.id}]."
    return {
        path.removeprefix(stem): value
        for path, _, value in (line.partition(" = ") for line in lock_lines(rules))
        if path.startswith(stem) and not _OF_COURSE.search(path.removeprefix(stem))
    }


def _shared_leaves(rules: PerformanceYear) -> dict[str, str]:
    stem = f"py{rules.year}."
    return {
        path.removeprefix(stem): value
        for path, _, value in (line.partition(" = ") for line in lock_lines(rules))
        if ".measures[" not in path and path != f"{stem}year" and not _OF_COURSE.search(path)
    }


def _differences(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    changed = [path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]
    if not changed:
        yield "Nothing but the year and its citations."
        yield ""
        return
    rows = ((code(path), code(before.get(path, "")), code(after.get(path, ""))) for path in changed)
    yield from table(("rule", "before", "now"), rows)


def _lists(before: int, after: int) -> Iterator[str]:
    for name in sorted({*code_list_names(before), *code_list_names(after)}):
        old, new = (
            {entry.code for entry in code_list(year, name)} if name in code_list_names(year) else set()
            for year in (before, after)
        )
        if old != new:
            link = f"[{wording.words(name)}](../code-lists/{name}.md)"
            yield f"Code list {link}: {len(new - old)} codes came, {len(old - new)} went."
            yield ""
