"""The rules of one performance year over one patient, in slow and plain Python.

This is the oracle the engines are tested against, and what `explain` narrates from. It shares the
measure values and code lists with the engines and no logic: it does its own date arithmetic and
decimals throughout. Beside every result stands the trace: what was looked at, and why it did or did
not count. Reasons are short names here; `explain` puts them into words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from lumbar.engine.reference_dates import add_months, window_of
from lumbar.engine.reference_episode import Episode, PatientRecords, Record, entries_of, episodes_of
from lumbar.engine.reference_exclusions import DiagnosisVerdict, Exclusions, ProcedureVerdict, exclusions_of
from lumbar.engine.reference_scores import PREOPERATIVE, Considered, consider
from lumbar.measures.model import BothScores, Measure, PerformanceYear, Stratum
from lumbar.measures.policy import Policy
from lumbar.statistics.intervals import wilson
from lumbar.tables.clinical import INTERVIEWER, NRS, ODI, SCALES
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET, OPEN, OUTCOME, OVERALL, UPCOMING

__all__ = ["Judgement", "PatientRecords", "judge_patient", "rate_rows"]

ASKED_BY_A_PERSON = ("phone", "interview")
_FAMILY = {scale.name: scale.family for scale in SCALES}


@dataclass(frozen=True, slots=True)
class ReportedVerdict:
    """Whether a reported code of this row's four is the one compared.

    `because` is compared, after_as_of, outside_window, earlier_date or larger_code.
    """

    report: Record
    chosen: bool
    because: str


@dataclass(slots=True)
class Judgement:
    """One row of `outcome` and its trace. Windows count both ends; scores are points."""

    episode: Episode
    measure: Measure
    stratum: Stratum
    preoperative_window: tuple[date, date]
    postoperative_window: tuple[date, date]
    preoperative: Record | None
    postoperative: Record | None
    improvement: Decimal | None
    status: str
    provisional: bool
    code: str | None
    not_in_measure_because: str | None
    flags: set[str]
    reported_code: str | None
    considered: tuple[Considered, ...]
    diagnoses: tuple[DiagnosisVerdict, ...]
    same_date: tuple[ProcedureVerdict, ...]
    reported_exclusions: tuple[Record, ...]
    reported: tuple[ReportedVerdict, ...]
    own_stratum: Stratum

    @property
    def in_measure(self) -> bool:
        return self.not_in_measure_because is None

    @property
    def of_own_kind(self) -> bool:
        """Whether the measure judges this kind of operation at this timepoint."""
        return self.stratum.kind == self.episode.kind

    def row(self) -> Record:
        """The row of the outcome table, its columns in order."""
        before, after = self.preoperative or {}, self.postoperative or {}
        agrees = None if self.reported_code is None or self.code is None else self.reported_code == self.code
        values = {
            "episode_id": self.episode.episode_id,
            "patient_id": self.episode.patient_id,
            "index_date": self.episode.index_date,
            "kind": self.episode.kind,
            "surgeon_npi": self.episode.surgeon_npi,
            "payer": self.episode.payer,
            "instrument": self.measure.instrument,
            "measure_id": self.measure.id,
            "timepoint": self.stratum.timepoint,
            "window_opens": self.postoperative_window[0],
            "window_closes": self.postoperative_window[1],
            "preoperative_score": before.get("value"),
            "preoperative_on": before.get("assessed_on"),
            "preoperative_score_id": before.get("score_id"),
            "postoperative_score": after.get("value"),
            "postoperative_on": after.get("assessed_on"),
            "postoperative_score_id": after.get("score_id"),
            "improvement": self.improvement,
            "status": self.status,
            "provisional": self.provisional,
            "code": self.code,
            "in_measure": self.in_measure,
            "not_in_measure_because": self.not_in_measure_because,
            "flags": " ".join(sorted(self.flags)),
            "reported_code": self.reported_code,
            "reported_agrees": agrees,
        }
        return {name: values[name] for name in OUTCOME.column_names}


def judge_patient(records: PatientRecords, rules: PerformanceYear, policy: Policy, as_of: date) -> list[Judgement]:
    """Every episode of the patient judged: one per episode, instrument and timepoint, in that order as text.

    Nothing dated or recorded after `as_of` is known.
    """
    judgements = []
    for episode in episodes_of(records, rules, policy, as_of):
        for measure in rules.measures:
            exclusions = exclusions_of(records, episode, measure, rules, as_of)
            judgements += [
                _judge(records, episode, measure, stratum, exclusions, rules=rules, policy=policy, as_of=as_of)
                for stratum in measure.strata
            ]
    _flag_across_episodes(judgements)
    return sorted(judgements, key=lambda j: (j.episode.episode_id, j.measure.instrument, j.stratum.timepoint))


def _judge(
    records: PatientRecords,
    episode: Episode,
    measure: Measure,
    stratum: Stratum,
    exclusions: Exclusions,
    *,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
) -> Judgement:
    day = episode.index_date
    of_instrument = (s for m in rules.measures if m.instrument == measure.instrument for s in m.strata)
    own = next((s for s in of_instrument if s.kind == episode.kind), stratum)
    windows = window_of(day, measure.preoperative), window_of(day, stratum.postoperative)
    opens, closes = windows[1]
    considered = consider(
        records.scores, episode, measure, stratum, before=windows[0], after=windows[1], policy=policy, as_of=as_of
    )
    before = next((c.score for c in considered if c.chosen and c.window == PREOPERATIVE), None)
    after = next((c.score for c in considered if c.chosen and c.window == stratum.timepoint), None)
    improvement = before["value"] - after["value"] if before and after else None
    if exclusions.by_record or exclusions.reported:
        status = EXCLUDED
    elif after:
        status = MET if _target_met(measure, after, improvement) else NOT_MET
    elif as_of < opens:
        status = UPCOMING
    else:
        status = OPEN if as_of <= closes else NOT_ASSESSED
    flags = set(episode.flags) | _flags(measure, before, after, improvement=improvement, status=status, policy=policy)
    if exclusions.reported and not exclusions.by_record:
        flags.add("exclusion_reported_only")
    reported = _reported_verdicts(records.reported_codes, stratum, opens, closes, as_of)
    codes = stratum.codes
    code_of = {MET: codes.met, NOT_MET: codes.not_met, NOT_ASSESSED: codes.not_assessed, EXCLUDED: codes.excluded}
    return Judgement(
        episode=episode,
        measure=measure,
        stratum=stratum,
        preoperative_window=windows[0],
        postoperative_window=windows[1],
        preoperative=before,
        postoperative=after,
        improvement=improvement,
        status=status,
        provisional=status in (MET, NOT_MET) and as_of <= closes,
        code=_in_force(code_of.get(status), rules),
        not_in_measure_because=_not_in_measure_because(records.patient, episode, stratum, own, status),
        flags=flags,
        reported_code=next((str(v.report["code"]) for v in reported if v.chosen), None),
        considered=considered,
        diagnoses=exclusions.diagnoses,
        same_date=exclusions.same_date,
        reported_exclusions=exclusions.reported,
        reported=reported,
        own_stratum=own,
    )


def _target_met(measure: Measure, after: Record, improvement: Decimal | None) -> bool:
    """Whether a postoperative score meets what the year asks for."""
    if isinstance(measure.target, BothScores):
        return improvement is not None
    by_score = after["value"] <= measure.target.at_most
    return by_score or (improvement is not None and improvement >= measure.target.improved_by)


def _in_force(code: str | None, rules: PerformanceYear) -> str | None:
    """The code when it was in force on some day of the performance year, else none."""
    if code is None:
        return None
    first, last = date(rules.year, 1, 1), date(rules.year, 12, 31)
    for entry in entries_of(rules.year, rules.quality_data_code_list, "hcpcs", code):
        if (entry.valid_to or last) >= first and (entry.valid_from or first) <= last:
            return code
    return None


def _reported_verdicts(
    reports: list[Record], stratum: Stratum, opens: date, closes: date, as_of: date
) -> tuple[ReportedVerdict, ...]:
    """The reported codes among the row's four: the latest that is known and fits is compared."""
    codes = stratum.codes
    verdicts, fitting = [], []
    for report in sorted(reports, key=lambda r: (r["reported_on"], r["code"])):
        code, on = report["code"], report["reported_on"]
        if code not in (codes.met, codes.not_met, codes.not_assessed, codes.excluded):
            continue
        if on > as_of:
            verdicts.append(ReportedVerdict(report, False, "after_as_of"))
        elif on > closes or (on < opens and code != codes.excluded):
            verdicts.append(ReportedVerdict(report, False, "outside_window"))
        else:
            fitting.append(report)
    if fitting:
        last_on = max(report["reported_on"] for report in fitting)
        of_last_day = [report for report in fitting if report["reported_on"] == last_on]
        verdicts.append(ReportedVerdict(of_last_day[0], True, "compared"))
        verdicts += [ReportedVerdict(report, False, "larger_code") for report in of_last_day[1:]]
        verdicts += [ReportedVerdict(r, False, "earlier_date") for r in fitting if r["reported_on"] < last_on]
    return tuple(verdicts)


