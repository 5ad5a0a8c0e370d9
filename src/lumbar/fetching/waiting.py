"""How long to wait before asking a server again."""

import math
from email.utils import parsedate_to_datetime

MOST_FAILURES = 8  # in a row without anything gained; with the pauses between them, some two minutes
_FIRST_SECONDS = 1.0
_MOST_SECONDS = 60.0
_MOST_ASKED_SECONDS = 3600.0  # what a server may ask for at once
LONGEST_JOB_HOURS = 24  # one run waits no longer for an export to be ready


def pause(n_before: int, retry_after: str | None, now: float) -> float:
    """Seconds to wait: twice as long each time, at most a minute; longer where the server asks for it, at most an hour.

    A server never gets less than the first, whatever it says: its clock may be behind, and its "now" is asked for
    again and again. `n_before`: how often it was waited for this before; `now`: seconds since 1970.
    """
    asked = None if retry_after is None else _asked_seconds(retry_after, now)
    own = min(_FIRST_SECONDS * 2.0 ** min(n_before, 16), _MOST_SECONDS)
    return own if asked is None else max(own, min(asked, _MOST_ASKED_SECONDS))


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
