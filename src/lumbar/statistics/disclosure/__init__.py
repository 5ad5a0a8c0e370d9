"""Disclosure control: what of a clinic's counts may be told outside, and how much of them is not (ADR 0047)."""

from lumbar.statistics.disclosure.tally import Alike, Tally
from lumbar.statistics.disclosure.told import Breakdown, Figures, Row, Suppressed, Told, suppressed, told

__all__ = ["Alike", "Breakdown", "Figures", "Row", "Suppressed", "Tally", "Told", "suppressed", "told"]
