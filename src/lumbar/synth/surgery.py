"""The operations of one patient: on which days, of which kind, by whom, and every line that is billed for them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lumbar.codelists import code_list
from lumbar.measures.model import IdentificationPeriod, PerformanceYear, months
from lumbar.synth import calibration
from lumbar.synth.calibration import Surgeon
from lumbar.synth.case import Case
from lumbar.synth.chart import Procedure
from lumbar.synth.draws import between, npi, shifted, weighted
from lumbar.synth.terminology import Term, terms
from lumbar.tables.results import DISCECTOMY, FUSION

_IN_PERIOD = {"under_18", "age_unknown", "excluding_diagnosis", "month_end", "window_edge", "came_back_unwell"}
_NO_EPISODE = {"management_only", "operated_elsewhere_only", "assistant_line_only", "far_lateral_only"}

NPIS = {surgeon: npi(surgeon.base_npi) for surgeon in calibration.SURGEONS}
ASSISTANT_NPIS = tuple(npi(base) for base in calibration.ASSISTANT_BASE_NPIS)
ANAESTHETIST_NPIS = tuple(npi(base) for base in calibration.ANAESTHETIST_BASE_NPIS)


@dataclass(frozen=True, slots=True)
class Operation:
    """One day in theatre. `starts_episode` is false when no line of it qualifies by default."""

    kind: str
    operated_on: date
    operated_time: str | None  # HH:MM:SS, local
    surgeon: Surgeon
    modifiers: tuple[str, ...] = ()
    starts_episode: bool = True


def operations(case: Case) -> tuple[Operation, ...]:
    """The days in theatre of one patient, in order, none after the day before the as-of date."""
    draw, story, as_of = case.draw, case.story, case.as_of
    kind = DISCECTOMY if draw.random() < calibration.SHARE_DISCECTOMY else FUSION
    days_left = {"one_score_two_episodes": 425, "operated_again": 60, "deceased": 60, "deceased_undated": 60}
    latest = as_of - timedelta(days=days_left.get(story, 30 if story in ("return_to_theatre", "staged") else 2))
    first = replace(
        _operation(draw, kind, _first_date(case, kind, latest)),
        modifiers=_first_modifiers(draw, story),
        starts_episode=story not in _NO_EPISODE,
    )
    second_on = _second_date(case, first.operated_on)
    if story == "discontinued":
        first = replace(first, starts_episode=False)
    if second_on is None:
        return (first,)
    second_kind = DISCECTOMY if draw.random() < 0.5 else FUSION
    second = _operation(draw, first.kind if story in ("staged", "discontinued") else second_kind, second_on)
    modifiers = (_modifier(draw, f"modifier_{story}"),) if story in ("return_to_theatre", "staged") else ()
    return (first, replace(second, surgeon=first.surgeon, modifiers=modifiers))


def lines(case: Case, patient_id: str, done: Sequence[Operation]) -> tuple[Procedure, ...]:
    """Every procedure line of one patient: the surgeon's, add-ons, assistants, anaesthesia, and unrelated ones."""
    draw, story = case.draw, case.story
    written: list[Procedure] = []

    def write(
        operation: Operation, term: Term, modifiers: tuple[str, ...], surgeon_npi: str | None, same: bool = False
    ) -> None:
        count = len({line.procedure_id.split("#")[0] for line in written})
        procedure_id = f"{written[-1].procedure_id}#2" if same else f"op-{case.number:06d}-{count + 1}"
        written.append(
            Procedure(
                procedure_id=procedure_id,
                patient_id=patient_id,
                performed_on=operation.operated_on,
                performed_time=operation.operated_time,
                system=term.system,
                code=term.code,
                modifiers=modifiers,
                surgeon_npi=written[-1].surgeon_npi if same else surgeon_npi,
                facility=written[-1].facility
                if same
                else (operation.surgeon.facility if draw.random() < 0.97 else None),
            )
        )

    for operation in done:
        surgeon_npi = NPIS[operation.surgeon] if draw.random() < 0.985 else None
        if story == "operated_elsewhere_only":
            write(operation, weighted(draw, terms("elsewhere")), (), surgeon_npi)
            continue
        primary = _far_lateral() if story == "far_lateral_only" else weighted(draw, terms(operation.kind))
        if story == "assistant_line_only":
            write(operation, primary, (_modifier(draw, "modifier_assistant"),), draw.choice(ASSISTANT_NPIS))
            continue
        write(operation, primary, operation.modifiers, surgeon_npi)
        if story == "two_surgeons":
            partner = weighted(draw, [(NPIS[s], s.volume) for s in calibration.SURGEONS if s is not operation.surgeon])
            write(operation, primary, operation.modifiers, partner)
        elif operation.starts_episode and draw.random() < 0.3:
            write(
                operation, weighted(draw, terms(f"addon_{operation.kind}")), (), surgeon_npi, same=draw.random() < 0.35
            )
        if operation.kind == FUSION and operation.starts_episode and draw.random() < 0.3:
            write(operation, weighted(draw, terms(DISCECTOMY)), ("59",), surgeon_npi)
        if operation.starts_episode and draw.random() < 0.18:
            write(operation, primary, (_modifier(draw, "modifier_assistant"),), draw.choice(ASSISTANT_NPIS))
        if operation.starts_episode and draw.random() < 0.05:
            write(operation, primary, (_modifier(draw, "modifier_anaesthesia"),), draw.choice(ANAESTHETIST_NPIS))
    if draw.random() < 0.1:
        elsewhere_on = done[-1].operated_on - timedelta(days=draw.randint(100, 700))
        elsewhere = replace(done[-1], operated_on=elsewhere_on)
        write(elsewhere, weighted(draw, terms("elsewhere")), (), None)
    return tuple(written)


