"""What each stage of a Spark run costs: time of its tasks, bytes read, shuffled and spilled, from Spark's event log."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measuring import AS_OF, LUMBAR, YEAR, cost_of


@dataclass
class Stage:
    """One stage: `task_s` is the time its tasks held a core, in seconds; bytes as Spark counts them."""

    name: str
    n_tasks: int = 0
    task_s: float = 0.0
    longest_task_s: float = 0.0
    input_bytes: int = 0
    shuffle_write_bytes: int = 0
    shuffle_read_bytes: int = 0
    spilled_bytes: int = 0
    peak_memory_bytes: int = 0


def measured(data: Path, work: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """One run over a FHIR export with the event log on: its cost, and its stages in order."""
    log, out = work / "spark-events", work / "results" / "stages"
    shutil.rmtree(log, ignore_errors=True)
    log.mkdir(parents=True)
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    command = [str(LUMBAR), "evaluate", str(data), "--from", "fhir", "--year", YEAR, "--as-of", AS_OF]
    command += ["--out", str(out), "--no-report", "--overwrite", "--engine", "spark"]
    command += [part for key, value in settings.items() for part in ("--spark-conf", f"{key}={value}")]
    cost = cost_of(command)
    found = stages(log)
    say(f"  {cost.wall_s:.0f} s, {len(found)} stages, {sum(stage.task_s for stage in found):.0f} task seconds")
    return {
        "input_bytes": sum(path.stat().st_size for path in data.iterdir()),
        "cost": asdict(cost),
        "stages": [asdict(stage) for stage in found],
    }


def stages(log: Path) -> list[Stage]:
    """The stages that ran, in their order, from all event logs in a folder."""
    by_id: dict[int, Stage] = {}
    for event in _events(log):
        if event["Event"] == "SparkListenerStageSubmitted":
            about = event["Stage Info"]
            described = event.get("Properties", {}).get("spark.job.description")
            by_id.setdefault(about["Stage ID"], Stage(described or about["Stage Name"].split(" at ")[0]))
        elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            _add(by_id[event["Stage ID"]], event["Task Info"], event["Task Metrics"])
    return [stage for _, stage in sorted(by_id.items()) if stage.n_tasks]


def _add(stage: Stage, task: dict[str, Any], metrics: dict[str, Any]) -> None:
    seconds = (task["Finish Time"] - task["Launch Time"]) / 1000
    stage.n_tasks += 1
    stage.task_s = round(stage.task_s + seconds, 3)
    stage.longest_task_s = max(stage.longest_task_s, seconds)
    stage.input_bytes += metrics["Input Metrics"]["Bytes Read"]
    stage.shuffle_write_bytes += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
    read = metrics["Shuffle Read Metrics"]
    stage.shuffle_read_bytes += read["Remote Bytes Read"] + read["Local Bytes Read"]
    stage.spilled_bytes += metrics["Disk Bytes Spilled"]
    stage.peak_memory_bytes = max(stage.peak_memory_bytes, metrics.get("Peak Execution Memory", 0))


def _events(log: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(log.rglob("*")):
        if path.is_file() and not path.name.startswith("appstatus"):
            with path.open(encoding="utf-8") as lines:
                yield from map(json.loads, lines)
