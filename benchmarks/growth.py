"""How time and memory of `lumbar evaluate` grow with the number of operations, five scores each."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from measuring import AS_OF, LUMBAR, YEAR, Cost, cost_of, made

SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
# The bound: ten times the operations in at most twelve times the time, under four gigabytes.
TARGET_GROWTH = 12.0
TARGET_PEAK_MB = 4000.0
MEMORY_LIMIT = "2.5GB"  # for all sizes alike; past it the work spills
_RUNS_OF_SMALL = 3
_SMALL = 1_000_000


def measured(sizes: Sequence[int], work: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Median cost of each size; the largest is run once. Each size's data are made, and gone when it is done."""
    rows = []
    for size in sizes:
        data = made("tables", size, "episodes", work)
        costs = [_cost(data, work) for _ in range(_RUNS_OF_SMALL if size <= _SMALL else 1)]
        cost = {field: median(getattr(taken, field) for taken in costs) for field in asdict(costs[0])}
        rows.append({"episodes": size, "input_bytes": sum(path.stat().st_size for path in data.iterdir()), **cost})
        say(f"  {size:,} operations: {cost['wall_s']:.1f} s, {cost['peak_mb']:,.0f} MB")
        if size > _SMALL:
            shutil.rmtree(data.parent)
    return {
        "rows": rows,
        "memory_limit": MEMORY_LIMIT,
        "target_growth": TARGET_GROWTH,
        "target_peak_mb": TARGET_PEAK_MB,
    }


def _cost(data: Path, work: Path) -> Cost:
    out = work / "results" / "growth"
    evaluate = [str(LUMBAR), "evaluate", str(data), "--from", "tables", "--year", YEAR, "--as-of", AS_OF]
    try:
        return cost_of([*evaluate, "--out", str(out), "--no-report", "--overwrite", "--memory-limit", MEMORY_LIMIT])
    finally:
        shutil.rmtree(out, ignore_errors=True)
