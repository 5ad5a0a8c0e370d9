"""What a nation's records would cost on many cores: measured figures scaled up, and a simulation of the rest.

    python benchmarks/scale.py            writes docs/scale.md from benchmarks/results/stages-*.json
    python benchmarks/scale.py --check    exit 1 when the page is stale

The stages of a Spark run over NDJSON are measured at two sizes (`run.py --only stages`). What a patient more costs
is the difference of the two; what is the same at both, planning and starting, is left out and told. What a
formula would only guess (uneven tasks, small files, files that cannot be split, one heavy patient, lost machines) is
simulated: tasks with drawn durations are handed, in order, to the core that is free first. The same seed gives
the same figures.
"""

import argparse
import heapq
import json
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "scale.md"
PATIENTS = 300_000_000
CORES = (10, 100, 1_000)
BLOCK_BYTES = 128 << 20  # Spark's largest read task
SHUFFLE_TASK_BYTES = 128 << 20
OPEN_COST_BYTES = 4 << 20  # what Spark counts a file as, beside its bytes, when it packs files into tasks
TASK_OVERHEAD_S = 0.02  # to hand out and take back a task; assumed
UNEVENNESS = 0.35  # standard deviation of the logarithm of a task's duration; assumed
CORES_OF_A_MACHINE = 16
SUMMED = ("task_s", "input_bytes", "shuffle_read_bytes", "shuffle_write_bytes")
READS = ("fingerprint", "read and check lines")
SEED = 7


@dataclass(frozen=True)
class Work:
    """One stage at full size: seconds its tasks hold a core, how many tasks, bytes written to the shuffle."""

    name: str
    core_s: float
    n_tasks: int
    shuffle_bytes: float
    reads_input: bool


@dataclass(frozen=True)
class Setting:
    """How the records lie and what goes wrong: what a simulated run is given beside the work itself."""

    name: str
    unevenness: float = UNEVENNESS
    file_bytes: float | None = None  # of each input file; none: so large that only blocks count
    splits: bool = True  # false: a file is one task (gzip)
    packing: float = 1.0  # bytes unpacked for a byte that lies there
    heaviest_patient: float = 0.0  # the share of all later work that one patient causes
    machines_lost: int = 0  # evenly over the run; what ran there, and what it had written, is done again


SETTINGS = (
    Setting("large files of plain NDJSON"),
    Setting("durations three times as far apart", unevenness=3 * UNEVENNESS),
    Setting("files of 2 MB", file_bytes=2e6),
    Setting("gzip files of 500 MB, ten to one", file_bytes=500e6, splits=False, packing=10.0),
    Setting("one patient with a ten-thousandth of the work", heaviest_patient=1e-4),
    Setting("two machines lost on the way", machines_lost=2),
)


