"""The words of a proof: dates, points, and each reason of the reference as a phrase a clinician reads."""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from lumbar.engine.reference import Judgement, ReportedVerdict
from lumbar.engine.reference_dates import shift
from lumbar.engine.reference_episode import LineVerdict, Record, entries_of
from lumbar.engine.reference_exclusions import DiagnosisVerdict, ProcedureVerdict
from lumbar.engine.reference_scores import PREOPERATIVE, Considered
from lumbar.measures.model import Cite, PerformanceYear
from lumbar.measures.policy import EARLIEST, NEAREST, Policy
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI, SCALES
from lumbar.tables.results import DISCECTOMY, FLAGS, FUSION, ONE_YEAR, THREE_MONTH

MINUS = "\N{MINUS SIGN}"
INSTRUMENT = {BACK_PAIN: "back pain", LEG_PAIN: "leg pain", ODI: "ODI"}
KIND = {DISCECTOMY: "discectomy or laminectomy", FUSION: "fusion"}
AT = {THREE_MONTH: "at three months", ONE_YEAR: "at one year"}
WINDOW = {PREOPERATIVE: "preoperative window", THREE_MONTH: "three-month window", ONE_YEAR: "one-year window"}
_CONVERTED = {Decimal("0.1"): ", divided by 10", Decimal(2): ", doubled"}
SCALE = {scale.name: scale.meaning + _CONVERTED.get(scale.to_instrument, "") for scale in SCALES}
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@lru_cache(maxsize=4096)
def day(on: date) -> str:
    """A date as `12 February 2025`."""
    return f"{on.day} {_MONTHS[on.month - 1]} {on.year}"


def span(window: tuple[date, date]) -> str:
    """A window as `12 February 2025 to 20 May 2025, both days counted`."""
    return f"{day(window[0])} to {day(window[1])}, both days counted"


@lru_cache(maxsize=2048)
def points(value: Decimal, instrument: str) -> str:
    """Points with the decimals the instrument is spoken of with, and no zeros after them: 8.0, 3.25; 46 for ODI."""
    least = 0 if instrument == ODI else 1
    whole, _, decimals = f"{abs(value):f}".partition(".")
    decimals = decimals.rstrip("0").ljust(least, "0")
    sign = MINUS if value < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def source(cite: Cite) -> str:
    """A citation with its confidence: `CQM 459 (2026), Numerator: certain`."""
    note = f" ({cite.note})" if cite.note else ""
    return f"{cite.document}, {cite.section}: {cite.confidence}{note}"


def line(verdict: LineVerdict, rules: PerformanceYear) -> str:
    """Why a procedure line does or does not start the episode."""
    record, listed = verdict.line, verdict.code_list
    system, code = record.get("system"), record.get("code")
    name = f"Line {record['procedure_id']}, {str(system or 'no code system').upper()} {code or 'without a code'}"
    if record.get("modifiers"):
        name += f" with modifier {record['modifiers']}"
    notes = [entry.note for entry in entries_of(rules.year, listed, system, code) if entry.note]
    return f"{name}{f' ({notes[0]})' if notes else ''}: {_line_because(verdict, rules)}."


def _line_because(verdict: LineVerdict, rules: PerformanceYear) -> str:
    listed = verdict.code_list.removeprefix("procedure_").replace("_", " ")
    meanings = [
        entry.note
        for rule in rules.modifiers
        for entry in entries_of(rules.year, rule.code_list, "modifier", verdict.modifier)
    ]
    modifier = f"modifier {verdict.modifier} is {', '.join(meanings)}"
    return {
        "qualifies": f"{KIND.get(verdict.kind or '', verdict.kind)}; it starts the episode",
        "not_the_surgeon": f"not the surgeon's own line, {modifier}; it starts no episode",
        "no_episode": f"{modifier}; it starts no episode",
        "unverified": "a candidate of unverified standing, which the policy leaves out; it starts no episode",
        "not_valid": f"on the list '{listed}', but not in force on that date; it starts no episode",
        "other_list": f"on the list '{listed}', which never starts an episode",
        "unlisted": "not on the lists of lumbar procedures; it starts no episode",
    }[verdict.because]


