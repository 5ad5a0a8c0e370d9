"""The page of those who are not met or worse: a clinician's reading list, the verdict apart."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lumbar.explain.words import day, points
from lumbar.followup.persistent_pain import PainCourse, PersistentPain
from lumbar.report import path_chart
from lumbar.report.path_page import Link, followed_page, threshold_rows

MOST_LISTED = 500  # courses; more make a page that opens slowly


def pain_page(
    pain: PersistentPain,
    run: Mapping[str, Any],
    links: Sequence[Link] = (),
    href: Callable[[str], str | None] = lambda episode_id: None,
) -> str:
    """One HTML page that opens offline and has no script.

    `run` is the result's run.json; `links` go to the pages beside it; `href` tells where an episode's own page is, or
    none where it has none. The newest MOST_LISTED courses are listed, and the page says so.
    """
    return followed_page("persistent_pain.html.j2", run, links, **pain_section(pain, run, href))


def pain_section(pain: PersistentPain, run: Mapping[str, Any], href: Callable[[str], str | None]) -> dict[str, Any]:
    """What `_persistent_pain.html.j2` and `_thresholds.html.j2` are filled with, beside the words of a path."""
    shown = [
        {
            "course": course,
            "href": href(course.episode_id),
            "trend": path_chart.trend(course.trend, _red_ids(course)),
            "scores": _scores(course),
        }
        for course in pain.courses[:MOST_LISTED]
    ]
    return {"pain": pain, "as_of": day(pain.as_of), "shown": shown, "thresholds": threshold_rows(run)}


def _red_ids(course: PainCourse) -> set[str]:
    return {
        row.postoperative_score_id
        for row in course.judged
        if row.clinical and row.clinical.is_red and row.postoperative_score_id
    }


def _scores(course: PainCourse) -> str:
    """The trend in words: `8.0 on day -7, 9.0 on day 80`."""
    return ", ".join(f"{points(score.value, score.instrument)} on day {score.day}" for score in course.trend)
