"""A PostgreSQL server of the tests' own, on a socket in a folder of its own, driven by `psql`."""

import csv
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from lumbar.tables.schema import Type

OWNER = "postgres"  # PostgreSQL refuses to run as root
SUPERUSER = "judge"
_NULL = r"\N"
_READ: dict[Type, Callable[[str], Any]] = {
    Type.TEXT: str,
    Type.TIME: str,
    Type.DATE: date.fromisoformat,
    Type.SCORE: Decimal,
    Type.INTEGER: int,
    Type.BOOLEAN: {"t": True, "f": False}.__getitem__,
}


def programs() -> Path:
    """The folder of `initdb`, of the newest PostgreSQL on this machine."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(path) for path in [shutil.which("initdb")] if path
    ]
    assert found, "PostgreSQL is not installed: run make test-postgres"
    return found[-1].parent


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where its socket lies."""

    folder: Path

    def psql(self, *words: object, user: str = SUPERUSER, database: str = "postgres") -> str:
        """What psql prints; it stops at the first error."""
        command = [programs() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", user, database]
        done = subprocess.run([*map(str, [*command, *words])], capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout


@contextmanager
def running(folder: Path, *settings: str) -> Iterator[Server]:
    """A new cluster, with words in the order of a language and not of code points, until the block ends."""
    if os.geteuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    data, binaries = folder / "data", programs()
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US")
    initdb = (binaries / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "--no-sync", *locale)
    subprocess.run(**_owners(*initdb), check=True, capture_output=True)
    # Not by pg_ctl: a server whose parent has ended is reaped by nobody in a container.
    command = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
    command += [word for setting in settings for word in ("-c", setting)]
    with (folder / "log").open("wb") as log, subprocess.Popen(**_owners(*command), stdout=log, stderr=log) as server:
        try:
            _wait_until_ready(server, binaries, folder)
            yield Server(folder)
        finally:
            server.send_signal(signal.SIGINT)  # a fast shutdown: sessions are ended


def _wait_until_ready(server: subprocess.Popen[bytes], binaries: Path, folder: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, (folder / "log").read_text(encoding="utf-8")
        ready = subprocess.run([binaries / "pg_isready", "-q", "-h", folder, "-U", SUPERUSER], check=False)
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text(encoding="utf-8"))


def load(server: Server, database: str, clinic: dict[str, pa.Table]) -> None:
    """The rows of a clinic into the tables of the same names, those columns that the tables have."""
    for name, rows in clinic.items():
        query = f"select column_name from information_schema.columns where table_name = '{name}'"
        columns = server.psql("-At", "-c", query, database=database).split()
        if columns:
            path = server.folder / f"{name}.csv"
            pyarrow.csv.write_csv(rows.select(columns), path)
            server.psql("-c", rf"\copy {name} ({', '.join(columns)}) from '{path}' csv header", database=database)


def rows_of(path: Path, types: dict[str, Type]) -> list[dict[str, Any]]:
    """Typed rows of a CSV file that psql wrote."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            {name: None if text == _NULL else _READ[types[name]](text) for name, text in row.items()}
            for row in csv.DictReader(stream)
        ]


def copy_out(table: str, columns: list[str], path: Path) -> str:
    """The psql command that writes a table of the session to a file."""
    return rf"\copy (select {', '.join(columns)} from {table}) to '{path}' csv header null '{_NULL}'"


def _owners(*command: object) -> dict[str, Any]:
    """A command as somebody PostgreSQL agrees to run as."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *words]
    return {"args": words, "cwd": "/", "env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}}
