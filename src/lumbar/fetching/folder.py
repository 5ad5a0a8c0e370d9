"""The folder a fetch fills: everything lies in `.fetch` until all is there, and only then beside it.

So an export is complete or absent: what reads the folder meets no half of one.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import blake3

from lumbar.errors import UsageError
from lumbar.fetching.manifest import ExportFile
from lumbar.fetching.state import FetchState, Received, Whole, received_of, state_of

WORK, STATE, ACCOUNT = ".fetch", "state.json", "fetch.json"


class FetchFolder:
    """The folder of one fetch, its owner's alone (0700, files 0600)."""

    def __init__(self, path: Path) -> None:
        self.path, self.work = path, path / WORK

    @contextmanager
    def held(self) -> Iterator[None]:
        """The folder for this process alone, made where it is not there.

        Raises UsageError for one with other files, one that holds a finished fetch, and one another process fills.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file; name a folder")
        if (self.path / ACCOUNT).is_file() and not self.is_begun:
            if self.work.is_dir():  # killed while it was taken away
                self.finish()
            raise UsageError(f"{self.path} holds a finished fetch; choose another --out, or check what is there")
        if self.path.is_dir() and not self.work.is_dir() and any(self.path.iterdir()):
            raise UsageError(f"{self.path} holds other files; choose a new folder or an empty one")
        is_made = not self.path.exists()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        self.work.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(self.work / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(lock)
            try:
                yield
            finally:
                if self.work.is_dir() and not self.is_begun:  # nothing was begun: as it was before
                    shutil.rmtree(self.work)
                    if is_made and not any(self.path.iterdir()):
                        self.path.rmdir()
        finally:
            os.close(lock)

    def _lock(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"another lumbar fills {self.path} just now; let it end, or stop it first") from None

    @property
    def is_begun(self) -> bool:
        """Whether an unfinished fetch lies here, to go on with."""
        return (self.work / STATE).is_file()

    def state(self) -> FetchState | None:
        """The state an earlier run left; none where there is none. Raises FetchError when it cannot be read."""
        if not self.is_begun:
            return None
        state = state_of(_told(self.work / STATE))
        for file in state.manifest.files if state.manifest else ():
            if self._note(file).is_file():
                state.received[file.name] = received_of(_told(self._note(file)))
        return state

    def keep(self, state: FetchState) -> None:
        """Writes the job, whole or not at all."""
        self._write(self.work / STATE, state.as_json())

    def note(self, file: ExportFile, received: Received) -> None:
        """Writes what came of a file, whole or not at all."""
        self._write(self._note(file), asdict(received))

    def part(self, file: ExportFile) -> Path:
        """Where the bytes of a file are gathered as they come."""
        return self.work / f"{file.name}.part"

    def _note(self, file: ExportFile) -> Path:
        return self.work / f"{file.name}.json"

    def settled(self, file: ExportFile) -> Path:
        """Where a whole file waits for the others."""
        return self.work / file.name

    def here(self, file: ExportFile) -> Path:
        """Where a whole file lies now: waiting for the others, or in its place already."""
        return self.settled(file) if self.settled(file).is_file() else self.path / file.name

    def holds(self, file: ExportFile, whole: Whole) -> bool:
        """Whether a file said to be whole lies here with that content."""
        path = self.here(file)
        if not path.is_file() or path.stat().st_size != whole.n_bytes:
            return False
        digest = blake3.blake3()
        digest.update_mmap(path)
        return digest.hexdigest() == whole.blake3

    def publish(self, files: tuple[ExportFile, ...], account: dict[str, Any]) -> None:
        """Puts every file in its place and writes the account. May be done again where it was broken off."""
        for file in files:
            if self.settled(file).is_file():
                self.settled(file).replace(self.path / file.name)
        self._write(self.path / ACCOUNT, account)

    def finish(self) -> None:
        """Takes away what only the fetching needed."""
        shutil.rmtree(self.work)

    def start_anew(self, given_up: FetchState | None) -> None:
        """Takes away all that an unfinished fetch left; `given_up`: its state, none where it cannot be read."""
        if (self.path / ACCOUNT).is_file():
            raise UsageError(f"the fetch in {self.path} is all there; run the command without --restart to end it")
        for file in given_up.manifest.files if given_up and given_up.manifest else ():
            (self.path / file.name).unlink(missing_ok=True)
        if any(path != self.work for path in self.path.iterdir()):
            raise UsageError(f"{self.path} holds other files; choose a new folder or an empty one")
        for path in self.work.iterdir():
            if path.name != "lock":
                path.unlink()

    def _write(self, path: Path, value: dict[str, Any]) -> None:
        beside = path.with_name(f"{path.name}.new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
            json.dump(value, stream, indent=2)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)


def _told(path: Path) -> Any:
    """A file's JSON; none where it is no JSON."""
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
