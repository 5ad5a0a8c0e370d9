"""A result folder → the report as a site."""

import gc
import json
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain, repeat
from multiprocessing import get_context
from pathlib import Path

from lumbar.placing import folder_aside
from lumbar.report.episodes import PROOFS_A_BLOCK, packed, shown
from lumbar.report.pain_page import MOST_LISTED
from lumbar.report.sections import shown_result
from lumbar.report.site.content import Content
from lumbar.report.site.data import DATA_FOLDER, data_script, episode_block, path_entry, shares
from lumbar.report.site.pages import listed_in_site, site_pages
from lumbar.store import refuse_to_replace
from lumbar.workflow.ledger import ledger_of
from lumbar.workflow.paths import paths_of, persistent_pain_of
from lumbar.workflow.progress import OnProgress, silent
from lumbar.workflow.result import part_of, policy_of, records_of, stored
from lumbar.workflow.worklist import worklist_of

SITE_FILE = "site.json"


def write_site(folder: Path, out: Path, *, overwrite: bool = False, on_progress: OnProgress = silent) -> None:
    """The site of a result folder, complete or not at all.

    Raises ResultFolderError where the folder is no result, or `out` exists and may not be replaced.
    """
    result = stored(folder)
    refuse_to_replace(out, result.run, ())
    shown = shown_result(result.outcome, result.rate, result.rejected, result.run, result.rules)
    listed = listed_in_site(shown)
    with folder_aside(out, overwrite, SITE_FILE, "site of a report") as site, _blocks(folder, listed) as blocks:
        (site / DATA_FOLDER).mkdir()
        content = Content(
            shown=shown,
            clinical=result.clinical,
            policy=policy_of(result.run),
            pain=persistent_pain_of(result, MOST_LISTED),
            worklist=worklist_of(result),
            ledger=ledger_of(result),
            listed=listed,
        )
        for name, text in site_pages(content):
            on_progress("report", name)
            (site / name).write_text(text, encoding="utf-8")
        _write_data(site, "episodes", episode_block(content))
        for number, (proofs, paths) in enumerate(blocks):
            _write_data(site, f"proofs-{number}", proofs)
            _write_data(site, f"paths-{number}", paths)
            on_progress("prove", f"{min((number + 1) * PROOFS_A_BLOCK, len(listed)):,} of {len(listed):,} operations")
        facts = {"version": result.run["version"], "year": result.run["year"], "as_of": result.run["as_of"]}
        facts |= {"n_episodes": len(listed)}
        (site / SITE_FILE).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


def _write_data(site: Path, name: str, packed: str) -> None:
    (site / DATA_FOLDER / f"{name}.js").write_text(data_script(name, packed), encoding="utf-8")


@contextmanager
def _blocks(folder: Path, listed: list[str]) -> Iterator[Iterator[tuple[str, str]]]:
    """The blocks of proofs and of pages in their order; of a large result, made by several processes from now on."""
    parts = list(shares(listed))
    if len(parts) < 2:
        yield chain.from_iterable(_blocks_of(folder, part) for part in parts)
        return
    # Started afresh: a fork of a process in which Arrow's threads run may never end.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_be_a_worker) as workers:
        try:
            yield chain.from_iterable(workers.map(_blocks_of, repeat(folder), parts))
        finally:
            workers.shutdown(cancel_futures=True)


def _be_a_worker() -> None:
    """Leaves interrupts to the process that waits, which ends both; and collects no garbage while it makes a share.

    Proofs and paths are many small objects in no cycles: looking for cycles among them is a fifth of the work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def _blocks_of(folder: Path, episode_ids: list[str]) -> list[tuple[str, str]]:
    """Of each block of episodes the proofs, and the sections of their pages."""
    result = part_of(stored(folder), episode_ids)
    records = records_of(result, episode_ids)
    paths = {path.episode_id: path_entry(path, result.run) for path in paths_of(result, records)}
    proofs = [shown(proof) for proof in result.proved(episode_ids, records)]
    return [
        (
            packed(proofs[start : start + PROOFS_A_BLOCK]),
            packed([paths[episode_id] for episode_id in episode_ids[start : start + PROOFS_A_BLOCK]]),
        )
        for start in range(0, len(episode_ids), PROOFS_A_BLOCK)
    ]
