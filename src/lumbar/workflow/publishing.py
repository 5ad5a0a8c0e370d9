"""A stored result to the figures a clinic may publish, beside what was released before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lumbar.errors import InputError, UsageError
from lumbar.placing import replace_file
from lumbar.report.public_figures import Release, public_figures
from lumbar.store import refuse_to_replace
from lumbar.workflow.result import Result, stored


def release_of(
    result: Result, by: Sequence[str], previous: Mapping[str, Any] | None = None, measures: Sequence[str] = ()
) -> Release:
    """The public figures of a result, broken down by `by`, of some measures or of all.

    Raises UsageError for a measure the result does not have, and as `public_figures` does.
    """
    rules = result.rules
    for measure_id in measures:
        if measure_id not in {measure.id for measure in rules.measures}:
            raise UsageError(
                f"the result has no measure {measure_id}; it has {', '.join(m.id for m in rules.measures)}"
            )
    if measures:
        rules = replace(rules, measures=tuple(m for m in rules.measures if m.id in measures))
    return public_figures(result.outcome, result.clinical, rules, result.run, by, previous)


def publish(
    folder: Path, out: Path, by: Sequence[str], previous: Path | None = None, measures: Sequence[str] = ()
) -> Release:
    """Writes the public figures of a stored result to `out` as JSON, after those in the file `previous`.

    Raises ResultFolderError for no result or no place to write, InputError for a previous release that cannot be
    read, UsageError for an unknown breakdown or measure, a previous release that does not fit, or where `out` holds
    another release than the previous one.
    """
    result = stored(folder)
    refuse_to_replace(out, result.run, ())
    refuse_to_forget(out, previous)
    release = release_of(result, by, None if previous is None else read_release(previous), measures)
    replace_file(out, released_text(release.figures))
    return release


def refuse_to_forget(figures: Path, previous: Path | None) -> None:
    """Raises UsageError where a file of figures would be replaced by figures that do not stand on it.

    The two releases together would tell of the few patients in between.
    """
    if figures.exists() and (previous is None or not figures.samefile(previous)):
        raise UsageError(f"{figures} holds a release: name it with --previous {figures}, or another --out")


def released_text(figures: Mapping[str, Any]) -> str:
    """Public figures as the text that is published."""
    return json.dumps(figures, indent=2, ensure_ascii=False) + "\n"


def read_release(path: Path) -> dict[str, Any]:
    """The figures released last. Raises InputError for a file that holds none."""
    try:
        figures = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise InputError(f"{path} cannot be read as public figures; name the file released last") from None
    if not isinstance(figures, dict):
        raise InputError(f"{path} is no public figures of lumbar; name the file released last")
    return figures