def _not_in_measure_because(
    patient: Record | None, episode: Episode, stratum: Stratum, own: Stratum, status: str
) -> str | None:
    """The first reason the row does not count; period and age are those of the kind's own stratum."""
    period = own.period
    if not period.starts_on <= episode.index_date <= period.ends_on:
        return "outside_identification_period"
    birth_date = patient.get("birth_date") if patient else None
    if birth_date is None:
        return "age_unknown"
    if add_months(birth_date, 12 * period.minimum_age_years) > period.age_on:
        return "under_18"
    if stratum.kind != episode.kind:
        return "other_stratum"
    return "excluded" if status == EXCLUDED else None


def _flags(
    measure: Measure,
    before: Record | None,
    after: Record | None,
    *,
    improvement: Decimal | None,
    status: str,
    policy: Policy,
) -> set[str]:
    """The flags the chosen scores and the status give."""
    chosen = [score for score in (before, after) if score]
    target = measure.target
    at_most = None if isinstance(target, BothScores) else target.at_most
    is_odi = measure.instrument == ODI
    responder = policy.responder_odi if is_odi else policy.responder_pain
    worse = policy.worse_odi if is_odi else policy.worse_pain
    stated = {
        "no_preoperative_score": before is None and after is not None and (at_most is None or after["value"] > at_most),
        "preoperative_at_target": before is not None and at_most is not None and before["value"] <= at_most,
        "mixed_scales": {_FAMILY[score["scale"]] for score in chosen} == {"visual", "numeric"},
        "fractional_nrs": any(s["scale"] == NRS.name and s["value"] != s["value"].to_integral_value() for s in chosen),
        "phone_or_interview": any(
            s.get("mode") in ASKED_BY_A_PERSON or s.get("respondent") == INTERVIEWER for s in chosen
        ),
    }
    if improvement is not None:
        stated["met_but_worse"] = status == MET and improvement < 0
        stated["better_but_not_met"] = status == NOT_MET and improvement > 0
        stated["responder"] = improvement >= responder
        stated["worse"] = improvement <= -worse
    return {flag for flag, holds in stated.items() if holds}


