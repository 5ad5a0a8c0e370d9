"""Hidden places beside what is to be made, so that it appears complete or not at all.

Each is named before it is made: whoever is interrupted while it is being made knows what to take away.
"""

import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType


def hidden_name(path: Path) -> Path:
    """A name beside `path` that nobody has and nobody can have prepared."""
    return path.parent / f".{path.name}-{secrets.token_hex(8)}"


def cannot_be_replaced(folder: Path) -> bool:
    """Whether a folder is or holds the current one, which its user would be left in without it, or is a mount point."""
    return Path.cwd().is_relative_to(folder.resolve()) or os.path.ismount(folder)


class FolderBeside:
    """Used with `with`: a folder beside `path`, its owner's alone; gone at the end unless it was renamed.

    Raises OSError when it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = hidden_name(path)

    def __enter__(self) -> Path:
        try:
            self.path.mkdir(mode=0o700)
        except BaseException:
            self._remove()
            raise
        return self.path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
