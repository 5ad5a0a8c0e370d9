"""The report as a site: how long it takes to write, and how large it is."""

from collections.abc import Callable
from pathlib import Path
from shutil import rmtree
from statistics import median
from typing import Any

from measuring import AS_OF, LUMBAR, YEAR, cost_of, interleaved, summary

PATIENTS = 20_000
TARGET_WALL_S = 60.0
TARGET_FIRST_PAGE_MB = 1.5
_SEED = "7"


def measured(runs: int, work: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures of `lumbar report DIR --out FOLDER` over a generated clinic; a few patients have two operations."""
    result = _result(work / f"site-{PATIENTS}", say)
    out = work / "site-of-a-report"
    rmtree(out, ignore_errors=True)
    costs = interleaved({"site": [str(LUMBAR), "report", str(result), "--out", str(out), "--overwrite"]}, runs, say)
    wall = median(cost.wall_s for cost in costs["site"])
    say(f"site of {PATIENTS:,} patients: {wall:.1f} s (target {TARGET_WALL_S:.0f})")
    return {
        "kind": "site",
        "patients": PATIENTS,
        "target_wall_s": TARGET_WALL_S,
        "first_page_mb": round((out / "index.html").stat().st_size / 1e6, 3),
        "target_first_page_mb": TARGET_FIRST_PAGE_MB,
        "largest_page_mb": round(max(page.stat().st_size for page in out.glob("*.html")) / 1e6, 3),
        "whole_mb": round(sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 1e6, 1),
        **summary(costs),
    }


def _result(folder: Path, say: Callable[[str], None]) -> Path:
    """The evaluated clinic, made on first use."""
    if not (folder / "done").exists():
        say(f"writing the records of {PATIENTS:,} patients")
        rmtree(folder, ignore_errors=True)
        patients = ["--patients", str(PATIENTS), "--seed", _SEED]
        cost_of([str(LUMBAR), "synth", str(folder / "records"), *patients, "--format", "tables"])
        question = ["--year", YEAR, "--as-of", AS_OF, "--no-report"]
        cost_of([str(LUMBAR), "evaluate", str(folder / "records"), "--out", str(folder / "result"), *question])
        (folder / "done").touch()
    return folder / "result"
