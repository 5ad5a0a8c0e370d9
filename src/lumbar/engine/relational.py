"""The rules of a year as small relations, and the SQL steps that judge with them.

Nothing here knows an engine: relations are plain rows with declared types, steps are text.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files

from lumbar.codelists import code_list
from lumbar.errors import InternalError
from lumbar.measures.model import Measure, Offset, PerformanceYear, Stratum, Target
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import ODI, SCALES
from lumbar.tables.schema import Type

PREOPERATIVE = "preoperative"

RelationValue = str | int | bool | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Relation:
    """A small table the SQL joins with: columns with types, rows in a fixed order."""

    name: str
    columns: tuple[tuple[str, Type], ...]
    rows: tuple[tuple[RelationValue, ...], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One SQL file: a select whose result is named `table`."""

    table: str
    sql: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What an evaluation came to: episodes, their patients, the lines known and those that start an episode."""

    n_episodes: int
    n_patients: int
    n_lines: int
    n_starting: int


STEP_TABLES = (
    "qualifying_line",
    "known_score",
    "episode",
    "episode_window",
    "candidate",
    "chosen_score",
    "shared_score",
    "exclusion",
    "reported_row",
    "judged",
    "outcome",
    "rate_count",
)

# The step whose rows each engine numbers in its own way, in the order of episode_id: the later steps join by
# `episode_number`. No SQL says so, for a number over all rows would be one task's work on a cluster.
NUMBERED = "episode"

# The step that counts what rates are made of.
RATE_COUNT = "rate_count"


def steps() -> tuple[Step, ...]:
    """The SQL steps in order; each reads the clinical tables, the relations and the steps before it."""
    folder = files("lumbar.engine") / "sql"
    return tuple(
        Step(table, (folder / f"{number}_{table}.sql").read_text(encoding="utf-8"))
        for number, table in enumerate(STEP_TABLES, start=1)
    )


def relations(
    rules: PerformanceYear, policy: Policy, as_of: date, measure_ids: Collection[str] = ()
) -> tuple[Relation, ...]:
    """Every relation the SQL steps join with, built from the measure values and code lists.

    `measure_ids` limits the rows of outcome and rate to some measures; they are judged as in the whole year.
    """
    wanted = measure_ids or [measure.id for measure in rules.measures]
    return (
        _setting(policy, as_of),
        _qualifying_code(rules, policy),
        _modifier_rule(rules),
        _phase(rules),
        _allowed_scale(rules),
        _exclusion_code(rules),
        _same_date_exclusion(rules),
        _reported_exclusion(rules),
        _row_code(rules),
        _measure_row(rules, policy, wanted),
        _judged_place(rules),
        _stratum(rules, wanted),
    )


def _setting(policy: Policy, as_of: date) -> Relation:
    return Relation(
        "setting",
        (("as_of", Type.DATE), ("postoperative", Type.TEXT)),
        ((as_of, policy.postoperative),),
    )


def _qualifying_code(rules: PerformanceYear, policy: Policy) -> Relation:
    rows = []
    for procedures in rules.procedures:
        lists = [procedures.code_list]
        if policy.include_unverified_procedures and procedures.unverified_code_list:
            lists.append(procedures.unverified_code_list)
        for name in lists:
            rows += [(e.system, e.code, procedures.kind, e.valid_from, e.valid_to) for e in code_list(rules.year, name)]
    return Relation(
        "qualifying_code",
        (
            ("system", Type.TEXT),
            ("code", Type.TEXT),
            ("kind", Type.TEXT),
            ("valid_from", Type.DATE),
            ("valid_to", Type.DATE),
        ),
        tuple(rows),
    )


def _modifier_rule(rules: PerformanceYear) -> Relation:
    return Relation(
        "modifier_rule",
        (("modifier", Type.TEXT), ("effect", Type.TEXT), ("flag", Type.TEXT)),
        tuple(
            (entry.code, rule.effect, rule.flag or None)
            for rule in rules.modifiers
            for entry in code_list(rules.year, rule.code_list)
        ),
    )


def _phase(rules: PerformanceYear) -> Relation:
    """The windows, which every measure of a year must share: they are laid once per episode."""
    windows: dict[str, tuple[Offset, Offset, Offset]] = {}
    for measure in rules.measures:
        laid = {PREOPERATIVE: (measure.preoperative.opens, measure.preoperative.closes, Offset())}
        for stratum in measure.strata:
            laid[stratum.timepoint] = (stratum.postoperative.opens, stratum.postoperative.closes, stratum.nearest_to)
        for phase, offsets in laid.items():
            if windows.setdefault(phase, offsets) != offsets:
                raise InternalError(f"measures of {rules.year} differ in their {phase} window; lay windows per measure")
    numbers = _phase_numbers(rules)
    names = ("opens_months", "opens_days", "closes_months", "closes_days", "nearest_months", "nearest_days")
    return Relation(
        "phase",
        (
            ("phase_number", Type.INTEGER),
            ("phase", Type.TEXT),
            ("is_preoperative", Type.BOOLEAN),
            *((name, Type.INTEGER) for name in names),
        ),
        tuple(
            (
                numbers[phase],
                phase,
                phase == PREOPERATIVE,
                *(n for offset in offsets for n in (offset.months, offset.days)),
            )
            for phase, offsets in windows.items()
        ),
    )


def _phase_numbers(rules: PerformanceYear) -> dict[str, int]:
    """Small numbers for the phases, preoperative first: joins on them cost less than on names."""
    timepoints = sorted({stratum.timepoint for measure in rules.measures for stratum in measure.strata})
    return {phase: number for number, phase in enumerate((PREOPERATIVE, *timepoints))}


def _instrument_numbers(rules: PerformanceYear) -> dict[str, int]:
    instruments = sorted({measure.instrument for measure in rules.measures})
    return {instrument: number for number, instrument in enumerate(instruments)}


def _measure_numbers(rules: PerformanceYear) -> dict[str, int]:
    return {measure.id: number for number, measure in enumerate(rules.measures)}


def _allowed_scale(rules: PerformanceYear) -> Relation:
    families = sorted({scale.family for scale in SCALES})
    family = {scale.name: families.index(scale.family) for scale in SCALES}
    numbers = _instrument_numbers(rules)
    return Relation(
        "allowed_scale",
        (
            ("instrument_number", Type.INTEGER),
            ("instrument", Type.TEXT),
            ("scale", Type.TEXT),
            ("family_number", Type.INTEGER),
        ),
        tuple(
            dict.fromkeys(
                (numbers[measure.instrument], measure.instrument, scale, family[scale])
                for measure in rules.measures
                for scale in measure.scales
            )
        ),
    )


def _exclusion_code(rules: PerformanceYear) -> Relation:
    numbers = _measure_numbers(rules)
    return Relation(
        "exclusion_code",
        (
            ("measure_number", Type.INTEGER),
            ("system", Type.TEXT),
            ("code", Type.TEXT),
            ("valid_from", Type.DATE),
            ("valid_to", Type.DATE),
            ("onset_within_days", Type.INTEGER),
        ),
        tuple(
            (numbers[measure.id], e.system, e.code, e.valid_from, e.valid_to, exclusion.onset_within_days)
            for measure in rules.measures
            for exclusion in measure.exclusions
            for e in code_list(rules.year, exclusion.code_list)
        ),
    )


def _same_date_exclusion(rules: PerformanceYear) -> Relation:
    numbers = _measure_numbers(rules)
    return Relation(
        "same_date_exclusion",
        (
            ("measure_number", Type.INTEGER),
            ("system", Type.TEXT),
            ("code", Type.TEXT),
            ("valid_from", Type.DATE),
            ("valid_to", Type.DATE),
        ),
        tuple(
            (numbers[measure.id], e.system, e.code, e.valid_from, e.valid_to)
            for measure in rules.measures
            for exclusion in measure.same_date_exclusions
            for e in code_list(rules.year, exclusion.code_list)
        ),
    )


def _reported_exclusion(rules: PerformanceYear) -> Relation:
    """Each exclusion code of a measure with each of its windows: any of them may still be open."""
    numbers, phases = _measure_numbers(rules), _phase_numbers(rules)
    return Relation(
        "reported_exclusion",
        (("measure_number", Type.INTEGER), ("phase_number", Type.INTEGER), ("code", Type.TEXT)),
        tuple(
            dict.fromkeys(
                (numbers[m.id], phases[window.timepoint], coded.codes.excluded)
                for m in rules.measures
                for window in m.strata
                for coded in m.strata
            )
        ),
    )


def _row_code(rules: PerformanceYear) -> Relation:
    instruments, phases = _instrument_numbers(rules), _phase_numbers(rules)
    rows = []
    for measure in rules.measures:
        for stratum in measure.strata:
            codes = stratum.codes
            place = (instruments[measure.instrument], phases[stratum.timepoint])
            rows += [(*place, code, False) for code in dict.fromkeys((codes.met, codes.not_met, codes.not_assessed))]
            rows.append((*place, codes.excluded, True))
    return Relation(
        "row_code",
        (
            ("instrument_number", Type.INTEGER),
            ("phase_number", Type.INTEGER),
            ("code", Type.TEXT),
            ("is_exclusion", Type.BOOLEAN),
        ),
        tuple(rows),
    )


def _judged_place(rules: PerformanceYear) -> Relation:
    """The instruments and timepoints some measure of the year judges."""
    instruments, phases = _instrument_numbers(rules), _phase_numbers(rules)
    places = ((instruments[m.instrument], phases[s.timepoint]) for m in rules.measures for s in m.strata)
    return Relation(
        "judged_place",
        (("instrument_number", Type.INTEGER), ("phase_number", Type.INTEGER)),
        tuple(dict.fromkeys(places)),
    )


def _measure_row(rules: PerformanceYear, policy: Policy, wanted: Collection[str]) -> Relation:
    """One row per kind, instrument and timepoint: who is judged by what, and counted where.

    Period and age are those of the instrument's stratum of the kind, in whichever measure it stands; where the
    year has none, the row's own.
    """
    active = _active_codes(rules)
    instruments, phases, numbers = _instrument_numbers(rules), _phase_numbers(rules), _measure_numbers(rules)
    places = sorted(
        {(measure.instrument, stratum.timepoint) for measure in rules.measures for stratum in measure.strata}
    )
    rows = []
    for measure in (m for m in rules.measures if m.id in wanted):
        is_odi = measure.instrument == ODI
        responder_by = policy.responder_odi if is_odi else policy.responder_pain
        worse_by = policy.worse_odi if is_odi else policy.worse_pain
        target = measure.target if isinstance(measure.target, Target) else None
        for kind in dict.fromkeys(procedures.kind for procedures in rules.procedures):
            for stratum in measure.strata:
                of_kind = (s for m in rules.measures if m.instrument == measure.instrument for s in m.strata)
                own = next((s for s in of_kind if s.kind == kind), stratum)
                codes = stratum.codes
                rows.append(
                    (
                        kind,
                        places.index((measure.instrument, stratum.timepoint)),
                        instruments[measure.instrument],
                        phases[stratum.timepoint],
                        phases[PREOPERATIVE],
                        measure.instrument,
                        stratum.timepoint,
                        measure.id,
                        numbers[measure.id],
                        stratum.kind == kind,
                        target is None,
                        target.at_most if target else None,
                        target.improved_by if target else None,
                        responder_by,
                        worse_by,
                        *(
                            code if code in active else None
                            for code in (codes.met, codes.not_met, codes.not_assessed, codes.excluded)
                        ),
                        own.period.starts_on,
                        own.period.ends_on,
                        own.period.age_on,
                        12 * own.period.minimum_age_years,
                    )
                )
    return Relation(
        "measure_row",
        (
            ("kind", Type.TEXT),
            ("row_position", Type.INTEGER),
            ("instrument_number", Type.INTEGER),
            ("phase_number", Type.INTEGER),
            ("preoperative_phase_number", Type.INTEGER),
            ("instrument", Type.TEXT),
            ("timepoint", Type.TEXT),
            ("measure_id", Type.TEXT),
            ("measure_number", Type.INTEGER),
            ("is_own_stratum", Type.BOOLEAN),
            ("wants_both_scores", Type.BOOLEAN),
            ("at_most", Type.SCORE),
            ("improved_by", Type.SCORE),
            ("responder_by", Type.SCORE),
            ("worse_by", Type.SCORE),
            ("code_met", Type.TEXT),
            ("code_not_met", Type.TEXT),
            ("code_not_assessed", Type.TEXT),
            ("code_excluded", Type.TEXT),
            ("period_starts_on", Type.DATE),
            ("period_ends_on", Type.DATE),
            ("age_on", Type.DATE),
            ("minimum_age_months", Type.INTEGER),
        ),
        tuple(rows),
    )


def _active_codes(rules: PerformanceYear) -> frozenset[str]:
    first, last = date(rules.year, 1, 1), date(rules.year, 12, 31)
    return frozenset(
        e.code
        for e in code_list(rules.year, rules.quality_data_code_list)
        if (e.valid_from is None or e.valid_from <= last) and (e.valid_to is None or e.valid_to >= first)
    )


def _stratum(rules: PerformanceYear, wanted: Collection[str]) -> Relation:
    numbered: list[tuple[Measure, Stratum]] = [(m, s) for m in rules.measures if m.id in wanted for s in m.strata]
    return Relation(
        "stratum",
        (
            ("measure_id", Type.TEXT),
            ("stratum", Type.TEXT),
            ("submitted_alone", Type.BOOLEAN),
            ("kind", Type.TEXT),
            ("timepoint", Type.TEXT),
            ("wants_both_scores", Type.BOOLEAN),
            ("position", Type.INTEGER),
        ),
        tuple(
            (m.id, s.name, s.submitted_alone, s.kind, s.timepoint, not isinstance(m.target, Target), position)
            for position, (m, s) in enumerate(numbered)
        ),
    )
