"""Files and folders that appear under their names complete or not at all, and never in the place of another's."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lumbar.beside import FolderBeside, cannot_be_replaced, hidden_name
from lumbar.errors import ResultFolderError


def check_target(folder: Path, overwrite: bool, mark: str, what: str) -> None:
    """Raises ResultFolderError when what is marked by the file `mark` may not be written to `folder`."""
    refuse_link(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ResultFolderError(f"{folder} is a file; name a folder")
    if cannot_be_replaced(folder):
        raise ResultFolderError(f"{folder} is or holds the current folder, or is a mount point; name another folder")
    if not any(folder.iterdir()):
        return
    if not overwrite:
        raise ResultFolderError(f"{folder} exists; choose another --out or add --overwrite")
    if not (folder / mark).is_file():
        raise ResultFolderError(f"{folder} exists and is no {what} (no {mark}); it is left alone")


def refuse_link(folder: Path) -> None:
    """Raises ResultFolderError for a link to a folder."""
    if folder.is_symlink():
        raise ResultFolderError(f"{folder} is a link; name the folder it leads to")


@contextmanager
def folder_aside(folder: Path, overwrite: bool, mark: str, what: str) -> Iterator[Path]:
    """A folder to write into: beside `folder`, renamed into place when all went well and taken away when not.

    Only an empty folder is replaced, or with `overwrite` one that holds the file `mark`, as every `what` does.
    Raises ResultFolderError where that is not so, or it cannot be written. Mode 0700: it may be patient data.
    """
    check_target(folder, overwrite, mark, what)
    try:
        with FolderBeside(folder) as beside:
            yield beside
            put_in_place(beside, folder)
    except OSError as error:
        raise ResultFolderError(f"cannot write {folder}: {error.strerror or error}") from None


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """Where to write a file: beside `path`, renamed into place when all went well and taken away when not.

    Raises ResultFolderError when it cannot be written. Readable by its owner alone: it may be patient data.
    """
    target = path.resolve()
    if target.is_dir():
        raise ResultFolderError(f"cannot write {path}: it is a folder; name a file")
    if target.exists() and not target.is_file():
        raise ResultFolderError(f"cannot write {path}: it is no plain file")
    if not target.parent.is_dir():
        raise ResultFolderError(f"cannot write {path}: there is no folder {path.parent}; make it first")
    beside = hidden_name(target.with_name("lumbar"))
    try:
        # Made here, so that nobody else owns or reads what is written there.
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600))
        yield beside
        beside.replace(target)
    except OSError as error:
        raise ResultFolderError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def replace_file(path: Path, content: str | bytes) -> None:
    """Writes a file, text as UTF-8, aside and renames it into place. Raises ResultFolderError when it cannot."""
    with aside(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)


def put_in_place(aside: Path, folder: Path) -> None:
    """The folder written aside under its name; what was there before goes once it has been replaced."""
    if not folder.exists():
        aside.rename(folder)
        return
    retired = hidden_name(folder)
    try:
        folder.rename(retired)
        aside.rename(folder)
    except BaseException:
        if retired.exists() and not folder.exists():
            _bring_back(retired, folder)
        raise
    finally:
        if folder.exists():  # where the old one could not be brought back, it stays where it is
            shutil.rmtree(retired, ignore_errors=True)


def _bring_back(retired: Path, folder: Path) -> None:
    try:
        retired.rename(folder)
    except OSError as error:
        why = error.strerror or error
        raise ResultFolderError(f"cannot write {folder}: {why}; what was there lies in {retired}") from None
