"""The page of one operation: where its patient is, verdict and clinical reading, what is documented."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from lumbar.codelists.clinical_reading import ACCEPTABLE, RESPONDER, WORSE, clinical_thresholds
from lumbar.explain.words import day
from lumbar.followup import documentation
from lumbar.followup.documentation import count_by_state
from lumbar.followup.path import PAST, PatientPath
from lumbar.report import path_chart, path_words, wording
from lumbar.report.frame import rendered, rendered_page
from lumbar.tables.results import NOT_RECOVERED, TIMEPOINTS

Link = tuple[str, str]  # what a link says, and where it goes
_READING = {ACCEPTABLE: "acceptable", RESPONDER: "clearly better", WORSE: "worse"}


def path_page(one: PatientPath, run: Mapping[str, Any], links: Sequence[Link] = ()) -> str:
    """One HTML page that opens offline and has no script; `links` go to the pages beside it, in order.

    `run` is the result's run.json. The same arguments give the same text.
    """
    return followed_page("path.html.j2", run, links, **_path_values(one, run))


def path_sections(one: PatientPath, run: Mapping[str, Any]) -> str:
    """What stands in the main part of the page, for a page that holds it among others."""
    return rendered("_path.html.j2", **words_of_a_path(), **_path_values(one, run))


def followed_page(template: str, run: Mapping[str, Any], links: Sequence[Link], **values: Any) -> str:
    """A whole page of follow-up, with the style of the report and a policy that admits no script."""
    styles = ("report.css", "path.css")
    return rendered_page(template, styles, **words_of_a_path(), run=run, links=links, **values)


def threshold_rows(run: Mapping[str, Any]) -> list[dict[str, str]]:
    """The thresholds of the clinical reading as they held in this result, each with its source."""
    rows = []
    for threshold in clinical_thresholds():
        if threshold.at_most is not None:
            points = f"{wording.number(threshold.at_most)} points or less"
        else:
            points = f"a change of {run['policy'][threshold.setting]} points or more"
        rows.append(
            {
                "reading": _READING[threshold.reading],
                "instrument": wording.INSTRUMENT[threshold.instrument],
                "points": points,
                "source": f"{threshold.source} ({threshold.locator})",
                "note": threshold.note[:1].upper() + threshold.note[1:],
                "confidence": threshold.confidence,
            }
        )
    return rows


def words_of_a_path() -> dict[str, Any]:
    """The words that the templates of follow-up are written with."""
    return {
        "wording": wording,
        "words": path_words,
        "not_recovered": NOT_RECOVERED,
        "not_a_call_list": path_words.NOT_A_CALL_LIST,
    }


@cache
def _threshold_section(policy: str) -> str:
    """The thresholds as markup, one and the same on every page of a result; `policy` is JSON."""
    return rendered(
        "_thresholds.html.j2", **words_of_a_path(), thresholds=threshold_rows({"policy": json.loads(policy)})
    )


def _path_values(one: PatientPath, run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "one": one,
        "as_of": day(one.as_of),
        "title": path_words.title(one),
        "timeline": path_chart.timeline(one, "path"),
        "global_period": path_words.global_period_words(one.index_date, one.global_period_shares),
        "summary": _summary(one),
        "thresholds": "" if _is_under_way(one) else _threshold_section(json.dumps(run["policy"])),
    }


def _is_under_way(one: PatientPath) -> bool:
    """Whether a window is open or ahead: then its dates are told, and no score that could be read as one to reach."""
    return any(step.state != PAST for step in one.steps if step.name in TIMEPOINTS)


def _summary(one: PatientPath) -> str:
    """How many of the expected elements are in which state."""
    states = {state: n for state, n in count_by_state(one.documentation).items() if n}
    total = sum(states.values())
    said = ", ".join(f"{n} {path_words.STATE[state]}" for state, n in states.items())
    all_there = set(states) == {documentation.PRESENT}
    return f"All {total} expected elements are there." if all_there else f"Of {total} expected elements: {said}."
