"""The words a reader of the report sees for the names the tables use, and how numbers are written."""

from decimal import Decimal

from lumbar.explain import words as words_of_a_proof
from lumbar.measures.model import Offset, Stratum
from lumbar.statistics.change import Change
from lumbar.statistics.intervals import Share
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, OVERALL, THREE_MONTH

UNDEFINED = "undefined"  # a rate of nothing; never 0
_NBSP = "\u00a0"

INSTRUMENT = {BACK_PAIN: "Back pain", LEG_PAIN: "Leg pain", ODI: "ODI"}
INSTRUMENT_UNIT = {BACK_PAIN: "points, 0-10", LEG_PAIN: "points, 0-10", ODI: "points, 0-100"}
TIMEPOINT = {THREE_MONTH: "three months", ONE_YEAR: "one year"}
KIND = {DISCECTOMY: "discectomy", FUSION: "fusion"}

STATUS = {
    "met": "met",
    "not_met": "not met",
    "not_assessed": "not assessed",
    "open": "open",
    "upcoming": "upcoming",
    "excluded": "excluded",
}
STATUS_MEANING = {
    "met": (
        "a postoperative score exists and its level or the improvement reaches the target; in 2018 and 2019, a "
        "preoperative score stands beside it"
    ),
    "not_met": "a postoperative score exists and does not give what the measure asks",
    "not_assessed": "the window has closed without a score; counts as not met in the rate",
    "open": "the as-of date lies inside the window and no score is known yet; no code",
    "upcoming": "the window has not opened yet; no code",
    "excluded": "a denominator exclusion applies; the scores are still shown",
}

NOT_IN_MEASURE = {
    "outside_identification_period": "index date outside the identification period",
    "age_unknown": "age not known",
    "under_18": "under 18",
    "other_stratum": "other stratum’s timepoint",
    "excluded": "excluded",
}

PAYER = {
    "aetna": "Aetna",
    "blue_cross_blue_shield": "Blue Cross Blue Shield",
    "cigna": "Cigna",
    "unitedhealthcare": "UnitedHealthcare",
    "medicare_traditional": "Medicare, traditional",
    "medicare_advantage": "Medicare Advantage",
    "medicare": "Medicare, kind not known",
    "medicaid": "Medicaid",
    "workers_compensation": "Workers’ compensation",
    "other": "Other",
    "self_pay": "Self-pay",
    "unknown": "Unknown",
}

POLICY = {
    "postoperative": "which score counts when several lie in a postoperative window",
    "proxy": "a score answered by somebody else than the patient",
    "include_unverified_procedures": "procedure codes of unverified standing start an episode",
    "responder_pain": "improvement in pain from which a patient is called a responder, points",
    "responder_odi": "improvement in ODI from which a patient is called a responder, points",
    "worse_pain": "worsening of pain from which a patient is shown for follow-up, points",
    "worse_odi": "worsening of ODI from which a patient is shown for follow-up, points",
}

CONFIDENCE = {
    "unknown": "not known to anybody but the steward; a choice was made",
    "unverified": "our best reading; no source we could open confirms it",
    "likely": "follows from a source, but is not said in so many words",
    "certain": "read in a primary source",
}

