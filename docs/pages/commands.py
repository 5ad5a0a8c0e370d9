"""The help of every command, at a fixed width."""

from collections.abc import Iterator
from typing import Any

import typer
import typer.main

from lumbar.cli import app
from pages.markdown import fenced, page

_COLUMNS = 100


def pages() -> dict[str, str]:
    """One page with the help of the program and of each of its commands."""
    group: Any = typer.main.get_command(app)
    top = _context(group, "lumbar", None)
    lines = [
        "# Commands",
        "",
        "Exit code 0: done. 1: a check found something. 143: ended by SIGTERM, what was half-written taken away. "
        "2: bad usage or input, one clear line on standard error, and "
        "nothing half-written.",
        "",
        *fenced(group.get_help(top)),
    ]
    lines += _sections(group, top, "##")
    return {"commands.md": page(*lines)}


def _sections(group: Any, parent: Any, heading: str) -> Iterator[str]:
    for name, command in group.commands.items():
        context = _context(command, name, parent)
        yield from (f"{heading} {context.command_path}", "", *fenced(command.get_help(context)))
        if hasattr(command, "commands"):
            yield from _sections(command, context, f"{heading}#")


def _context(command: Any, name: str, parent: Any) -> Any:
    settings = {**command.context_settings, "terminal_width": _COLUMNS, "max_content_width": _COLUMNS}
    return typer.Context(command, info_name=name, parent=parent, **settings)