def phases(figures: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Sums of the stages by what they are for: task_s, input_bytes and shuffle bytes. The first stage fingerprints."""
    found: dict[str, dict[str, float]] = {}
    for position, stage in enumerate(figures["stages"]):
        name = "fingerprint" if position == 0 else stage["name"].removeprefix("lumbar: ").split()[0]
        name = {"read": "read and check lines", "compare": "compare rows with each other"}.get(name, name)
        sums = found.setdefault(name, dict.fromkeys(SUMMED, 0.0))
        for field in SUMMED:
            sums[field] += stage[field]
    return found


def for_one_more(small: dict[str, Any], large: dict[str, Any]) -> dict[str, dict[str, float]]:
    """What one patient more costs, by phase; never less than nothing."""
    few, many = phases(small), phases(large)
    more = large["patients"] - small["patients"]
    return {
        name: {field: max(sums[field] - few[name][field], 0.0) / more for field in SUMMED}
        for name, sums in many.items()
    }


def at_size(costs: dict[str, dict[str, float]], patients: int, cores: int) -> list[Work]:
    """The phases for so many patients; as many tasks as Spark would make."""
    work = []
    for name, cost in costs.items():
        in_bytes, shuffled = cost["input_bytes"] * patients, cost["shuffle_write_bytes"] * patients
        n_tasks = max(in_bytes / BLOCK_BYTES, cost["shuffle_read_bytes"] * patients / SHUFFLE_TASK_BYTES, 2 * cores)
        reads = name in READS
        work.append(Work(name, cost["task_s"] * patients, int(n_tasks) + 1, shuffled, reads))
    return work


def elapsed_s(work: Sequence[Work], setting: Setting, in_bytes: float, cores: int) -> float:
    """Simulated seconds from the first task to the last: a stage begins when the one before has ended."""
    draw = random.Random(SEED)
    whole = sum(makespan(_durations(stage, setting, in_bytes, draw), cores) for stage in work)
    if not setting.machines_lost:
        return whole
    # A lost machine takes its share of all that was written so far with it, on average half of the work, and its
    # cores are away for the rest, on average half of the run.
    share = min(CORES_OF_A_MACHINE / cores, 1.0)
    lost = replace(setting, machines_lost=0)
    again = elapsed_s(work, lost, in_bytes, cores) * share / 2
    slower = whole * share / 2
    return whole + setting.machines_lost * (again + slower)


def n_read_tasks(in_bytes: float, setting: Setting) -> int:
    """How many tasks Spark makes of the input: blocks of large files, several small files to a task."""
    if setting.file_bytes is None:
        return int(in_bytes / BLOCK_BYTES) + 1
    n_files = int(in_bytes / setting.packing / setting.file_bytes) + 1
    if not setting.splits:
        return n_files
    per_task = max(int(BLOCK_BYTES / (setting.file_bytes + OPEN_COST_BYTES)), 1)
    return n_files // per_task + 1


def makespan(durations: Iterable[float], cores: int) -> float:
    """When the last task ends, each given in order to the core that is free first."""
    free_at = [0.0] * cores
    last = 0.0
    for duration in durations:
        ends = heapq.heappop(free_at) + duration
        last = max(last, ends)
        heapq.heappush(free_at, ends)
    return last


def _durations(stage: Work, setting: Setting, in_bytes: float, draw: random.Random) -> list[float]:
    n_tasks = n_read_tasks(in_bytes, setting) if stage.reads_input else stage.n_tasks
    weights = [draw.lognormvariate(0.0, setting.unevenness) for _ in range(n_tasks)]
    seconds = stage.core_s / sum(weights)
    durations = [weight * seconds + TASK_OVERHEAD_S for weight in weights]
    if not stage.reads_input:
        durations[len(durations) // 2] += stage.core_s * setting.heaviest_patient
    return durations


def page(small: dict[str, Any], large: dict[str, Any]) -> str:
    """The whole page."""
    costs = for_one_more(small, large)
    in_bytes = large["input_bytes"] / large["patients"] * PATIENTS
    core_s = sum(cost["task_s"] for cost in costs.values())
    shuffled = sum(cost["shuffle_write_bytes"] for cost in costs.values()) * PATIENTS
    n_cores = large["machine"]["cores"]
    of_two_mb, packed = SETTINGS[2], SETTINGS[3]
    template = (HERE / "scale_page.md").read_text(encoding="utf-8")
    return Template(template).substitute(
        cores=n_cores,
        memory_gb=large["machine"]["ram_gb"],
        a_patient=f"{large['input_bytes'] / large['patients'] / 1e3:.1f}",
        small=f"{small['patients']:,}",
        large=f"{large['patients']:,}",
        small_s=f"{small['cost']['wall_s']:.0f}",
        large_s=f"{large['cost']['wall_s']:.0f}",
        fixed_s=f"{large['cost']['wall_s'] - core_s * large['patients'] / n_cores:.0f}",
        phases=_phases_table(costs),
        millions=PATIENTS // 1_000_000,
        terabytes=f"{in_bytes / 1e12:.1f}",
        core_hours=f"{core_s * PATIENTS / 3600:,.0f}",
        shuffled=f"{shuffled / 1e12:.2f}",
        hours=_hours_table(costs, in_bytes, core_s * PATIENTS / 3600),
        blocks=f"{n_read_tasks(in_bytes, SETTINGS[0]):,}",
        small_files=f"{int(in_bytes / (of_two_mb.file_bytes or 1)):,}",
        small_tasks=f"{n_read_tasks(in_bytes, of_two_mb):,}",
        packed=f"{n_read_tasks(in_bytes, packed):,}",
        unevenness=UNEVENNESS,
        overhead_ms=f"{TASK_OVERHEAD_S * 1000:.0f}",
        block_mb=BLOCK_BYTES >> 20,
        open_mb=OPEN_COST_BYTES >> 20,
        machine_cores=CORES_OF_A_MACHINE,
    )


def _phases_table(costs: dict[str, dict[str, float]]) -> str:
    lines = ["| for a million patients more | core seconds | written to the shuffle |", "|---|--:|--:|"]
    lines += [
        f"| {name} | {cost['task_s'] * 1e6:,.0f} | {cost['shuffle_write_bytes'] / 1e3:,.1f} GB |"
        for name, cost in costs.items()
    ]
    return "\n".join(lines)


def _hours_table(costs: dict[str, dict[str, float]], in_bytes: float, core_hours: float) -> str:
    lines = ["| how the records lie | " + " | ".join(f"{cores:,} cores" for cores in CORES) + " |"]
    lines.append("|---|" + "--:|" * len(CORES))
    for setting in SETTINGS:
        cells = [
            # Who has one machine and loses it begins again.
            "-"
            if setting.machines_lost and cores <= CORES_OF_A_MACHINE
            else f"{elapsed_s(at_size(costs, PATIENTS, cores), setting, in_bytes, cores) / 3600:,.1f}"
            for cores in CORES
        ]
        lines.append(f"| {setting.name} | " + " | ".join(cells) + " |")
    evenly = " | ".join(f"*{core_hours / cores:,.1f}*" for cores in CORES)
    return "\n".join([*lines, f"| *core hours shared evenly* | {evenly} |"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is stale")
    given = parser.parse_args()
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (HERE / "results").glob("stages-*.json")]
    if len(found) < 2:
        raise SystemExit("no figures of two sizes in benchmarks/results: python benchmarks/run.py --only stages")
    small, *_, large = sorted(found, key=lambda figures: figures["patients"])
    text = page(small, large)
    if given.check:
        stale = not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text
        print(f"{PAGE} is stale" if stale else f"{PAGE} is fresh")
        return int(stale)
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
