"""What a nation's records would cost on many cores: measured figures scaled up, and a simulation of the rest.

    python benchmarks/scale.py          writes docs/scale.md and its picture from benchmarks/results/stages-*.json

The cost of each stage of a Spark run over NDJSON is measured (`run.py --only stages`). Stages that read
the input grow with its bytes, the others with the patients. What a formula would only guess — uneven
tasks, small files, files that cannot be split, one heavy patient, lost machines — is simulated: tasks
with drawn durations are handed, in order, to the core that is free first. The same seed gives the same
figures.
"""

import heapq
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

PATIENTS = 300_000_000
CORES = (10, 100, 1_000)
BLOCK_BYTES = 128 << 20  # Spark's largest read task
SHUFFLE_TASK_BYTES = 128 << 20
OPEN_COST_BYTES = 4 << 20  # what Spark counts a file as, beside its bytes, when it packs files into tasks
TASK_OVERHEAD_S = 0.02  # to hand out and take back a task; assumed
UNEVENNESS = 0.35  # standard deviation of the logarithm of a task's duration; assumed
CORES_OF_A_MACHINE = 16
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


def at_size(figures: dict[str, Any], patients: int, cores: int) -> list[Work]:
    """The measured stages at another number of patients; as many tasks as Spark would make."""
    times = patients / figures["patients"]
    work = []
    for stage in figures["stages"]:
        shuffled_in, shuffled_out = stage["shuffle_read_bytes"] * times, stage["shuffle_write_bytes"] * times
        in_bytes = stage["input_bytes"] * times
        n_tasks = max(in_bytes / BLOCK_BYTES, shuffled_in / SHUFFLE_TASK_BYTES, 2 * cores)
        work.append(Work(stage["name"], stage["task_s"] * times, int(n_tasks) + 1, shuffled_out, in_bytes > 0))
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
