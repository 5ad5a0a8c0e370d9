"""The pages of the site in their order, and each of them put into its template."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lumbar.report import episodes, sections
from lumbar.report.figures import flag_counts
from lumbar.report.frame import rendered_page
from lumbar.report.ledger_page import ledger_section
from lumbar.report.pain_page import pain_section
from lumbar.report.path_page import words_of_a_path
from lumbar.report.sections import Shown
from lumbar.report.site.adjusted import case_mix, weighted
from lumbar.report.site.content import Content
from lumbar.report.site.equity import equity
from lumbar.report.site.in_time import in_time
from lumbar.report.site.surgeons import surgeons
from lumbar.report.worklist_page import worklist_section

# Where the sections that others point to stand.
_PLACES = {"worse": "pain.html#worse", "rules": "rules.html#rules", "episodes": "episodes.html#episodes"}

_Values = Callable[[Content], dict[str, Any]]


def _of(section: Callable[[Shown], dict[str, Any]]) -> _Values:
    """A section of the report as a part of a page."""
    return lambda content: section(content.shown)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its file, its title, the values its template `site/<name>.html.j2` is filled with.

    `styles` are beside the report's own; a page that is not listed is reached from another.
    """

    name: str
    title: str
    values: tuple[_Values, ...]
    styles: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ("chrome",)
    is_listed: bool = True

    @property
    def file(self) -> str:
        return f"{self.name}.html"

    @property
    def loads_blocks(self) -> bool:
        """Whether a script of the page loads data that lies beside it."""
        return "blocks" in self.scripts


def _listed(content: Content) -> dict[str, Any]:
    return {
        "flags": flag_counts(content.shown.outcome),
        "labels": episodes.safe_json(episodes.LABELS),
        "listed": content.listed,
        "n_proofs": len(content.listed),
        "list_size": episodes.safe_json({"episodes": len(content.listed), "a_block": episodes.PROOFS_A_BLOCK}),
    }


def _ledger(content: Content) -> dict[str, Any]:
    return ledger_section(content.ledger, content.shown.rules)


def _pain(content: Content) -> dict[str, Any]:
    numbers = {episode_id: number for number, episode_id in enumerate(content.listed)}

    def href(episode_id: str) -> str | None:
        return f"episode.html#{numbers[episode_id]}" if episode_id in numbers else None

    return {**words_of_a_path(), **pain_section(content.pain, content.shown.run, href)}


def _worklist(content: Content) -> dict[str, Any]:
    return worklist_section(content.worklist, MOST_CALLS)


# More lines than this are nobody's work of a week; the command lists them all.
MOST_CALLS = 500
# More episodes than this make a list that opens slowly; the result tables hold them all.
MOST_IN_SITE = 50_000


def listed_in_site(shown: Shown) -> list[str]:
    """The episode ids of the site in its order; an episode is known by its place here, never by its id."""
    return episodes.listed_episodes(shown.outcome, MOST_IN_SITE)


PAGES = (
    Page("index", "Overview", (_of(sections.rates), _of(sections.standing))),
    Page("ledger", "Ledger", (_ledger,), styles=("ledger.css",)),
    Page("worklist", "Worklist", (_worklist,), styles=("worklist.css",)),
    Page("scores", "Before and after", (_of(sections.scores),)),
    Page("surgeons", "Surgeons", (_of(surgeons), case_mix)),
    Page("time", "Month by month", (_of(in_time),)),
    Page("payers", "Payers", (_of(sections.payers),)),
    Page("equity", "Who answers", (equity, weighted)),
    Page("pain", "Not well", (_of(sections.worse), _pain), styles=("path.css",)),
    Page(
        "episodes",
        "Episodes",
        (_of(sections.filters), _listed),
        scripts=("chrome", "blocks", "proof", "list"),
    ),
    Page(
        "episode",
        "One operation",
        (_listed,),
        styles=("path.css",),
        scripts=("chrome", "blocks", "proof", "episode"),
        is_listed=False,
    ),
    Page("quality", "Data quality", (_of(sections.left_out), _of(sections.reported))),
    Page("rules", "Rules", (_of(sections.rule_set),)),
)


def site_pages(content: Content) -> Iterator[tuple[str, str]]:
    """Every page by its file name, one after the other. The same result gives the same text."""
    head = sections.head(content.shown)
    for page in PAGES:
        values: dict[str, Any] = {**head}
        for of in page.values:
            values |= of(content)
        text = rendered_page(
            f"site/{page.name}.html.j2",
            ("report.css", *page.styles),
            page.scripts,
            **values,
            at=_PLACES,
            page=page,
            pages=PAGES,
            audience="internal",
        )
        yield page.file, text
