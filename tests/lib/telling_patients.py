"""Telling patients, each with the records and the date one proof is about."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from lumbar.engine.reference import PatientRecords
from lumbar.explain import Proof, prove
from lumbar.measures import for_year
from lumbar.measures.policy import Policy

RULES = for_year(2026)
FUSION, DISCECTOMY = "22612", "63030"
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    records: PatientRecords
    index_date: str
    as_of: str = "2026-11-21"
    policy: Policy = field(default_factory=Policy)

    def proof(self) -> Proof:
        return prove(self.records, RULES, self.policy, date.fromisoformat(self.as_of), f"P1@{self.index_date}")


def line(procedure_id: str, on: str, code: str, **more: Any) -> Row:
    return {
        "procedure_id": procedure_id,
        "patient_id": "P1",
        "performed_on": date.fromisoformat(on),
        "performed_time": None,
        "system": "cpt",
        "code": code,
        "modifiers": None,
        "surgeon_npi": "0123456789",
    } | more


def score(score_id: str, instrument: str, value: str, on: str, **more: Any) -> Row:
    return {
        "score_id": score_id,
        "patient_id": "P1",
        "instrument": instrument,
        "scale": "percent" if instrument == "odi" else "nrs",
        "value": Decimal(value),
        "assessed_on": date.fromisoformat(on),
        "assessed_time": None,
        "side": None,
        "recorded_on": None,
        "respondent": None,
        "mode": None,
    } | more


def diagnosis(condition_id: str, code: str, onset: str | None = None, **more: Any) -> Row:
    return {
        "condition_id": condition_id,
        "patient_id": "P1",
        "system": "icd10cm",
        "code": code,
        "onset_on": date.fromisoformat(onset) if onset else None,
        "abated_on": None,
        "verification": None,
        "recorded_on": None,
    } | more


def report(code: str, on: str) -> Row:
    return {"patient_id": "P1", "code": code, "reported_on": date.fromisoformat(on)}


def born(on: str | None = "1960-03-04", **more: Any) -> Row:
    birth_date = date.fromisoformat(on) if on else None
    return {"patient_id": "P1", "birth_date": birth_date, "deceased_on": None, "deceased": None} | more


def worked_example() -> Case:
    """A fusion, 8 before, 6 at three months and 6 at one year: improvement 2 is below 5, and 6 is above 3."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-02-12", FUSION)],
            [
                score("S1", "back_pain", "8", "2025-02-01"),
                score("S2", "back_pain", "6", "2025-05-12"),
                score("S3", "back_pain", "6", "2026-02-12"),
            ],
        ),
        "2025-02-12",
    )


def met_by_target() -> Case:
    """3.0 after surgery is 3.0 or less, whatever the improvement; leg pain has no score before and 2 after."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", DISCECTOMY)],
            [
                score("S1", "back_pain", "5", "2025-06-01"),
                score("S2", "back_pain", "3", "2025-09-10"),
                score("S3", "leg_pain", "2", "2025-09-10", mode="phone"),
            ],
        ),
        "2025-06-10",
    )


def met_by_improvement() -> Case:
    """8.2 − 3.2 is 5.0 in decimals and meets the target; in binary floats it is 4.999…"""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", DISCECTOMY)],
            [
                score("S1", "back_pain", "8.2", "2025-06-10", scale="vas_mm"),
                score("S2", "back_pain", "3.2", "2025-10-28", scale="nrs"),
            ],
        ),
        "2025-06-10",
    )


def not_assessed() -> Case:
    """9.0 before and nothing after: 4.0 or less (9.0 − 5.0) by 12 May 2026 would have met."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-02-12", FUSION)],
            [
                score("S0", "back_pain", "10", "2024-11-11"),
                score("S1", "back_pain", "9", "2025-02-01"),
                score("S2", "back_pain", "2", "2026-05-13"),
                score("S3", "back_pain", "5", "2025-03-01"),
            ],
        ),
        "2025-02-12",
    )


def open_window() -> Case:
    """As of 20 July 2025 a discectomy of 10 June is 40 days old: upcoming; as of 1 September its window is open."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", DISCECTOMY)],
            [
                score("S1", "back_pain", "9", "2025-06-01"),
                score("S2", "back_pain", "7", "2025-08-20"),
                score("S3", "leg_pain", "8", "2025-06-01"),
                score("S4", "leg_pain", "1", "2025-08-20", recorded_on=date(2025, 9, 2)),
                score("S5", "odi", "60", "2025-06-01"),
                score("S6", "odi", "20", "2025-09-03"),
            ],
        ),
        "2025-06-10",
        as_of="2025-09-01",
    )


def upcoming() -> Case:
    """The day after a fusion both windows lie ahead; the date of birth is not known."""
    return Case(
        PatientRecords(born(None), [line("L1", "2025-06-10", FUSION)], [score("S1", "odi", "44.4444", "2025-06-01")]),
        "2025-06-10",
        as_of="2025-06-11",
    )


def excluded_by_diagnosis() -> Case:
    """An acute fracture excludes; a refuted one, one that ended, one too old, one recorded later do not."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", FUSION)],
            [score("S1", "back_pain", "4", "2025-06-01"), score("S2", "back_pain", "7", "2026-06-01")],
            [
                diagnosis("C1", "S32.010A", "2025-05-20"),
                diagnosis("C2", "C41.2", "2024-01-01", verification="refuted"),
                diagnosis("C3", "A18.01", "2024-01-01", abated_on=date(2025, 6, 9)),
                diagnosis("C4", "S32.020A", "2025-03-11"),
                diagnosis("C5", "S32.030A"),
                diagnosis("C6", "M41.06", "2025-06-11"),
                diagnosis("C7", "C79.51", "2024-01-01", recorded_on=date(2027, 1, 1)),
            ],
        ),
        "2025-06-10",
    )


