"""The proof of one episode as values: windows, every candidate score, the arithmetic, the rule, the code.

It narrates from the reference, never from the result table. While a window is open, or has not
opened, its dates are given and never a score to reach (RULES §10).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

from lumbar.as_json import as_json
from lumbar.engine.reference import Judgement, PatientRecords, judge_patient
from lumbar.engine.reference_episode import Episode
from lumbar.errors import UnknownEpisodeError
from lumbar.explain import rule, words
from lumbar.explain.words import day, points, source
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import Cite, PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET, NOT_RECOVERED, OPEN, TIMEPOINTS, UPCOMING

READING = (
    NOT_RECOVERED,
    "Worsening is shown for follow-up whatever the measure says.",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One score of the row's instrument, in points of the instrument's own scale.

    `window` is preoperative, three_month, one_year or outside; `because` says why it was or was not chosen;
    `value_text` is the value as a clinician writes it.
    """

    window: str
    score_id: str
    assessed_on: date
    value: Decimal
    scale: str
    side: str | None
    chosen: bool
    because: str
    value_text: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where one part of a row comes from; `confidence` is certain, likely, unverified or unknown."""

    about: str
    document: str
    section: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class RowProof:
    """The proof of one row of the outcome table; windows count both ends.

    `cite` is the source of the deciding rule, `sources` those of every part of the row. `counterfactual`
    says what would have met a locked result, and is none while the window is open or upcoming.
    """

    instrument: str
    measure_id: str
    timepoint: str
    status: str
    code: str | None
    headline: str
    preoperative_window: tuple[date, date]
    postoperative_window: tuple[date, date]
    candidates: tuple[Candidate, ...]
    arithmetic: str
    rule: str
    cite: str
    counts: str
    counterfactual: str | None
    notes: tuple[str, ...]
    provisional: bool = False
    in_measure: bool = False
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of one episode: why it is one, and a row per instrument and timepoint, in that order."""

    episode_id: str
    patient_id: str
    index_date: date
    kind: str
    as_of: date
    rules: str
    why_an_episode: tuple[str, ...]
    rows: tuple[RowProof, ...]
    reading: tuple[str, ...] = READING

    def __str__(self) -> str:
        from lumbar.explain.text import proof_text

        return proof_text(self)


def prove(
    records: PatientRecords,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    episode_id: str,
    measure_ids: Collection[str] = (),
) -> Proof:
    """The proof of one of the patient's episodes, by the whole year's rules.

    `measure_ids` limits its rows to some measures. Raises UnknownEpisodeError when there is none of that id.
    """
    judgements = judge_patient(records, rules, policy, as_of)
    own = [j for j in judgements if j.episode.episode_id == episode_id]
    if not own:
        raise UnknownEpisodeError(
            "no episode of that id in the result; an id is <patient_id>@<YYYY-MM-DD>, with the date of the procedure"
        )
    own.sort(key=lambda j: (INSTRUMENTS.index(j.measure.instrument), TIMEPOINTS.index(j.stratum.timepoint)))
    episode = own[0].episode
    narrator = _Narrator(records, policy, as_of, judgements)
    return Proof(
        episode_id=episode.episode_id,
        patient_id=episode.patient_id,
        index_date=episode.index_date,
        kind=episode.kind,
        as_of=as_of,
        rules=_rules_in_words(rules, policy),
        why_an_episode=_why_an_episode(episode, rules),
        rows=tuple(narrator.row(j) for j in own if not measure_ids or j.measure.id in measure_ids),
    )


def proof_json(proof: Proof) -> dict[str, Any]:
    """The proof as JSON values: dates as YYYY-MM-DD, points as text so that nothing is rounded."""
    values: dict[str, Any] = orjson.loads(as_json(proof))
    return values


