"""Measure lumbar against a hand-written query over the same files, in interleaved pairs.

    python benchmarks/run.py                        10,000 patients and 100,000 episodes, made on first use
    python benchmarks/run.py --patients 2000        2,000 patients and 20,000 episodes
    python benchmarks/run.py --full                 100,000 patients and 1,000,000 episodes
    python benchmarks/run.py --fhir DIR --pairs 5   your own data; --tables DIR likewise

Each side is a whole child process: start, read, compute, write, end. Wall and CPU seconds and the
highest resident memory come from the kernel's account of that child. One unmeasured warm-up of
each, then floor, hand-written, lumbar, floor, hand-written, lumbar … The ratio is taken pair by
pair; the median of the ratios is the figure. **Nothing is reported unless both sides agree**: on the
rates of measure 459 for FHIR; on all rates and on every row's status, code and scores for tables.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).parent
LUMBAR = HERE.parent / ".venv" / "bin" / "lumbar"
YEAR = "2026"
AS_OF = "2026-11-21"
FULL_PATIENTS = 100_000
EPISODES_PER_PATIENT = 10  # a row of a table is that much lighter than an export's patient
UNIT = {"fhir": "patients", "tables": "episodes"}
TARGET_RATIO = 2.0
TARGET_MEMORY = {"fhir": 500, "tables": None}  # MB


@dataclass(frozen=True)
class Cost:
    """What one child process took: seconds, and megabytes (10^6 bytes) at its highest."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(command: list[str]) -> Cost:
    """Run one command to its end. Raises SystemExit with its last words when it fails."""
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            words.seek(0)
            last_words = words.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"exit {child.returncode}: {' '.join(command)}\n{last_words}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(round(wall, 3), round(usage.ru_utime + usage.ru_stime, 3), round(usage.ru_maxrss * scale / 1e6, 1))


def commands(kind: str, folder: Path, out: Path) -> dict[str, list[str]]:
    """The three sides, in the order in which they run."""
    data = str(folder)
    handwritten = ["--out", str(out / "handwritten"), "--as-of", AS_OF]
    evaluate = ["--year", YEAR, "--as-of", AS_OF, "--out", str(out / "lumbar"), "--no-report", "--overwrite"]
    return {
        "floor": [sys.executable, str(HERE / "floor.py"), data, "--from", kind],
        "handwritten": [sys.executable, str(HERE / f"handwritten_{kind}.py"), data, *handwritten],
        "lumbar": [str(LUMBAR), "evaluate", data, "--from", kind, *evaluate],
    }


