"""What the terminal shows: results on stdout, progress and warnings on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lumbar.cli import ending

if TYPE_CHECKING:
    from lumbar.workflow import OnProgress


@contextmanager
def progress() -> "Iterator[OnProgress]":
    """A line on stderr that tells the stage, where a person is watching."""
    if not sys.stderr.isatty():
        yield lambda stage, item: ending.go_on()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    words = {
        "synth": "making up",
        "fetch": "fetching",
        "wait": "waiting for the server",
        "read": "reading",
        "evaluate": "evaluating",
        "write": "writing",
        "report": "drawing",
        "recount": "recounting",
        "compare": "comparing",
        "explain": "explaining",
        "prove": "proving",
    }
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting")

        def on_progress(stage: str, item: str) -> None:
            ending.go_on()
            shown.update(task, description=f"{words.get(stage, stage)} {item}")

        yield on_progress


def print_json(value: Any) -> None:
    """Prints a value as JSON; what JSON has no word for, such as a date, as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def print_lines(lines: Iterable[tuple[str, bool]]) -> None:
    """Prints lines; those that warn go to stderr."""
    for line, warns in lines:
        typer.echo(line, err=warns)


def give(content: str | bytes, out: Path | None) -> None:
    """Writes a file, or else stdout. Raises ResultFolderError when the file cannot be written."""
    if out is None:
        typer.echo(content, nl=False)
        return
    from lumbar.placing import replace_file

    replace_file(out, content)
