"""`lumbar evaluate --engine spark` as a user runs it: a process of its own, with its own Java."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-c", "from lumbar.cli import main; main()")
SRC = Path(__file__).parents[2] / "src"
QUESTION = ("--year", "2026", "--as-of", "2026-11-21", "--no-report")


def environment(**more: str) -> dict[str, str]:
    """This process's environment with the package to be found, by Spark's Python workers too."""
    path = os.pathsep.join(filter(None, (str(SRC), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path, "PYSPARK_PYTHON": sys.executable, **more}


def lumbar(*arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command run to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], env=environment(**env), capture_output=True, encoding="utf-8", check=False
    )


def on_spark(source: Path, out: Path, *settings: str) -> list[str | Path]:
    """The arguments that evaluate a folder on Spark with these settings."""
    conf = [part for setting in settings for part in ("--spark-conf", setting)]
    return ["evaluate", source, "--out", out, *QUESTION, "--engine", "spark", *conf]