def diagnosis(verdict: DiagnosisVerdict, index_date: date) -> str:
    """Why a diagnosis on an exclusion list does or does not exclude."""
    condition, within = verdict.condition, verdict.exclusion.onset_within_days
    onset_on, abated_on = condition.get("onset_on"), condition.get("abated_on")
    because = {
        "excludes": f"active on {day(index_date)}: excludes",
        "not_valid": "does not exclude: the code is not in force on that date",
        "recorded_later": "does not exclude: it was recorded after the as-of date",
        "not_confirmed": f"does not exclude: recorded as {condition.get('verification')}",
        "begins_later": "does not exclude: it began after the procedure",
        "abated": f"does not exclude: it ended on {day(abated_on)}, before the procedure" if abated_on else "",
        "onset_unknown": f"does not exclude: its onset is not known, and only one in the {within} days before counts",
        "onset_too_early": f"does not exclude: its onset is more than {within} days before the procedure",
    }[verdict.because]
    onset = f", onset {day(onset_on)}" if onset_on else ""
    return f"Diagnosis {condition['code']} ({verdict.exclusion.category}{onset}) {because}."


def same_date(verdict: ProcedureVerdict) -> str:
    """Why another procedure of the index date does or does not exclude."""
    line = verdict.line
    because = {
        "excludes": "excludes",
        "not_valid": "does not exclude: the code is not in force on that date",
        "not_done": "does not exclude: its modifier says that it was discontinued, or management alone",
    }[verdict.because]
    return f"Line {line['procedure_id']}, code {line['code']} ({verdict.exclusion.category} on that date): {because}."


def reported(verdict: ReportedVerdict, judged: Judgement) -> str:
    """A code already in the data, beside ours."""
    stem = f"Code {verdict.report['code']}, reported on {day(verdict.report['reported_on'])},"
    if verdict.chosen:
        if judged.code is None:
            return f"{stem} stands in the data; these rules give no code yet."
        if verdict.report["code"] == judged.code:
            return f"{stem} agrees with ours."
        return f"{stem} differs: these rules give {judged.code}."
    because = {
        "after_as_of": "after the as-of date",
        "outside_window": f"dated outside the {WINDOW[judged.stratum.timepoint]}",
        "earlier_date": "a later one counts",
        "larger_code": "another code of the same date comes first",
    }[verdict.because]
    return f"{stem} is not compared: {because}."


def candidate(c: Considered, judged: Judgement, policy: Policy, as_of: date) -> str:
    """Why a score was or was not chosen: `chosen, …` or `not chosen, …`."""
    if c.chosen:
        return f"chosen: {_chosen_because(c, judged, policy)}"
    return f"not chosen: {_not_chosen_because(c, judged, policy, as_of)}"


def _chosen_because(c: Considered, judged: Judgement, policy: Policy) -> str:
    rival = points(c.against["value"], judged.measure.instrument) if c.against else ""
    side = "lowest before surgery" if c.window == PREOPERATIVE else "highest after it"
    one_leg = c.against is not None and c.score.get("side") == c.against.get("side")
    legs = "one leg scored twice on one date counts once" if one_leg else "left and right on one date are one leg score"
    return {
        "only_score": f"the only usable score in the {WINDOW[c.window]}",
        "by_date": f"{_preferred_date(c.window, judged, policy)} in the {WINDOW[c.window]}",
        "leg_merged": f"{legs}, the higher; the other is {rival}",
        "least_favourable": f"of the scores of that date the least favourable to the target, the {side}",
        "smallest_id": "of equal scores of that date, the smallest score id",
    }[c.because]


def _preferred_date(window: str, judged: Judgement, policy: Policy) -> str:
    if window == PREOPERATIVE or policy.postoperative not in (EARLIEST, NEAREST):
        return "the latest date"
    if policy.postoperative == EARLIEST:
        return "the earliest date"
    return f"the date nearest to {day(shift(judged.episode.index_date, judged.stratum.nearest_to))}"


