"""What excludes an episode from a measure, in the reference: RULES §6."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lumbar.engine.reference_dates import shift
from lumbar.engine.reference_episode import Episode, PatientRecords, Record, entries_of, was_not_done
from lumbar.measures.model import Exclusion, Measure, PerformanceYear, SameDateExclusion, days

NOT_A_DIAGNOSIS = ("refuted", "provisional", "differential")


@dataclass(frozen=True, slots=True)
class DiagnosisVerdict:
    """Whether a diagnosis whose code is on a list of exclusions excludes.

    `because` is excludes, not_valid, recorded_later, not_confirmed, begins_later, abated, onset_unknown or
    onset_too_early.
    """

    condition: Record
    exclusion: Exclusion
    excludes: bool
    because: str


@dataclass(frozen=True, slots=True)
class ProcedureVerdict:
    """A procedure line of the index date on a list of same-date exclusions.

    `because` is excludes, not_valid (not in force that day) or not_done (discontinued, or management alone).
    """

    line: Record
    exclusion: SameDateExclusion
    excludes: bool
    because: str


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What may exclude an episode from a measure, at both timepoints alike."""

    diagnoses: tuple[DiagnosisVerdict, ...]
    same_date: tuple[ProcedureVerdict, ...]
    reported: tuple[Record, ...]

    @property
    def by_record(self) -> bool:
        """Whether a diagnosis or a line of the index date excludes, whatever was reported."""
        return any(d.excludes for d in self.diagnoses) or any(p.excludes for p in self.same_date)


def exclusions_of(
    records: PatientRecords, episode: Episode, measure: Measure, rules: PerformanceYear, as_of: date
) -> Exclusions:
    """The diagnoses, lines of the index date and reported codes that bear on one measure; known on the as-of date."""
    day = episode.index_date
    last_close = max(shift(day, s.postoperative.closes) for s in measure.strata)
    codes = {s.codes.excluded for s in measure.strata}
    reported = (
        report
        for report in sorted(records.reported_codes, key=lambda r: (r["reported_on"], r["code"]))
        if report["code"] in codes and report["reported_on"] <= min(last_close, as_of)
    )
    return Exclusions(
        diagnoses=tuple(_diagnosis_verdicts(records.conditions, measure, rules.year, day, as_of)),
        same_date=tuple(_same_date_verdicts(episode, measure, rules)),
        reported=tuple(reported),
    )


def _diagnosis_verdicts(
    conditions: list[Record], measure: Measure, year: int, day: date, as_of: date
) -> Iterator[DiagnosisVerdict]:
    """The diagnoses whose code is on one of the measure's lists, in the order of the condition id."""
    for condition in sorted(conditions, key=lambda c: str(c["condition_id"])):
        for exclusion in measure.exclusions:
            entries = entries_of(year, exclusion.code_list, condition["system"], condition["code"])
            if entries:
                valid = any(entry.valid_on(day) for entry in entries)
                because = _diagnosis_because(condition, exclusion, day, as_of) if valid else "not_valid"
                yield DiagnosisVerdict(condition, exclusion, because == "excludes", because)


def _same_date_verdicts(episode: Episode, measure: Measure, rules: PerformanceYear) -> Iterator[ProcedureVerdict]:
    """The lines of the index date that are on one of the measure's lists, in the order of the procedure id."""
    for verdict in episode.lines:
        line = verdict.line
        for exclusion in measure.same_date_exclusions:
            entries = entries_of(rules.year, exclusion.code_list, line.get("system"), line.get("code"))
            if entries:
                valid = any(entry.valid_on(episode.index_date) for entry in entries)
                because = "excludes" if valid else "not_valid"
                because = "not_done" if valid and was_not_done(line, rules) else because
                yield ProcedureVerdict(line, exclusion, because == "excludes", because)


def _diagnosis_because(condition: Record, exclusion: Exclusion, day: date, as_of: date) -> str:
    onset_on, abated_on = condition.get("onset_on"), condition.get("abated_on")
    if (condition.get("recorded_on") or as_of) > as_of:
        return "recorded_later"
    if condition.get("verification") in NOT_A_DIAGNOSIS:
        return "not_confirmed"
    if onset_on is not None and onset_on > day:
        return "begins_later"
    if abated_on is not None and abated_on < day:
        return "abated"
    return _age_because(onset_on, exclusion, day)


def _age_because(onset_on: date | None, exclusion: Exclusion, day: date) -> str:
    if exclusion.onset_within_days is not None:
        if onset_on is None:
            return "onset_unknown"
        if onset_on < shift(day, days(-exclusion.onset_within_days)):
            return "onset_too_early"
    return "excludes"
