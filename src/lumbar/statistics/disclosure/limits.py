"""The numbers of disclosure control and of fair comparison, read from the data that names their source."""

from lumbar.codelists.disclosure import limit

# A cell of 1 to this many is never shown nor derivable; zero may be shown.
LARGEST_SMALL_CELL = int(limit("largest_small_cell"))
# RULES §10: nobody is ranked or named on fewer cases or a lower response than this.
LEAST_CASES_TO_COMPARE = int(limit("least_cases_to_compare"))
LEAST_RESPONSE_TO_COMPARE = float(limit("least_response_to_compare"))


def is_answered(assessed: int, closed: int) -> bool:
    """Whether the share assessed is one that figures may be compared on; also where nothing is closed."""
    return closed == 0 or assessed / closed >= LEAST_RESPONSE_TO_COMPARE


def may_be_compared(assessed: int, closed: int) -> bool:
    """Whether somebody may be ranked or named (RULES §10): enough closed or assessed cases, enough of them assessed."""
    return closed >= LEAST_CASES_TO_COMPARE and is_answered(assessed, closed)


def is_small(n: int) -> bool:
    """Whether a count must not be shown: 1 to 10, both ends counted."""
    return 1 <= n <= LARGEST_SMALL_CELL
