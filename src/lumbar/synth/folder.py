"""A new folder that appears complete or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lumbar.beside import FolderBeside, cannot_be_replaced
from lumbar.errors import InputError


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to write into; it takes that name when the block ends without an error.

    Raises InputError when `folder` is a file, holds anything, is in use, or cannot be written.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; name a folder that does not exist yet")
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; name a new or an empty folder")
    if folder.is_dir() and cannot_be_replaced(folder):
        raise InputError(f"{folder} is or holds the current folder, or is a mount point; name another folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FolderBeside(folder) as beside:
            yield beside
            beside.chmod(0o755)
            if folder.is_dir():
                folder.rmdir()
            beside.rename(folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from None