def period_of(kind: str, rules: PerformanceYear) -> IdentificationPeriod:
    """The identification period of the kind's own stratum."""
    return next(s.period for s in rules.measures[0].strata if s.kind == kind)


def _operation(draw: random.Random, kind: str, operated_on: date) -> Operation:
    minutes = draw.randint(7 * 60, 16 * 60) // 5 * 5
    time = f"{minutes // 60:02d}:{minutes % 60:02d}:00"
    surgeon = weighted(draw, [(surgeon, surgeon.volume) for surgeon in calibration.SURGEONS])
    has_time = draw.random() < calibration.SHARE_OPERATED_WITH_TIME
    return Operation(kind, operated_on, time if has_time else None, surgeon)


def _first_date(case: Case, kind: str, latest: date) -> date:
    draw, story = case.draw, case.story
    earliest = shifted(case.as_of, months(-calibration.MONTHS_OF_SURGERY))
    period = period_of(kind, case.rules)
    opens, closes = max(earliest, period.starts_on), min(latest, period.ends_on)
    in_period = draw.random() < calibration.SHARE_IN_IDENTIFICATION_PERIOD or story in _IN_PERIOD
    on = between(draw, opens, closes) if in_period and opens <= closes else between(draw, earliest, latest)
    if story == "month_end":
        last_of_month = shifted(on.replace(day=1), months(1)) - timedelta(days=1)
        return min(last_of_month, latest)
    return on


def _second_date(case: Case, first_on: date) -> date | None:
    draw, story, as_of = case.draw, case.story, case.as_of
    after = {
        "operated_again": (20, 400),
        "return_to_theatre": (2, 25),
        "staged": (2, 10),
        "one_score_two_episodes": (285, 320),
        "discontinued": (25, 60),
    }.get(story)
    if after is None:
        return None
    second_on = first_on + timedelta(days=draw.randint(*after))
    if story == "operated_again":
        second_on = min(second_on, as_of - timedelta(days=draw.randint(1, 20)))
    return second_on if first_on < second_on < as_of else None


def _first_modifiers(draw: random.Random, story: str) -> tuple[str, ...]:
    if story in ("two_surgeons", "surgical_care_only", "discontinued", "management_only"):
        return (_modifier(draw, f"modifier_{story}"),)
    return weighted(draw, calibration.SHARE_MODIFIERS)


def _modifier(draw: random.Random, name: str) -> str:
    return draw.choice(code_list(calibration.YEAR, name)).code


def _far_lateral() -> Term:
    entry = code_list(calibration.YEAR, "procedure_discectomy_unverified")[0]
    return Term(entry.system, entry.code, 1.0, entry.note)
