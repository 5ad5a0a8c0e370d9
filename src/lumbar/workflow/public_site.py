"""A result folder → the site for outside, beside what was released before."""

import json
from collections.abc import Sequence
from pathlib import Path

from lumbar.placing import folder_aside
from lumbar.report.public_figures import Release
from lumbar.report.site.public import public_pages
from lumbar.store import refuse_to_replace
from lumbar.workflow.publishing import read_release, refuse_to_forget, release_of, released_text
from lumbar.workflow.result import stored
from lumbar.workflow.site import SITE_FILE

FIGURES_FILE = "figures.json"


def write_public_site(
    folder: Path, out: Path, by: Sequence[str], *, previous: Path | None = None, overwrite: bool = False
) -> Release:
    """The public site of a result folder, complete or not at all: its pages, and the figures on them as JSON.

    Raises ResultFolderError where the folder is no result, or `out` exists and may not be replaced; InputError and
    UsageError for a previous release that does not fit; UsageError for an unknown breakdown, and where `out` holds a
    release that is not the previous one.
    """
    result = stored(folder)
    refuse_to_replace(out, result.run, ())
    refuse_to_forget(out / FIGURES_FILE, previous)
    release = release_of(result, by, None if previous is None else read_release(previous))
    facts = {"audience": "public", **{name: result.run[name] for name in ("version", "year", "as_of")}}
    with folder_aside(out, overwrite, SITE_FILE, "site of a report") as site:
        for name, text in public_pages(release, result.run, result.rules):
            (site / name).write_text(text, encoding="utf-8")
        (site / FIGURES_FILE).write_text(released_text(release.figures), encoding="utf-8")
        (site / SITE_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return release
