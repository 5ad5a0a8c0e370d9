"""The report as one page: every section, put into its templates."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from lumbar.explain.proof import Proof
from lumbar.measures.model import PerformanceYear
from lumbar.report import episodes, sections
from lumbar.report.frame import rendered_page

# Where the sections that others point to stand.
_PLACES = {"worse": "#worse", "rules": "#rules", "episodes": "#episodes"}


def report_html(
    outcome: pa.Table,
    rate: pa.Table,
    rejected: pa.Table,
    run: dict[str, Any],
    proofs: Iterable[Proof],
    rules: PerformanceYear,
) -> str:
    """One HTML page that opens offline: rates, standing, scores, who got worse, every episode, and what was left out.

    `proofs` are of any of the episodes; those listed and not given are named with the command that shows them. The
    same arguments give the same text. Raises InternalError when the outcome and rate tables disagree.
    """
    shown = sections.shown_result(outcome, rate, rejected, run, rules)
    listed = episodes.listed_episodes(shown.outcome)
    blocks, places = episodes.proof_blocks(proofs, set(listed))
    return rendered_page(
        "page.html.j2",
        styles=("report.css",),
        scripts=("chrome", "blocks", "proof", "list"),
        **sections.head(shown),
        **sections.rates(shown),
        **sections.standing(shown),
        **sections.scores(shown),
        **sections.worse(shown),
        **sections.payers(shown),
        **sections.surgeons(shown),
        **sections.reported(shown),
        **sections.left_out(shown),
        **sections.rule_set(shown),
        **sections.filters(shown),
        at=_PLACES,
        labels=episodes.safe_json(episodes.LABELS),
        listed=listed,
        n_proofs=len(places),
        episode_data=episodes.safe_json(episodes.episode_list(shown.outcome, listed, places, shown.rules)),
        proof_blocks=blocks,
    )
