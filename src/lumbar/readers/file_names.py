"""Names of files for DuckDB, which takes some marks in them for a pattern that other files fit too."""

import re
from pathlib import Path

_MARKS = re.compile(r"[*?\[]")


def only(path: Path) -> str:
    """A pattern that this file alone fits."""
    return _MARKS.sub(r"[\g<0>]", str(path))


def only_in_sql(path: Path) -> str:
    """The same as a literal of SQL."""
    return "'" + only(path).replace("'", "''") + "'"
