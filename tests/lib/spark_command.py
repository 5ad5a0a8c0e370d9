"""`lumbar evaluate --engine spark` as a user runs it: a process of its own, with its own Java."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from command_line import Ended

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


# Starting Java, and Java becoming quick, cost more than the work: several commands share one.
_IN_TURN = """
import contextlib, io, json, sys
from lumbar.cli import main

ended = []
for words in json.load(sys.stdin):
    sys.argv, out, err, code = ["lumbar", *words], io.StringIO(), io.StringIO(), None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    ended.append([code, out.getvalue(), err.getvalue()])
print(json.dumps(ended))
"""


def in_turn(commands: Sequence[Sequence[str | Path]]) -> list[Ended]:
    """The commands run one after the other in one process, with one Java."""
    words = json.dumps([[str(word) for word in command] for command in commands])
    run = subprocess.run(
        [sys.executable, "-c", _IN_TURN],
        input=words,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return [Ended(*one) for one in json.loads(run.stdout.splitlines()[-1])]


def on_spark(source: Path, out: Path, *settings: str) -> list[str | Path]:
    """The arguments that evaluate a folder on Spark with these settings."""
    conf = [part for setting in settings for part in ("--spark-conf", setting)]
    return ["evaluate", source, "--out", out, *QUESTION, "--engine", "spark", *conf]
