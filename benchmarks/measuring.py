"""What one whole child process costs, and on which machine: the yardstick all benchmarks share."""

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

HERE = Path(__file__).parent
RESULTS = HERE / "results"
LUMBAR = HERE.parent / ".venv" / "bin" / "lumbar"
YEAR = "2026"
AS_OF = "2026-11-21"


@dataclass(frozen=True)
class Cost:
    """What one command took, its own child processes included: seconds, and megabytes (10^6 bytes) at its highest.

    `peak_mb` is that of the largest single process.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float


def cost_of(command: list[str]) -> Cost:
    """Run one command to its end. Raises SystemExit with its last words when it fails."""
    _adopt_orphans()
    # As Python does by itself: the bytecode of modules is kept for the next start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as words:
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            words.seek(0)
            last_words = words.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"exit {child.returncode}: {' '.join(command)}\n{last_words}")
    usages = [usage, *_usages_of_orphans()]
    scale = 1 if sys.platform == "darwin" else 1024
    cpu = sum(used.ru_utime + used.ru_stime for used in usages)
    return Cost(round(wall, 3), round(cpu, 3), round(max(used.ru_maxrss for used in usages) * scale / 1e6, 1))


def _adopt_orphans() -> None:
    """On Linux, what a child leaves behind (Spark's JVM) becomes ours, so that its cost is seen too."""
    if sys.platform == "linux":
        import ctypes

        set_child_subreaper = 36
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def _usages_of_orphans() -> list[resource.struct_rusage]:
    usages = []
    with suppress(ChildProcessError):
        while True:
            usages.append(os.wait4(-1, 0)[2])
    return usages


def interleaved(sides: Mapping[str, list[str]], pairs: int, say: Callable[[str], None]) -> dict[str, list[Cost]]:
    """The costs of each side, a round of all sides after the other."""
    costs: dict[str, list[Cost]] = {name: [] for name in sides}
    for pair in range(1, pairs + 1):
        for name, command in sides.items():
            costs[name].append(cost_of(command))
        say(f"  round {pair}: " + ", ".join(f"{name} {taken[-1].wall_s:.2f} s" for name, taken in costs.items()))
    return costs


def summary(costs: Mapping[str, list[Cost]]) -> dict[str, Any]:
    """All runs and their medians, ready for JSON."""
    return {
        "runs": {name: [asdict(cost) for cost in taken] for name, taken in costs.items()},
        "median": {
            name: {field: median(getattr(cost, field) for cost in taken) for field in asdict(taken[0])}
            for name, taken in costs.items()
        },
    }


def ratios(costs: Mapping[str, list[Cost]], side: str, beside: str) -> list[float]:
    """Wall time of one side over another's, round by round."""
    return [round(b.wall_s / a.wall_s, 3) for a, b in zip(costs[beside], costs[side], strict=True)]


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


def made(kind: str, size: int, unit: str, work: Path) -> Path:
    """The generated input of that size, `fhir` or `tables`; written on first use."""
    folder = work / f"{kind}-{size}"
    if not (folder / "done").exists():
        script = str(HERE / f"generate_{kind}.py")
        command = [sys.executable, script, str(folder / "data"), f"--{unit}", str(size)]
        subprocess.run(command, check=True, stdout=sys.stderr)  # our own output may be somebody's JSON
        (folder / "done").touch()
    return folder / "data"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