def operated_again() -> Case:
    """A fusion 100 days after a discectomy: one leg score counts for both; a reported exclusion for back pain."""
    return Case(
        PatientRecords(
            born(),
            [
                line("L1", "2025-03-03", DISCECTOMY, modifiers="58"),
                line("L2", "2025-03-03", "63035"),
                line("L3", "2025-03-03", DISCECTOMY, modifiers="80"),
                line("L4", "2025-03-03", "63005", modifiers="53"),
                line("L5", "2025-03-03", "63056"),
                line("L6", "2025-03-03", "99214"),
                line("L7", "2025-06-11", FUSION),
            ],
            [
                score("S1", "leg_pain", "3", "2025-03-01"),
                score("S2", "leg_pain", "6", "2026-03-20"),
                score("S3", "leg_pain", "2", "2026-04-01"),
            ],
            [],
            [],
            [report("G9945", "2025-07-01")],
        ),
        "2025-03-03",
        policy=Policy(postoperative="earliest"),
    )


def recovery_room() -> Case:
    """The score of 14:10 on the day of a 09:30 procedure is no baseline; the one of 07:15 is."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", DISCECTOMY, performed_time="09:30:00")],
            [
                score("S1", "back_pain", "8", "2025-06-10", assessed_time="07:15:00"),
                score("S2", "back_pain", "4", "2025-06-10", assessed_time="14:10:30"),
                score("S3", "back_pain", "6", "2025-06-09"),
                score("S4", "leg_pain", "5", "2025-06-10", assessed_time="09:30:00"),
            ],
        ),
        "2025-06-10",
    )


def odi() -> Case:
    """52 − 22 is 30 and 22 is 22: both meet. At one year 23 misses 22, and 52 − 23 = 29 misses 30."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-02-12", FUSION)],
            [
                score("S1", "odi", "52", "2025-02-01", scale="points_50"),
                score("S2", "odi", "22", "2025-05-12"),
                score("S3", "odi", "23", "2026-05-12"),
            ],
            [],
            [],
            [report("G2144", "2025-05-12"), report("G2142", "2026-05-12"), report("G2143", "2026-05-13")],
        ),
        "2025-02-12",
    )


def ties_and_legs() -> Case:
    """Two on one date: the least favourable, then the smaller id; left and right are one, the higher."""
    return Case(
        PatientRecords(
            born(),
            [line("L1", "2025-06-10", DISCECTOMY)],
            [
                score("S1", "back_pain", "7", "2025-06-02"),
                score("S2", "back_pain", "9", "2025-06-02"),
                score("S3", "back_pain", "7", "2025-06-02"),
                score("S4", "back_pain", "7.5", "2025-09-09"),
                score("S5", "back_pain", "2", "2025-09-11"),
                score("S6", "back_pain", "1", "2025-08-01"),
                score("S7", "leg_pain", "8", "2025-06-02", side="left"),
                score("S8", "leg_pain", "6", "2025-06-02", side="right"),
                score("S9", "leg_pain", "7", "2025-09-10", side="left"),
                score("T1", "leg_pain", "9", "2025-09-10", side="right"),
                score("T2", "leg_pain", "9", "2025-09-10", side="left"),
                score("T3", "leg_pain", "9.5", "2025-09-10"),
                score("T7", "leg_pain", "5", "2025-09-10", side="right"),
                score("T4", "odi", "30", "2025-06-01"),
                score("T5", "odi", "40", "2025-09-10"),
                score("T6", "odi", "38", "2025-09-10"),
            ],
        ),
        "2025-06-10",
        policy=Policy(postoperative="nearest"),
    )


def deceased() -> Case:
    """A patient of 17 who died in the window: not assessed, and no score to have given is named."""
    return Case(
        PatientRecords(
            born("2007-01-02", deceased_on=date(2025, 8, 1)),
            [line("L1", "2025-06-10", DISCECTOMY)],
            [score("S1", "back_pain", "9", "2025-06-01")],
            [],
            [],
            [report("G9943", "2025-10-28"), report("G2137", "2025-10-01"), report("G2136", "2026-11-22")],
        ),
        "2025-06-10",
    )


CASES: tuple[Callable[[], Case], ...] = (
    worked_example,
    met_by_target,
    met_by_improvement,
    not_assessed,
    open_window,
    upcoming,
    excluded_by_diagnosis,
    operated_again,
    recovery_room,
    odi,
    ties_and_legs,
    deceased,
)
