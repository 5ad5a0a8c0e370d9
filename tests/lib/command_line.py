"""The command `lumbar` as a user meets it: what it prints, how it ends, what it leaves behind."""

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from lumbar import cli

COMMAND = Path(sys.executable).parent / "lumbar"
YEAR = ("--year", "2026", "--as-of", "2026-11-21")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


def lumbar(*words: object) -> Ended:
    """The command run in this process, from its words to its exit code."""
    out, err, given = io.StringIO(), io.StringIO(), sys.argv
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    sys.argv = ["lumbar", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as end:
        return Ended(int(end.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.argv = given
        for number, handler in before.items():
            signal.signal(number, handler)
    raise AssertionError("the command line ends by an exit code, always")


def shell(
    *words: object,
    before: Callable[[], None] | None = None,
    answer: str = "",
    environment: Mapping[str, str] | None = None,
) -> Ended:
    """The command run as a process of its own: `before` is called in the child first, `answer` is typed in."""
    done = subprocess.run(
        [str(COMMAND), *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        input=answer,
        preexec_fn=before,
        env={**plain_environment(), **(environment or {})},
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def plain_environment() -> dict[str, str]:
    """The environment without what would change how the command behaves.

    No byte code is written: out of space, Python would leave half of it behind in the packages.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LUMBAR_", "PYTHON", "COV_"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1"}


def listing(folder: Path) -> dict[str, bytes | None]:
    """Every file below the folder with its content, every folder with none."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def assert_one_clear_line(ended: Ended, *without: str) -> None:
    """Exit 2, nothing on stdout, one line on stderr that begins with the command's name and holds no value given."""
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err.startswith("lumbar: ")
    assert ended.err.endswith("\n")
    assert ended.err.count("\n") == 1, ended.err
    assert "Traceback" not in ended.err
    assert "something went wrong inside" not in ended.err
    for value in without:
        assert value not in ended.err, value


def cpu_seconds(*words: object, n_runs: int = 5) -> float:
    """The processor time the command takes as a process of its own, the best of some runs, compiled as on any machine.

    The clock's time would be that of whatever else the machine does.
    """
    environment = plain_environment()
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken = []
    for _ in range(n_runs):
        before = os.times()
        subprocess.run([str(COMMAND), *map(str, words)], capture_output=True, check=True, env=environment)
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(taken)
