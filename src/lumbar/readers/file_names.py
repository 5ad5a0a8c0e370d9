"""Names of files for DuckDB, which takes some marks in them for a pattern that other files fit too."""

import re
from pathlib import Path

from lumbar.errors import InputError

_MARKS = re.compile(r"[*?\[]")
_AFTER_A_BACKSLASH = re.compile(r"\\.")


def only(path: Path) -> str:
    """A pattern that this file alone fits.

    DuckDB takes a mark behind a backslash as a letter, and a backslash in a pattern as the end of a folder's name.
    Raises InputError where no pattern fits: a name with a backslash and a mark that is not behind it.
    """
    name = str(path)
    if not _MARKS.search(_AFTER_A_BACKSLASH.sub("", name)):
        return name
    if "\\" in name:
        raise InputError(f"{path}: a backslash and one of * ? [ in one path cannot be read; rename it")
    return _MARKS.sub(r"[\g<0>]", name)


def only_in_sql(path: Path) -> str:
    """The same as a literal of SQL."""
    return "'" + only(path).replace("'", "''") + "'"
