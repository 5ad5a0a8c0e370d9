"""A result folder → the report as a site."""

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from lumbar.report.episodes import PROOFS_A_BLOCK, packed
from lumbar.report.sections import shown_result
from lumbar.report.site.content import Content
from lumbar.report.site.data import data_file, episode_block, path_entry, shares
from lumbar.report.site.pages import listed_in_site, site_pages
from lumbar.store import folder_aside
from lumbar.workflow.following import paths_of, persistent_pain_of
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import policy_of, stored

SITE_FILE = "site.json"


def write_site(folder: Path, out: Path, *, overwrite: bool = False, on_progress: OnProgress = silent) -> int:
    """The site of a result folder, complete or not at all; how many files it has.

    Raises ResultFolderError where the folder is no result, or `out` exists and may not be replaced.
    """
    result = stored(folder)
    with folder_aside(out, overwrite, SITE_FILE, "site of a report") as site:
        shown = shown_result(result.outcome, result.rate, result.rejected, result.run, result.rules)
        listed, n_files = listed_in_site(shown), 0
        content = Content(shown, result.clinical, policy_of(result.run), persistent_pain_of(result))

        def write(name: str, text: str) -> None:
            nonlocal n_files
            (site / name).parent.mkdir(exist_ok=True)
            (site / name).write_text(text, encoding="utf-8")
            n_files += 1

        for name, text in site_pages(content):
            on_progress("report", name)
            write(name, text)
        write(*episode_block(shown))
        done = 0
        for number, (proofs, paths) in enumerate(_blocks(folder, listed)):
            write(*data_file(f"proofs-{number}", proofs))
            write(*data_file(f"paths-{number}", paths))
            done = min(done + PROOFS_A_BLOCK, len(listed))
            on_progress("prove", f"{done:,} of {len(listed):,} episodes")
        facts = {"version": result.run["version"], "year": result.run["year"], "as_of": result.run["as_of"]}
        write(SITE_FILE, json.dumps({**facts, "n_episodes": len(listed)}, indent=2) + "\n")
    return n_files


def _blocks(folder: Path, listed: list[str]) -> Iterator[tuple[str, str]]:
    """The blocks of proofs and of pages in their order; a large result is proved by several processes."""
    parts = list(shares(listed))
    if len(parts) < 2:
        for part in parts:
            yield from _blocks_of(folder, part)
        return
    # Started afresh: a fork of a process in which Arrow's threads run may never end.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_leave_interrupts) as workers:
        try:
            for blocks in workers.map(_blocks_of, repeat(folder), parts):
                yield from blocks
        finally:
            workers.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """The process that waits for this one is told of them too, and ends both."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _blocks_of(folder: Path, episode_ids: list[str]) -> list[tuple[str, str]]:
    """Of each block of episodes the proofs, and the sections of their pages."""
    result = stored(folder)
    paths = {path.episode_id: path_entry(path, result.run) for path in paths_of(result, episode_ids)}
    proofs = list(result.proofs(episode_ids))
    return [
        (
            packed(proofs[start : start + PROOFS_A_BLOCK]),
            packed([paths[episode_id] for episode_id in episode_ids[start : start + PROOFS_A_BLOCK]]),
        )
        for start in range(0, len(episode_ids), PROOFS_A_BLOCK)
    ]
