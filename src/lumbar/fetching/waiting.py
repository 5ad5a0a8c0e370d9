"""How long to wait before asking a server again."""

import math
from email.utils import parsedate_to_datetime

MOST_FAILURES = 8  # in a row without anything gained; with the pauses between them, some two minutes
_FIRST_SECONDS = 1.0
_MOST_SECONDS = 60.0
_MOST_ASKED_SECONDS = 3600.0  # what a server may ask for at once


def pause(n_before: int, retry_after: str | None, now: float) -> float:
    """Seconds to wait: what the server asks for, at most an hour, else twice as long each time, at most a minute.

    `n_before`: how often it was waited for this before; `now`: seconds since 1970.
    """
    asked = None if retry_after is None else _asked_seconds(retry_after, now)
    if asked is not None:
        return min(max(asked, 0.0), _MOST_ASKED_SECONDS)
    return min(_FIRST_SECONDS * 2.0 ** min(n_before, 16), _MOST_SECONDS)


def _asked_seconds(retry_after: str, now: float) -> float | None:
    """A Retry-After header as seconds from now: a number or a date; none where it is neither."""
    try:
        seconds = float(retry_after)
        return seconds if math.isfinite(seconds) else None
    except ValueError:
        try:
            return parsedate_to_datetime(retry_after).timestamp() - now
        except ValueError:
            return None
