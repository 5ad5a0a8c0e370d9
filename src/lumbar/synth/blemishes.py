"""The deliberately bad rows: a few in a hundred, each beside the good row it was made from, never in its place.

Every one of them is to be rejected, with the reason it is made for, so that a clinic read with its blemishes gives
the same clinical tables as one without. A chart has at most one kind; all formats spoil the same score.
"""

from lumbar.synth.chart import Chart, Score
from lumbar.synth.draws import stream
from lumbar.tables.clinical import NRS, ODI, VAS_CM, VAS_MM
from lumbar.tables.results import REJECT_REASONS

SHARE_OF_CHARTS = 0.3
NOT_IN_TABLES = ("wrong_resource_type", "not_done", "odi_too_few_items")
NOT_IN_FHIR = ("unknown_instrument",)
NOT_IN_OMOP = (
    "wrong_resource_type",
    "entered_in_error",
    "not_done",
    "proxy_respondent",
    "unknown_instrument",
    "odi_too_few_items",
)
SPOILED = "-x"  # what a bad row's id ends in
FOREIGN_STATUSES = ("entered-in-error", "cancelled", "preliminary")


def blemish_of(chart: Chart, seed: int) -> tuple[str, Score] | None:
    """The reject reason this chart has a bad row for and the good score it is made from; the reasons take turns."""
    if stream("blemish", seed, chart.number).random() >= SHARE_OF_CHARTS:
        return None
    reason = tuple(REJECT_REASONS)[chart.number % len(REJECT_REASONS)]
    for score in chart.scores:
        if _can_carry(score, reason):
            return reason, score
    return None


def out_of_range(score: Score) -> str:
    """A value above the highest of the score's scale."""
    return {VAS_MM.name: "140", VAS_CM.name: "12.5", NRS.name: "11"}.get(score.scale, "104")


def another_value(score: Score) -> str:
    """A possible value of any scale that is not the score's own."""
    return "2" if score.value == "1" else "1"


def _can_carry(score: Score, reason: str) -> bool:
    if "#" in score.score_id or score.sections:
        return False
    if reason in ("no_body_site", "unknown_unit"):
        return score.instrument != ODI
    return True