def rows_of(query: str, **paths: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        return db.execute(query, {name: str(path) for name, path in paths.items()}).fetchall()


def rates_disagree(out: Path, measures: str) -> list[str]:
    """The strata whose counts or rate differ between the two sides, each as a line of text."""
    ours = f"""
        select measure_id, stratum, eligible, met, not_met, round(rate, 12) from read_parquet($path)
        where measure_id in ({measures}) order by all"""
    theirs = "select measure_id, stratum, eligible, met, not_met, round(rate, 12) from read_parquet($path) order by all"
    lumbar = rows_of(ours, path=out / "lumbar" / "rate.parquet")
    handwritten = rows_of(theirs, path=out / "handwritten" / "rate.parquet")
    return [f"lumbar {a} hand-written {b}" for a, b in zip(lumbar, handwritten, strict=False) if a != b] + (
        [] if len(lumbar) == len(handwritten) else [f"{len(lumbar)} rates against {len(handwritten)}"]
    )


def outcomes_disagree(out: Path) -> list[str]:
    """How many rows there are, and whether their keys, scores, status and codes are the same set."""
    query = """
        select count(*), sum(hash(episode_id, kind, instrument, measure_id, timepoint, window_opens, window_closes,
          preoperative_score::decimal(9, 4), postoperative_score::decimal(9, 4), improvement::decimal(9, 4),
          status, code, in_measure)::hugeint)
        from read_parquet($path)"""
    lumbar, handwritten = (rows_of(query, path=out / side / "outcome.parquet") for side in ("lumbar", "handwritten"))
    return [] if lumbar == handwritten else [f"outcome rows differ: {lumbar[0][0]} against {handwritten[0][0]}"]


def disagreements(kind: str, out: Path) -> list[str]:
    if kind == "fhir":
        return rates_disagree(out, "'459'")
    return rates_disagree(out, "'459', '461', '471'") + outcomes_disagree(out)


def machine() -> dict[str, Any]:
    """Facts of this machine that a reader needs to judge the figures."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    memory_kb = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "cpu": cpu,
        "ram_gb": round(memory_kb * 1024 / 1e9, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "duckdb": duckdb.__version__,
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


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
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for pair in range(1, pairs + 1):
        for name, command in sides.items():
            costs[name].append(cost_of(command))
        say(f"  pair {pair}: " + ", ".join(f"{name} {taken[-1].wall_s:.2f} s" for name, taken in costs.items()))
    ratios = [round(b.wall_s / a.wall_s, 3) for a, b in zip(costs["handwritten"], costs["lumbar"], strict=True)]
    return {
        "source": kind,
        "input_bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "rate_459": rows_of(
            "select stratum, eligible, met, not_met, rate from read_parquet($path) where measure_id = '459' order by 1",
            path=out / "lumbar" / "rate.parquet",
        ),
        "runs": {name: [asdict(cost) for cost in taken] for name, taken in costs.items()},
        "median": {
            name: {field: statistics.median(getattr(cost, field) for cost in taken) for field in asdict(taken[0])}
            for name, taken in costs.items()
        },
        "wall_ratio_of_each_pair": ratios,
        "wall_ratio": statistics.median(ratios),
        "target_wall_ratio": TARGET_RATIO,
        "target_peak_mb": TARGET_MEMORY[kind],
    }


def table(figures: dict[str, Any]) -> str:
    """The figures of one run as plain text."""
    lines = [f"{'':<14}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}"]
    lines += [
        f"{name:<14}{cost['wall_s']:>9.2f}{cost['cpu_s']:>9.2f}{cost['peak_mb']:>9.0f}"
        for name, cost in figures["median"].items()
    ]
    ratios = ", ".join(f"{ratio:.2f}" for ratio in figures["wall_ratio_of_each_pair"])
    lines.append(f"lumbar / hand-written: {figures['wall_ratio']:.2f} (pairs {ratios}; target {TARGET_RATIO:.1f})")
    return "\n".join(lines)


def made(kind: str, size: int, work: Path) -> Path:
    """The generated input of that size; written on first use."""
    folder = work / f"{kind}-{size}"
    if not (folder / "done").exists():
        script = str(HERE / f"generate_{kind}.py")
        subprocess.run([sys.executable, script, str(folder / "data"), f"--{UNIT[kind]}", str(size)], check=True)
        (folder / "done").touch()
    return folder / "data"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fhir", type=Path, metavar="DIR", help="a FHIR bulk-export folder to measure on")
    parser.add_argument("--tables", type=Path, metavar="DIR", help="a folder of Parquet tables to measure on")
    parser.add_argument("--only", choices=tuple(UNIT), help="generated data of this kind only")
    parser.add_argument("--patients", type=int, default=10_000, help="size of the generated data")
    parser.add_argument("--full", action="store_true", help=f"the published size: {FULL_PATIENTS} patients")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--name", help="name of the result file; by default source and size")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "lumbar-bench")
    given = parser.parse_args()
    if not LUMBAR.exists():
        raise SystemExit(f"{LUMBAR} is missing: run `make setup` first")

    sources: dict[str, Path] = {kind: path for kind in UNIT if (path := getattr(given, kind)) is not None}
    names = {kind: given.name or f"{kind}-{folder.name}" for kind, folder in sources.items()}
    if not sources:
        for kind in [given.only] if given.only else UNIT:
            size = FULL_PATIENTS if given.full else given.patients
            size *= EPISODES_PER_PATIENT if kind == "tables" else 1
            sources[kind], names[kind] = made(kind, size, given.work), given.name or f"{kind}-{size}"
    for kind, folder in sources.items():
        print(f"{names[kind]}: {folder}")
        facts = {"name": names[kind], "date": datetime.now(UTC).date().isoformat(), "machine": machine()}
        figures = facts | measured(kind, folder, given.pairs, given.work, print)
        target = HERE / "results" / f"{names[kind]}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
