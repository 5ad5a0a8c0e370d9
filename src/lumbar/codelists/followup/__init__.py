"""Asking for scores, as data: how patients answer, when and whom to call, and which groups answer less.

CSV files beside this one, each row with its basis and how sure we are of it.
"""

from functools import cache

from lumbar.codelists.rows import rows

_ANY = "any"  # a word that says of every group that it is not known
MAJORITY, NOT_KNOWN = "majority", "not_known"


@cache
def values(name: str) -> dict[str, float]:
    """The column `value` of a table by the column `name`."""
    return {row["name"]: float(row["value"]) for row in rows(__name__, name)}


@cache
def words_of(group: str) -> dict[str, str]:
    """The words, in lower case, of the majority of a group and of what is not known, each with what it means."""
    return {row["word"]: row["means"] for row in rows(__name__, "group_word") if row["group"] in (group, _ANY)}