@lru_cache(maxsize=64)
def _rules_in_words(rules: PerformanceYear, policy: Policy) -> str:
    unverified = "counted" if policy.include_unverified_procedures else "left out"
    proxy = "counted" if policy.proxy == "count" else "rejected"
    return (
        f"performance year {rules.year}, rule set {lock_hash(rules)[:12]}; policy: the {policy.postoperative} "
        f"postoperative score counts, proxy answers are {proxy}, unverified procedure codes are {unverified}"
    )


def _why_an_episode(episode: Episode, rules: PerformanceYear) -> tuple[str, ...]:
    cites = [source(p.cite) for p in rules.procedures if p.kind == episode.kind]
    return (*(words.line(verdict, rules) for verdict in episode.lines), *(f"Procedure lists: {c}." for c in cites))


@dataclass(frozen=True, slots=True)
class _Narrator:
    """Puts the judgements of one patient into words."""

    records: PatientRecords
    policy: Policy
    as_of: date
    judgements: list[Judgement]

    def row(self, j: Judgement) -> RowProof:
        deciding, cite = rule.deciding(j, locked=self.locked(j))
        sources = [("rule", cite), *_other_sources(j)]
        return RowProof(
            instrument=j.measure.instrument,
            measure_id=j.measure.id,
            timepoint=j.stratum.timepoint,
            status=j.status,
            code=j.code,
            headline=_headline(j),
            preoperative_window=j.preoperative_window,
            postoperative_window=j.postoperative_window,
            candidates=tuple(
                Candidate(
                    window=c.window,
                    score_id=c.score["score_id"],
                    assessed_on=c.score["assessed_on"],
                    value=c.score["value"],
                    scale=c.score["scale"],
                    side=c.score.get("side"),
                    chosen=c.chosen,
                    because=words.candidate(c, j, self.policy, self.as_of),
                    value_text=points(c.score["value"], j.measure.instrument),
                )
                for c in j.considered
            ),
            arithmetic=rule.arithmetic(j, locked=self.locked(j)),
            rule=deciding,
            cite=source(cite),
            counts=_counts(j),
            counterfactual=self.counterfactual(j) if self.locked(j) and not self.awaited(j) else None,
            notes=self.notes(j),
            provisional=j.provisional,
            in_measure=j.in_measure,
            sources=tuple(Source(about, c.document, c.section, c.confidence, c.note) for about, c in sources),
        )

    def locked(self, j: Judgement) -> bool:
        """Whether the window has closed, so that no later score can change the result."""
        return self.as_of > j.postoperative_window[1]

    def awaited(self, j: Judgement) -> bool:
        """Whether the result of the same instrument that counts for this operation is still to come.

        What would have met this row would be the score to reach there. The rule and the arithmetic of a locked row
        are told: the thresholds are published, and without them nobody sees why it is not met.
        """
        return not j.of_own_kind and any(
            other.of_own_kind and not self.locked(other)
            for other in self.judgements
            if other.episode is j.episode and other.measure.instrument == j.measure.instrument
        )

    def counterfactual(self, j: Judgement) -> str | None:
        """What would have met; none for what is met, excluded, or was missed because the patient had died."""
        if j.status not in (NOT_MET, NOT_ASSESSED) or (j.status == NOT_ASSESSED and self.died_before_close(j)):
            return None
        return rule.would_have_met(j, self.policy)

    def died_before_close(self, j: Judgement) -> bool:
        if "deceased" not in j.flags or self.records.patient is None:
            return False
        died_on = self.records.patient.get("deceased_on")
        return died_on is None or died_on <= j.postoperative_window[1]

    def notes(self, j: Judgement) -> tuple[str, ...]:
        """Flags, worsening first; exclusions considered; codes already reported."""
        notes = [words.flag(name, j, self.judgements) for name in sorted(j.flags, key=lambda f: (f != "worse", f))]
        notes += [words.diagnosis(verdict, j.episode.index_date) for verdict in j.diagnoses]
        notes += [words.same_date(verdict) for verdict in j.same_date]
        if j.measure.same_date_exclusions and not j.same_date:
            confidence = ", ".join(dict.fromkeys(e.cite.confidence for e in j.measure.same_date_exclusions))
            notes.append(f"No other procedure of that date is on the exclusion list (list: {confidence}).")
        if j.measure.exclusions and not j.diagnoses:
            confidence = ", ".join(dict.fromkeys(e.cite.confidence for e in j.measure.exclusions))
            notes.append(f"No diagnosis in these data is on the exclusion lists (lists: {confidence}).")
        where = "at both timepoints" if len(j.measure.strata) > 1 else f"from measure {j.measure.id}"
        notes += [
            f"Exclusion code {report['code']}, reported on {day(report['reported_on'])}: excludes {where}."
            for report in j.reported_exclusions
        ]
        notes += [words.reported(verdict, j) for verdict in j.reported]
        if not j.reported:
            notes.append("No quality-data code of this result is in these data: nothing to compare.")
        return tuple(notes)


