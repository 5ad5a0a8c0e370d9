"""Which procedure lines start an episode, in the reference: RULES §1 and §6."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from lumbar.codelists import Entry, code_list, code_list_names
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.results import FUSION

Record = dict[str, Any]  # one row of a clinical table: column name to text, date, Decimal, bool or None


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """Whether a procedure line starts an episode.

    `because` is qualifies, unlisted, other_list, unverified, not_valid, not_the_surgeon or
    no_episode; `code_list` is the list the code was found on, `modifier` the one that refused the line.
    """

    line: Record
    starts: bool
    kind: str | None
    because: str
    code_list: str
    modifier: str = ""


@dataclass(frozen=True, slots=True)
class Episode:
    """One patient and one date with a qualifying line; `starts_at` is the earliest known clock time of those."""

    episode_id: str
    patient_id: str
    index_date: date
    kind: str
    surgeon_npi: str | None
    payer: str
    starts_at: str | None
    flags: frozenset[str]
    lines: tuple[LineVerdict, ...]


@dataclass(frozen=True, slots=True)
class PatientRecords:
    """Every accepted clinical row of one patient; scores are on the instrument's own scale, in points."""

    patient: Record | None
    procedures: list[Record] = field(default_factory=list)
    scores: list[Record] = field(default_factory=list)
    conditions: list[Record] = field(default_factory=list)
    coverages: list[Record] = field(default_factory=list)
    reported_codes: list[Record] = field(default_factory=list)


def episodes_of(records: PatientRecords, rules: PerformanceYear, policy: Policy, as_of: date) -> list[Episode]:
    """The patient's episodes known on the as-of date, by index date; every line of the date has its verdict."""
    days = sorted({line["performed_on"] for line in records.procedures if line["performed_on"] <= as_of})
    episodes = []
    for day in days:
        lines = sorted(
            (x for x in records.procedures if x["performed_on"] == day), key=lambda x: str(x["procedure_id"])
        )
        verdicts = tuple(_line_verdict(line, rules, policy) for line in lines)
        qualifying = [verdict for verdict in verdicts if verdict.starts]
        if qualifying:
            episodes.append(_episode(records, day, qualifying, verdicts, rules=rules, as_of=as_of))
    return episodes


def _episode(
    records: PatientRecords,
    day: date,
    qualifying: list[LineVerdict],
    verdicts: tuple[LineVerdict, ...],
    *,
    rules: PerformanceYear,
    as_of: date,
) -> Episode:
    first = qualifying[0].line  # smallest procedure id: the lines are sorted
    times = [v.line["performed_time"] for v in qualifying if v.line.get("performed_time")]
    flags = {
        rule.flag
        for rule in rules.modifiers
        if rule.effect == "flag" and any(_modifier_of(rules, rule.code_list, v.line) for v in qualifying)
    }
    if _known_dead(records.patient, as_of):
        flags.add("deceased")
    return Episode(
        episode_id=f"{first['patient_id']}@{day.isoformat()}",
        patient_id=first["patient_id"],
        index_date=day,
        kind=FUSION if any(v.kind == FUSION for v in qualifying) else str(qualifying[0].kind),
        surgeon_npi=first.get("surgeon_npi"),
        payer=_payer(records.coverages, day),
        starts_at=min(times, default=None),
        flags=frozenset(flags),
        lines=verdicts,
    )


def _line_verdict(line: Record, rules: PerformanceYear, policy: Policy) -> LineVerdict:
    kind, because, name = _kind_of_code(line, rules, policy)
    if kind is None:
        return LineVerdict(line, False, None, because, name)
    for rule in rules.modifiers:
        modifier = _modifier_of(rules, rule.code_list, line)
        if modifier and rule.effect != "flag":
            return LineVerdict(line, False, kind, rule.effect, name, modifier)
    return LineVerdict(line, True, kind, "qualifies", name)


def was_not_done(line: Record, rules: PerformanceYear) -> bool:
    """Whether a modifier says that the line's procedure was not done: discontinued, or management alone."""
    return any(rule.effect == "no_episode" and _modifier_of(rules, rule.code_list, line) for rule in rules.modifiers)


def _kind_of_code(line: Record, rules: PerformanceYear, policy: Policy) -> tuple[str | None, str, str]:
    """The kind of operation the line's code stands for, or None with the reason and the list that gave it."""
    system, code, day = line.get("system"), line.get("code"), line["performed_on"]
    refusal = ("unlisted", "")
    for procedures in rules.procedures:
        for name, counts in (
            (procedures.code_list, True),
            (procedures.unverified_code_list, policy.include_unverified_procedures),
        ):
            entries = entries_of(rules.year, name, system, code)
            if counts and any(entry.valid_on(day) for entry in entries):
                return procedures.kind, "qualifies", name
            if entries:
                refusal = ("not_valid" if counts else "unverified", name)
    if refusal[0] == "unlisted":
        for name in _procedure_lists(rules.year):
            if entries_of(rules.year, name, system, code):
                refusal = ("other_list", name)
    return None, *refusal


def _modifier_of(rules: PerformanceYear, list_name: str, line: Record) -> str | None:
    """The first modifier of the line that is on the list."""
    for modifier in (line.get("modifiers") or "").upper().split():
        if entries_of(rules.year, list_name, "modifier", modifier):
            return str(modifier)
    return None


def entries_of(year: int, name: str, system: str | None, code: str | None) -> tuple[Entry, ...]:
    """The entries of one code on one list; none when it is not listed, or the list has no name."""
    return _by_code(year, name).get((system, code), ())


@cache
def _procedure_lists(year: int) -> tuple[str, ...]:
    return tuple(name for name in code_list_names(year) if name.startswith("procedure_"))


@cache
def _by_code(year: int, name: str) -> dict[tuple[str | None, str | None], tuple[Entry, ...]]:
    by_code: dict[tuple[str | None, str | None], tuple[Entry, ...]] = {}
    for entry in code_list(year, name) if name else ():
        key = (entry.system, entry.code)
        by_code[key] = (*by_code.get(key, ()), entry)
    return by_code


def _known_dead(patient: Record | None, as_of: date) -> bool:
    if patient is None:
        return False
    died_on = patient.get("deceased_on")
    return died_on <= as_of if died_on is not None else bool(patient.get("deceased"))


def _payer(coverages: list[Record], day: date) -> str:
    active = [
        str(coverage["payer"])
        for coverage in coverages
        if (coverage.get("starts_on") is None or coverage["starts_on"] <= day)
        and (coverage.get("ends_on") is None or day <= coverage["ends_on"])
    ]
    return min((payer for payer in active if payer != "unknown"), default="unknown")
