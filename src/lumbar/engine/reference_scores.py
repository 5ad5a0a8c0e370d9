"""Which score counts, in the reference: RULES §3. Scores are on the instrument's own scale, in points."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lumbar.engine.reference_dates import shift
from lumbar.engine.reference_episode import Episode, Record
from lumbar.measures.model import Measure, Stratum
from lumbar.measures.policy import EARLIEST, NEAREST, Policy
from lumbar.tables.clinical import LEG_PAIN

PREOPERATIVE = "preoperative"
OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Considered:
    """One score of the row's instrument, and why it was or was not chosen.

    `window` is preoperative, the timepoint, or outside. `because` is, where not chosen: before_windows,
    between_windows, after_windows, scale_not_allowed, assessed_after_as_of, recorded_after_as_of,
    recovery_room, other_date, leg_merged, more_favourable or larger_id. Where chosen, it is the last step
    that decided: only_score, by_date, leg_merged, least_favourable or smallest_id. `against` is the score
    it lost to in that step, or was preferred to.
    """

    score: Record
    window: str
    chosen: bool
    because: str
    against: Record | None = None


def consider(
    scores: list[Record],
    episode: Episode,
    measure: Measure,
    stratum: Stratum,
    *,
    before: tuple[date, date],
    after: tuple[date, date],
    policy: Policy,
    as_of: date,
) -> tuple[Considered, ...]:
    """Every score of the measure's instrument with its verdict, by date and score id.

    `before` and `after` are the windows of the episode; at most one score is chosen in each.
    """
    verdicts: list[Considered] = []
    usable: dict[str, list[Record]] = {PREOPERATIVE: [], stratum.timepoint: []}
    for score in scores:
        if score["instrument"] != measure.instrument:
            continue
        window = _place(score["assessed_on"], before, after, stratum.timepoint)
        because = _outside_because(score["assessed_on"], before, after) if window == OUTSIDE else ""
        because = because or _unusable_because(score, window, episode, measure, as_of)
        if because:
            verdicts.append(Considered(score, window, False, because))
        else:
            usable[window].append(score)
    nearest_to = shift(episode.index_date, stratum.nearest_to)
    by_latest, by_policy = _date_preference("latest", nearest_to), _date_preference(policy.postoperative, nearest_to)
    by_leg = measure.instrument == LEG_PAIN
    verdicts += _choose(usable[PREOPERATIVE], PREOPERATIVE, by_latest, by_leg, prefer_high=False)
    verdicts += _choose(usable[stratum.timepoint], stratum.timepoint, by_policy, by_leg, prefer_high=True)
    return tuple(sorted(verdicts, key=lambda c: (c.score["assessed_on"], c.score["score_id"])))


def _place(day: date, before: tuple[date, date], after: tuple[date, date], timepoint: str) -> str:
    if before[0] <= day <= before[1]:
        return PREOPERATIVE
    return timepoint if after[0] <= day <= after[1] else OUTSIDE


def _outside_because(day: date, before: tuple[date, date], after: tuple[date, date]) -> str:
    if day < before[0]:
        return "before_windows"
    return "between_windows" if day < after[0] else "after_windows"


def _unusable_because(score: Record, window: str, episode: Episode, measure: Measure, as_of: date) -> str:
    if score["scale"] not in measure.scales:
        return "scale_not_allowed"
    if score["assessed_on"] > as_of:
        return "assessed_after_as_of"
    if (score.get("recorded_on") or score["assessed_on"]) > as_of:
        return "recorded_after_as_of"
    asked_at, started_at = score.get("assessed_time"), episode.starts_at
    on_the_day = window == PREOPERATIVE and score["assessed_on"] == episode.index_date
    if on_the_day and asked_at and started_at and asked_at >= started_at:
        return "recovery_room"
    return ""


def _date_preference(policy: str, nearest_to: date) -> Callable[[date], tuple[int, int]]:
    """A key under which the best date is the greatest."""
    if policy == NEAREST:
        return lambda day: (-abs((day - nearest_to).days), day.toordinal())
    if policy == EARLIEST:
        return lambda day: (-day.toordinal(), 0)
    return lambda day: (day.toordinal(), 0)


def _choose(
    scores: list[Record],
    window: str,
    date_preference: Callable[[date], tuple[int, int]],
    by_leg: bool,
    *,
    prefer_high: bool,
) -> list[Considered]:
    """The verdicts on the usable scores of one window: by date, then legs, then least favourable, then id."""
    if not scores:
        return []

    def by_value_then_id(score: Record, *, high: bool) -> tuple[Decimal, str]:
        return (-score["value"] if high else score["value"]), score["score_id"]

    best_day = max((score["assessed_on"] for score in scores), key=date_preference)
    left = [score for score in scores if score["assessed_on"] == best_day]
    sided = sorted((s for s in left if by_leg and s.get("side")), key=lambda s: by_value_then_id(s, high=True))
    merged = sided[1:]
    left = sorted((s for s in left if s not in merged), key=lambda s: by_value_then_id(s, high=prefer_high))
    chosen, others = left[0], left[1:]

    decided, against = "only_score", None
    other_days = [score for score in scores if score["assessed_on"] != best_day]
    if other_days:
        decided, against = "by_date", max(other_days, key=lambda s: date_preference(s["assessed_on"]))
    if merged and chosen is sided[0]:
        decided, against = "leg_merged", merged[0]
    if others:
        decided = "smallest_id" if others[0]["value"] == chosen["value"] else "least_favourable"
        against = others[0]
    verdicts = [Considered(chosen, window, True, decided, against)]
    verdicts += [Considered(score, window, False, "other_date", chosen) for score in other_days]
    verdicts += [Considered(score, window, False, "leg_merged", sided[0]) for score in merged]
    for score in others:
        because = "larger_id" if score["value"] == chosen["value"] else "more_favourable"
        verdicts.append(Considered(score, window, False, because, chosen))
    return verdicts