GLOSSARY = (
    (
        "episode, index procedure",
        "one patient and one calendar date with at least one qualifying lumbar procedure line, and its follow-up; "
        "several lines on one date are one episode",
    ),
    ("kind", "fusion if any fusion line that date, otherwise discectomy (discectomy or laminectomy)"),
    ("instrument", "what was asked: back pain and leg pain (0-10), Oswestry Disability Index 2.1a (ODI, 0-100)"),
    ("index date", "the date of the index procedure; windows are counted from it, both ends included"),
    ("preoperative, postoperative score", "the score chosen before, and after, the index procedure"),
    ("improvement", "preoperative minus postoperative score; positive is better"),
    ("timepoint", "three months or one year after the index procedure"),
    (
        "stratum",
        "the CMS submission criterion: discectomy judged at three months, fusion judged at one year; the other "
        "timepoint is judged too where the year has a measure for it, and shown with each episode, but does not count",
    ),
    ("eligible", "in the measure and not excluded: met + not met + open + upcoming"),
    ("rate", "met / (met + not met); not assessed counts as not met; undefined, never 0, when nothing is judged yet"),
    ("overall", "sum of met / sum of (met + not met) over the strata of the measure"),
    (
        "95 % interval",
        "Wilson score interval: where the rate plausibly lies if these patients were a sample of many alike",
    ),
    ("bounds", "the rate if none, and if all, of the patients not assessed had met"),
    ("response rate", "assessed / (closed or assessed): how many of those due gave a score"),
    ("provisional", "judged while the window is still open: a later score may change it"),
    ("as-of date", "the day this result was computed for; nothing dated or recorded later is known"),
    ("responder", "improved by at least the responder threshold of the policy; a clinical reading, not the measure"),
    ("worse", "worsened by at least the worsening threshold of the policy"),
    ("met but worse, better but not met", "worse or better by any amount, however small; a clinical reading"),
)


def stratum_label(stratum: Stratum) -> str:
    """A stratum in words: `discectomy at three months`."""
    return f"{KIND.get(stratum.kind, stratum.kind)} at {TIMEPOINT.get(stratum.timepoint, stratum.timepoint)}"


def rate_label(name: str, strata: tuple[Stratum, ...]) -> str:
    """The stratum of a rate row in words, from the name CMS gives it."""
    if name == OVERALL:
        return "overall"
    return next((stratum_label(stratum) for stratum in strata if stratum.name == name), name)


def words(name: str) -> str:
    """A table's name as plain words: `met_but_worse` is `met but worse`."""
    return name.replace("_", " ")


def count(n: int) -> str:
    """A whole number with thousands separated by commas."""
    return f"{n:,}"


def percent(fraction: float | None, decimals: int = 1) -> str:
    """A fraction 0-1 as percent; `undefined` when there is none."""
    return UNDEFINED if fraction is None else f"{fraction * 100:.{decimals}f}{_NBSP}%"


def percent_range(low: float | None, high: float | None) -> str:
    """Two fractions 0-1 as a range in percent; `undefined` when there is none."""
    if low is None or high is None:
        return UNDEFINED
    return f"{low * 100:.1f}–{high * 100:.1f}{_NBSP}%"


def share(one: Share) -> str:
    """How many, the share and its 95 % interval: `21: 42.0 % (29.4–55.8 %)`; `0` of nobody."""
    if one.share is None:
        return count(one.successes)
    return f"{count(one.successes)}: {percent(one.share)} ({percent_range(one.low, one.high)})"


def median_change(one: Change, instrument: str) -> str:
    """The median improvement in points, from six patients on with its interval: `+3.0 (+2.0 to +4.0)`."""
    if one.median is None:
        return "–"
    median, low, high = (signed(value, instrument) for value in (one.median, one.median_low, one.median_high))
    return f"{median} ({low} to {high})" if low else median


def score(value: Decimal | None, instrument: str) -> str:
    """Points with the decimals of the instrument at least, as in a proof: `8.0`, `62`; empty when there is none."""
    return "" if value is None else words_of_a_proof.points(value, instrument)


def signed(value: Decimal | None, instrument: str) -> str:
    """A difference of scores with its sign; empty when there is none."""
    return f"+{score(value, instrument)}" if value is not None and value > 0 else score(value, instrument)


def number(value: Decimal) -> str:
    """A number without zeros after its decimals: `3`, `2.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def points(value: float | None) -> str:
    """A mean or median in points with one decimal; a dash when there is none."""
    return "–" if value is None else f"{value:.1f}".replace("-", "−")


def offset(distance: Offset) -> str:
    """A distance from the index date in words: `index date + 9 months`."""
    parts = []
    for n, unit in ((distance.months, "month"), (distance.days, "day")):
        if n:
            parts.append(f"{'+' if n > 0 else '−'} {abs(n)} {unit}{'' if abs(n) == 1 else 's'}")
    return "index date" + "".join(f" {part}" for part in parts)