def _flag_across_episodes(judgements: list[Judgement]) -> None:
    """Adds operated_again and shared_score, which need all episodes of the patient."""
    index_dates = {j.episode.index_date for j in judgements}
    for judged in judgements:
        until = judged.postoperative["assessed_on"] if judged.postoperative else judged.postoperative_window[1]
        if any(judged.episode.index_date < day <= until for day in index_dates):
            judged.flags.add("operated_again")
        if judged.postoperative:
            score_id = judged.postoperative["score_id"]
            sharing = {
                j.episode.episode_id
                for j in judgements
                if j.postoperative is not None and j.postoperative["score_id"] == score_id
            }
            if len(sharing) > 1:
                judged.flags.add("shared_score")


# ---- the rates


def rate_rows(outcome_rows: Iterable[Record], rules: PerformanceYear) -> list[Record]:
    """The rate table: a row per measure and stratum, then `overall`, measures by id as text. Fractions 0-1."""
    rows = list(outcome_rows)
    rates = []
    for measure in sorted(rules.measures, key=lambda m: m.id):
        overall: dict[str, int] = {}
        for stratum in measure.strata:
            counts = _counts(rows, measure, stratum)
            overall = {name: overall.get(name, 0) + n for name, n in counts.items()}
            if stratum.submitted_alone:
                rates.append(_rate_row(measure.id, stratum.name, counts))
        rates.append({**_rate_row(measure.id, OVERALL, overall), "mean_change": _mean_change(rows, measure)})
    return rates


def _mean_change(rows: list[Record], measure: Measure) -> float | None:
    """The average improvement of the measure's rows with both scores, in points; none in years with a target."""
    changes = [
        row["improvement"]
        for row in rows
        if row["measure_id"] == measure.id and row["in_measure"] and row["status"] == MET
    ]
    if not changes or not isinstance(measure.target, BothScores):
        return None
    return float(Fraction(sum(changes)) / len(changes))


def _counts(rows: list[Record], measure: Measure, stratum: Stratum) -> dict[str, int]:
    own = [
        row
        for row in rows
        if row["measure_id"] == measure.id and row["timepoint"] == stratum.timepoint and row["kind"] == stratum.kind
    ]
    statuses = [row["status"] for row in own if row["in_measure"]]
    return {
        "eligible": len(statuses),
        "met": statuses.count(MET),
        "not_met": statuses.count(NOT_MET) + statuses.count(NOT_ASSESSED),
        "not_assessed": statuses.count(NOT_ASSESSED),
        "excluded": sum(row["not_in_measure_because"] == "excluded" for row in own),
        "open": statuses.count(OPEN),
        "upcoming": statuses.count(UPCOMING),
    }


def _rate_row(measure_id: str, stratum: str, counts: dict[str, int]) -> Record:
    met, missing = counts["met"], counts["not_assessed"]
    decided = met + counts["not_met"]
    low, high = wilson(met, decided) if decided else (None, None)
    return {
        "measure_id": measure_id,
        "stratum": stratum,
        **counts,
        "rate": met / decided if decided else None,
        "rate_low": low,
        "rate_high": high,
        "bound_low": met / decided if decided else None,
        "bound_high": (met + missing) / decided if decided else None,
        "response_rate": (decided - missing) / decided if decided else None,
        "mean_change": None,
    }
