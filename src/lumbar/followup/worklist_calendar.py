"""The days windows close, as an iCalendar file (RFC 5545): one all-day event a day, and nothing of any patient.

Calendars are shared, synchronised and shown on screens: an event says how many windows close and which numbers of the
list they have, never a name, an id or an operation.
"""

from datetime import date, timedelta

from lumbar.followup.worklist import Worklist
from lumbar.followup.worklist_words import counted
from lumbar.version import __version__

_LONGEST_LINE = 75  # octets, RFC 5545, 3.1


def worklist_ics(worklist: Worklist) -> str:
    """One event for each day on which a listed window closes, with an alarm for the last call before it.

    The same day has the same UID in every list, so that a later list replaces what an earlier one said.
    """
    by_day: dict[date, list[int]] = {}
    for number, line in enumerate(worklist.lines, 1):
        by_day.setdefault(line.due.closes, []).append(number)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//lumbar//lumbar {__version__}//EN", "METHOD:PUBLISH"]
    for closes, numbers in sorted(by_day.items()):
        lines += _event(closes, numbers, worklist)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(closes: date, numbers: list[int], worklist: Worklist) -> list[str]:
    is_one = len(numbers) == 1
    listed = f"{'line' if is_one else 'lines'} {', '.join(map(str, numbers))} of the worklist as of {worklist.as_of}"
    summary = f"Follow-up: {counted(len(numbers), 'window')} {'closes' if is_one else 'close'} today"
    return [
        "BEGIN:VEVENT",
        f"UID:{closes:%Y%m%d}.window-closes@lumbar",
        f"DTSTAMP:{worklist.as_of:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{closes:%Y%m%d}",
        f"DTEND;VALUE=DATE:{closes + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(f'Last day of {listed}.')}",
        "TRANSP:TRANSPARENT",
        "CLASS:PRIVATE",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(f'Last calls: {listed}.')}",
        f"TRIGGER:-P{worklist.rules.last_call_before}D",
        "END:VALARM",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    """A value of type TEXT: backslash, semicolon and comma behind a backslash (RFC 5545, 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def folded(line: str) -> str:
    """A content line of at most 75 octets, what is longer on lines that begin with a space; all is ASCII here."""
    parts = [line[:_LONGEST_LINE]]
    rest = line[_LONGEST_LINE:]
    while rest:
        parts.append(f" {rest[: _LONGEST_LINE - 1]}")
        rest = rest[_LONGEST_LINE - 1 :]
    return "\r\n".join(parts)