def _not_chosen_because(c: Considered, judged: Judgement, policy: Policy, as_of: date) -> str:
    if c.against is not None:
        return _lost_to(c, c.against, judged, policy)
    after = WINDOW[judged.stratum.timepoint]
    opens, closes = judged.postoperative_window
    unknown = f"after the as-of date {day(as_of)}, so not yet known"
    recorded_on = c.score.get("recorded_on") or c.score["assessed_on"]
    asked_at, started_at = clock(c.score.get("assessed_time")), clock(judged.episode.starts_at)
    return {
        "before_windows": f"before the preoperative window, which opens on {day(judged.preoperative_window[0])}",
        "between_windows": f"before the {after}, which opens on {day(opens)}",
        "after_windows": f"after the {after}, which closes on {day(closes)}",
        "scale_not_allowed": f"measure {judged.measure.id} of {judged.measure.year} does not use this scale",
        "assessed_after_as_of": unknown,
        "recorded_after_as_of": f"recorded on {day(recorded_on)}, {unknown}",
        "recovery_room": f"taken at {asked_at}, at or after the procedure's time {started_at}: "
        "a recovery-room score is no baseline",
    }[c.because]


def _lost_to(c: Considered, rival: Record, judged: Judgement, policy: Policy) -> str:
    value = points(rival["value"], judged.measure.instrument)
    which_leg = "the same leg" if c.score.get("side") == rival.get("side") else "the other leg"
    equal = c.score["value"] == rival["value"]
    if c.because == "other_date":
        return _other_date(c, rival["assessed_on"], judged, policy)
    if c.because == "leg_merged" and equal:
        return f"{which_leg} has the same value that date; the smaller score id stands for both"
    return {
        "leg_merged": f"{which_leg} is higher that date, {value}; the higher is the leg-pain score",
        "more_favourable": f"same date, but more favourable to the target than {value}",
        "larger_id": "same date and value; the smaller score id counts",
    }[c.because]


def _other_date(c: Considered, chosen_on: date, judged: Judgement, policy: Policy) -> str:
    assessed_on = c.score["assessed_on"]
    if c.window != PREOPERATIVE and policy.postoperative == NEAREST:
        nearest_to = shift(judged.episode.index_date, judged.stratum.nearest_to)
        away, chosen_away = abs((assessed_on - nearest_to).days), abs((chosen_on - nearest_to).days)
        if away == chosen_away:
            return f"as near to {day(nearest_to)} as {day(chosen_on)}; the later date counts"
        return f"{n_days(away)} from {day(nearest_to)}, but {day(chosen_on)} is {n_days(chosen_away)} from it"
    return "an earlier date" if assessed_on < chosen_on else "a later date"


def n_days(n: int) -> str:
    """A number of days: `1 day`, `40 days`."""
    return f"{n} day" if n == 1 else f"{n} days"


def clock(time: str | None) -> str:
    """A local clock time, its seconds left out when they are zero."""
    return (time or "").removesuffix(":00") if (time or "").count(":") == 2 else (time or "")


def flag(name: str, judged: Judgement, others: list[Judgement]) -> str:
    """A flag of the row, in words, with what it points at; `others` are all judgements of the patient."""
    text = f"{name.replace('_', ' ').capitalize().replace('nrs', 'NRS')}: {FLAGS[name]}"
    instrument = judged.measure.instrument
    if name == "worse" and judged.improvement is not None:
        by = points(-judged.improvement, instrument)
        return f"Worse by {by} points: look at this patient, whatever the measure says."
    if name == "responder" and judged.improvement is not None:
        by = points(judged.improvement, instrument)
        return f"Responder: better by {by} points, a clinical reading beside the measure."
    if name == "deceased":
        return f"{text}; contact nobody."
    if name == "operated_again":
        until = judged.postoperative["assessed_on"] if judged.postoperative else judged.postoperative_window[1]
        dates = {j.episode.index_date for j in others}
        later = [day(d) for d in sorted(dates) if judged.episode.index_date < d <= until]
        return f"{text}: {', '.join(later)}."
    if name == "shared_score" and judged.postoperative:
        score_id = judged.postoperative["score_id"]
        sharing = {j.episode.episode_id for j in others if j.postoperative and j.postoperative["score_id"] == score_id}
        return f"{text}: {', '.join(sorted(sharing - {judged.episode.episode_id}))}."
    return f"{text}."
