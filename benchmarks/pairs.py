"""lumbar beside a hand-written query over the same files, and beside the mere parsing of them.

One unmeasured warm-up of each side, then floor, hand-written, lumbar, floor, hand-written, lumbar … The
ratio is taken round by round; the median of the ratios is the figure. **Nothing is reported unless both
sides agree**: on the rates of measure 459 for FHIR; on all rates and on every row's status, code and
scores for tables, on DuckDB and on Spark alike.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from measuring import AS_OF, HERE, LUMBAR, YEAR, cost_of, interleaved, ratios, summary

KINDS = ("fhir", "tables", "spark")
UNIT = {"fhir": "patients", "tables": "episodes", "spark": "episodes"}
DATA = {"fhir": "fhir", "tables": "tables", "spark": "tables"}
TARGET_RATIO = {"fhir": 1.3, "tables": 2.0, "spark": 1.3}
TARGET_MEMORY_MB = {"fhir": 500, "tables": None, "spark": None}


def commands(kind: str, folder: Path, out: Path) -> dict[str, list[str]]:
    """The sides, in the order in which they run."""
    data = str(folder)
    script = {"fhir": "handwritten_fhir.py", "tables": "handwritten_tables.py", "spark": "handwritten_pyspark.py"}[kind]
    evaluate = ["--year", YEAR, "--as-of", AS_OF, "--out", str(out / "lumbar"), "--no-report", "--overwrite"]
    if kind == "spark":
        evaluate += ["--engine", "spark"]
    sides = {
        "floor": [sys.executable, str(HERE / "floor.py"), data, "--from", DATA[kind]],
        "handwritten": [sys.executable, str(HERE / script), data, "--out", str(out / "handwritten"), "--as-of", AS_OF],
        "lumbar": [str(LUMBAR), "evaluate", data, "--from", DATA[kind], *evaluate],
    }
    if kind == "spark":
        del sides["floor"]
    return sides


def measured(kind: str, folder: Path, pairs: int, work: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one kind of source, ready for JSON. Raises SystemExit when the sides disagree."""
    out = work / "results" / kind
    out.mkdir(parents=True, exist_ok=True)
    sides = commands(kind, folder, out)
    for name, command in sides.items():
        say(f"  warm-up {name}: {cost_of(command).wall_s:.1f} s")
    if differences := disagreements(kind, out):
        raise SystemExit("not reported: the two sides disagree\n" + "\n".join(differences))
    say("  both sides agree")
    costs = interleaved(sides, pairs, say)
    of_each_round = ratios(costs, "lumbar", "handwritten")
    return {
        "source": kind,
        "input_bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "rate_459": _rows(
            "select stratum, eligible, met, not_met, rate from read_parquet($path) where measure_id = '459' order by 1",
            path=_table(out / "lumbar", "rate"),
        ),
        **summary(costs),
        "wall_ratio_of_each_pair": of_each_round,
        "wall_ratio": median(of_each_round),
        "target_wall_ratio": TARGET_RATIO[kind],
        "target_peak_mb": TARGET_MEMORY_MB[kind],
    }


def disagreements(kind: str, out: Path) -> list[str]:
    """Where the two sides say different things, each as a line of text."""
    if kind == "fhir":
        return _rates_disagree(out, "'459'")
    return _rates_disagree(out, "'459', '461', '471'") + _outcomes_disagree(out)


def _rates_disagree(out: Path, measures: str) -> list[str]:
    ours = f"""
        select measure_id, stratum, eligible, met, not_met, round(rate, 12) from read_parquet($path)
        where measure_id in ({measures}) order by all"""
    theirs = "select measure_id, stratum, eligible, met, not_met, round(rate, 12) from read_parquet($path) order by all"
    lumbar = _rows(ours, path=_table(out / "lumbar", "rate"))
    handwritten = _rows(theirs, path=_table(out / "handwritten", "rate"))
    return [f"lumbar {a} hand-written {b}" for a, b in zip(lumbar, handwritten, strict=False) if a != b] + (
        [] if len(lumbar) == len(handwritten) else [f"{len(lumbar)} rates against {len(handwritten)}"]
    )


def _outcomes_disagree(out: Path) -> list[str]:
    """How many rows there are, and whether their keys, scores, status and codes are the same set."""
    query = """
        select count(*), sum(hash(episode_id, kind, instrument, measure_id, timepoint, window_opens, window_closes,
          preoperative_score::decimal(9, 4), postoperative_score::decimal(9, 4), improvement::decimal(9, 4),
          status, code, in_measure)::hugeint)
        from read_parquet($path)"""
    lumbar, handwritten = (_rows(query, path=_table(out / side, "outcome")) for side in ("lumbar", "handwritten"))
    return [] if lumbar == handwritten else [f"outcome rows differ: {lumbar[0][0]} against {handwritten[0][0]}"]


def _table(folder: Path, name: str) -> str:
    """A stored table: one file, or Spark's folder of part files."""
    path = folder / f"{name}.parquet"
    return str(path / "*.parquet" if path.is_dir() else path)


def _rows(query: str, path: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        return db.execute(query, {"path": path}).fetchall()