def _headline(j: Judgement) -> str:
    opens, closes = j.postoperative_window
    instrument = j.measure.instrument
    if j.status == UPCOMING:
        return f"Upcoming: the window opens on {day(opens)} and closes on {day(closes)}"
    if j.status == OPEN:
        return f"Open: the window closes on {day(closes)}, no score yet"
    if j.status == NOT_ASSESSED:
        return f"Not assessed: the window closed on {day(closes)} without a score; counts as not met"
    if j.status == EXCLUDED:
        causes = [f"{d.exclusion.category}, diagnosis {d.condition['code']}" for d in j.diagnoses if d.excludes]
        causes += [f"{p.exclusion.category}, code {p.line['code']}" for p in j.same_date if p.excludes]
        causes = causes or [f"exclusion code {r['code']} reported" for r in j.reported_exclusions[:1]]
        return f"Excluded: {'; '.join(causes)}"
    after = points(j.postoperative["value"], instrument) if j.postoperative else ""
    result = f"{after} after surgery"
    if j.improvement is not None:
        change = "improved by" if j.improvement >= 0 else "worse by"
        result += f", {change} {points(abs(j.improvement), instrument)}"
    stem = "Met" if j.status == MET else "Not met"
    if j.provisional:
        return f"{stem} so far: {result}; provisional until the window has closed on {day(closes)}"
    return f"{stem}: {result}"


def _other_sources(j: Judgement) -> list[tuple[str, Cite]]:
    sources = [
        ("preoperative window", j.measure.preoperative.cite),
        ("postoperative window", j.stratum.postoperative.cite),
        ("identification period and age", j.own_stratum.period.cite),
    ]
    return [*sources, ("code", j.stratum.codes.cite)] if j.code else sources


def _counts(j: Judgement) -> str:
    period, own = j.own_stratum.period, j.own_stratum
    if j.not_in_measure_because is None:
        counts = "as not met " if j.status == NOT_ASSESSED else ""
        stratum = f", stratum {own.name}" if own.submitted_alone else ""
        return f"Yes: it counts {counts}in measure {j.measure.id}{stratum}."
    because = {
        "outside_identification_period": (
            f"the procedure lies outside the identification period, {words.span((period.starts_on, period.ends_on))}"
        ),
        "age_unknown": (
            f"the date of birth is not known; the patient must be {period.minimum_age_years} on {day(period.age_on)}"
        ),
        "under_18": f"the patient was younger than {period.minimum_age_years} on {day(period.age_on)}",
        "other_stratum": _other_stratum(j),
        "excluded": "excluded from the denominator",
    }[j.not_in_measure_because]
    return f"No: {because}."


def _other_stratum(j: Judgement) -> str:
    own = j.own_stratum
    if own.kind == j.episode.kind:
        return f"the measure judges a {words.KIND[j.episode.kind]} {words.AT[own.timepoint]}"
    return f"measure {j.measure.id} of {j.measure.year} judges only a {words.KIND[own.kind]}"
