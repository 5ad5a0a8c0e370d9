"""Professional claims (837P, 005010X222A1) whose lines carry the quality-data codes.

CMS takes these measures from no claim: the file is for a registry, an intermediary or a payer's own feed.
"""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from lumbar.errors import UsageError
from lumbar.exports.claim_837p.account import left_out_lines, n_of, told_by_reason, write_left_out
from lumbar.exports.claim_837p.rosters import SubscriberLine
from lumbar.exports.claim_837p.segments import interchange
from lumbar.exports.claim_837p.selection import Selected, held, selected
from lumbar.exports.claim_837p.settings import PLACEHOLDERS, ClaimSettings
from lumbar.exports.claim_837p.x12_text import Name
from lumbar.exports.leaving import Leaving, Lines

# Ends the name of the list that is released beside the file.
LEFT_OUT = ".left-out.csv"

NO_CREDIT = (
    "These measures have no claims submission: the file earns no MIPS credit. It is for a registry, an intermediary "
    "or a payer that asks for these codes."
)


def write_claims(
    leaving: Leaving,
    path: Path,
    *,
    charge: Decimal,
    settings: ClaimSettings | None,
    subscribers: Mapping[str, SubscriberLine],
    surgeons: Mapping[str, Name],
) -> Lines:
    """Writes the claims, and beside them the list of what is no line of them; returns what the terminal shows.

    Without `settings` the file is marked as a test and has placeholders for what is not held. Raises UsageError when
    no line can be written, and when the file would be dated before a date of service.
    """
    chosen = selected(leaving, held(leaving, subscribers, surgeons), settings or PLACEHOLDERS, settings is not None)
    if not chosen.claims:
        why = "; ".join(told_by_reason(chosen.left_out)) or "no result in the measure has a code yet"
        raise UsageError(f"no claim can be written: {why}")
    content = interchange(
        chosen.claims, settings or PLACEHOLDERS, charge, leaving.on, leaving.identity, settings is not None
    )
    path.write_text(content, encoding="ascii", newline="")
    write_left_out(Path(f"{path}{LEFT_OUT}"), chosen.left_out)
    return _told(chosen, charge, settings is not None)


def _told(chosen: Selected, charge: Decimal, is_production: bool) -> Lines:
    n_lines = sum(len(claim.codes) for claim in chosen.claims)
    lines: Lines = [(f"{n_of(len(chosen.claims), 'claim')} with {n_of(n_lines, 'line')}, each charged {charge}", False)]
    lines += left_out_lines(chosen.left_out)
    if chosen.n_contradicting:
        against = (
            f"{n_of(chosen.n_contradicting, 'line')} against another code already in the data; the report lists them"
        )
        lines.append((against, True))
    if not charge:
        lines.append(("Every claim's total is 0.00, which receivers may refuse; leave --charge out for 0.01", True))
    if not is_production:
        lines.append(("Marked as a test, with placeholders: not to be sent as it is; see --print-settings", True))
    return [*lines, (NO_CREDIT, True)]
