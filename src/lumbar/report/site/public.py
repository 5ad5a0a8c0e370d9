"""The site for outside: the released figures and the rules, and nothing of any patient (ADR 0047)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from lumbar.explain.words import day
from lumbar.measures.model import PerformanceYear
from lumbar.report import ruleset, wording
from lumbar.report.charts import has_target
from lumbar.report.frame import rendered_page
from lumbar.report.public_figures import Release
from lumbar.report.site.pages import Page

_BREAKDOWN = {
    "kind": "Kind of operation",
    "surgeon": "Surgeon (NPI)",
    "payer": "Payer",
    "age_group": "Age on the day of the operation",
    "sex": "Sex",
    "language": "Language",
    "race": "Race",
    "facility": "Facility",
}


_PAGES = {
    Page("index", "Results", ()): "site/public.html.j2",
    Page("rules", "Rules", ()): "site/rules.html.j2",
}


def public_pages(release: Release, run: Mapping[str, Any], rules: PerformanceYear) -> Iterator[tuple[str, str]]:
    """Every page by its file name. Of the result only what was released is told; of `run`, how it was made."""
    values = {
        "pages": _PAGES,
        "audience": "public",
        "run": run,
        "rules": rules,
        "as_of": day(date.fromisoformat(run["as_of"])),
        "lock": run["rule_set_hash"],
        "wording": wording,
        "has_target": any(has_target(measure) for measure in rules.measures),
        "figures": release.figures,
        "breakdown_title": _BREAKDOWN,
        "group": _group,
        "measure_label": {m.id: f"{m.id} {wording.INSTRUMENT[m.instrument]}" for m in rules.measures},
        "day_of": lambda text: day(date.fromisoformat(text)),
        "doubts": ruleset.doubts(rules, run["policy"]["postoperative"]),
        "sourced": ruleset.sourced_rules(rules),
        "strata": ruleset.stratum_rules(rules),
        "code_lists": ruleset.code_list_standings(rules),
    }
    for page, template in _PAGES.items():
        yield page.file, rendered_page(template, ("report.css",), page.scripts, page=page, **values)


def _group(breakdown: str, name: str | None) -> str:
    if name is None:
        return "all others"
    names = {"payer": wording.PAYER, "kind": wording.KIND}.get(breakdown, {})
    return names.get(name, name)
