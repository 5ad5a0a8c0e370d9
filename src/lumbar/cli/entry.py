"""Runs the command; every failure is one clear line on stderr.

Exit 0: done; 1: a check found something; 2: bad usage or input; 130: interrupted by its user; 143: ended by SIGTERM.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import typer

from lumbar.cli import ending
from lumbar.cli.app import app
from lumbar.errors import LumbarError


def main() -> None:
    """Runs the command; every failure is one clear line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    signal.signal(signal.SIGTERM, ending.end)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # in the background it is ignored
        signal.signal(signal.SIGINT, ending.interrupt)
    if not _has_current_folder():
        _fail("the current folder is gone; change to another one, then run this again")
    try:
        code = _run()
    except LumbarError as error:
        _fail(str(error), error.exit_code)
    except typer.Abort:
        _fail("stopped; nothing was changed")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if hasattr(error, "format_message"):  # an unknown option, a missing argument, a number that is none
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "lumbar"
            _fail(f"{error.format_message().rstrip('.')}; see {command} --help")
        if os.environ.get("LUMBAR_DEBUG"):
            raise
        if isinstance(error, OSError) and error.strerror and error.filename:
            _fail(f"{error.filename}: {error.strerror}")
        # The text of a foreign error may hold a patient's values: only its kind is shown.
        _fail(f"something went wrong inside ({type(error).__name__}); set LUMBAR_DEBUG=1 to see where, and report it")
    raise SystemExit(code)


def _has_current_folder() -> bool:
    try:
        Path.cwd()
    except OSError:
        return False
    return True


def _fail(message: str, code: int = 2) -> NoReturn:
    typer.echo(f"lumbar: {' '.join(message.split())}", err=True)
    raise SystemExit(code)


def _run() -> Any:
    """The command. Ended by a signal it leaves at once, and says what is left of what it had begun to write."""
    try:
        return app(standalone_mode=False)
    except typer.Abort:
        raise
    except BaseException:
        # DuckDB raises an error of its own for what a signal's handler raised.
        if ending.Ended.asked:
            _leave(signal.SIGTERM, f"lumbar: ended by SIGTERM; {ending.Ended.left}")
        if ending.Ended.interrupted:
            _leave(signal.SIGINT)
        raise


def _leave(number: signal.Signals, *said: str) -> NoReturn:
    """At once: an engine's threads may still be at work, and are not waited for."""
    for line in said:
        typer.echo(line, err=True)
    sys.stdout.flush()
    os._exit(128 + number)
