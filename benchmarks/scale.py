"""What a nation's records would cost on many cores: measured figures scaled up, and a simulation of the rest.

The cost of each stage of a Spark run over NDJSON is measured (`stages-*.json`). Stages that read the
input grow with its bytes, the others with the patients. What a formula would only guess — uneven tasks,
small files, files that cannot be split, lost machines — is simulated: tasks with drawn durations are
handed, in order, to the core that is free first. The same seed gives the same figures.
"""

import heapq
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PATIENTS = 300_000_000
CORES = (10, 100, 1_000)
BLOCK_BYTES = 128 << 20  # Spark's largest read task
SHUFFLE_TASK_BYTES = 128 << 20
OPEN_COST_BYTES = 4 << 20  # what Spark counts a file as, beside its bytes, when it packs files into tasks
TASK_OVERHEAD_S = 0.02  # to hand out and take back a task; assumed
UNEVENNESS = 0.35  # standard deviation of the logarithm of a task's duration; assumed
SEED = 7


@dataclass(frozen=True)
class Work:
    """One stage at full size: seconds its tasks hold a core, how many tasks, bytes written to the shuffle."""

    name: str
    core_s: float
    n_tasks: int
    shuffle_bytes: float


def at_size(figures: dict[str, Any], measured_patients: int, patients: int, cores: int) -> list[Work]:
    """The measured stages at another number of patients; as many tasks as Spark would make."""
    times = patients / measured_patients
    work = []
    for stage in figures["stages"]:
        in_bytes = stage["input_bytes"] * times
        shuffled_in = stage["shuffle_read_bytes"] * times
        n_tasks = max(in_bytes / BLOCK_BYTES, shuffled_in / SHUFFLE_TASK_BYTES, 2 * cores)
        work.append(
            Work(stage["name"], stage["task_s"] * times, int(n_tasks) + 1, stage["shuffle_write_bytes"] * times)
        )
    return work


def elapsed_s(work: Sequence[Work], cores: int, unevenness: float = UNEVENNESS, seed: int = SEED) -> float:
    """Simulated seconds from the first task to the last: a stage begins when the one before has ended."""
    draw = random.Random(seed)
    return sum(_stage_s(stage, cores, unevenness, draw) for stage in work)


def _stage_s(stage: Work, cores: int, unevenness: float, draw: random.Random) -> float:
    mean = stage.core_s / stage.n_tasks
    weights = [draw.lognormvariate(0.0, unevenness) for _ in range(stage.n_tasks)]
    scale = mean * stage.n_tasks / sum(weights)
    return makespan((weight * scale + TASK_OVERHEAD_S for weight in weights), cores)


def makespan(durations: Any, cores: int) -> float:
    """When the last task ends, each given in order to the core that is free first."""
    free_at = [0.0] * cores
    last = 0.0
    for duration in durations:
        ends = heapq.heappop(free_at) + duration
        last = max(last, ends)
        heapq.heappush(free_at, ends)
    return last
