"""The generator tested: every case the rules speak of does occur among its patients."""

from collections import Counter
from functools import cache

import pytest

from arrow_tables import Clinic, Row
from cohort import AS_OF_DATES, BARRING_MODIFIERS, FLAG_MODIFIERS, YEAR, cohort
from engines import reference
from lumbar.codelists import code_list
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy
from lumbar.tables.clinical import INSTRUMENTS, PAYERS
from lumbar.tables.results import FLAGS, KINDS, NOT_IN_MEASURE_REASONS, STATUSES, TIMEPOINTS
from occurrences import EDGES, cases
from shards import SEED, shards

N_PATIENTS = 1500
CODES = sorted(
    code
    for measure in YEAR.measures
    for stratum in measure.strata
    for code in (stratum.codes.met, stratum.codes.not_met, stratum.codes.not_assessed, stratum.codes.excluded)
)
TIES = (
    "one date, different values",
    "one date, one value",
    "both legs, different",
    "both legs, alike",
    "one leg twice",
    "a leg beside an unsided score that is lower",
    "a leg beside an unsided score that is higher or equal",
)
WANTED = [
    *(f"kind {kind}" for kind in KINDS),
    *(f"payer {payer}" for payer in PAYERS),
    *(f"status {s}, {instrument}, {t}" for s in STATUSES for instrument in INSTRUMENTS for t in TIMEPOINTS),
    *(f"in the measure: {kind} {status}" for kind in KINDS for status in STATUSES if status != "excluded"),
    *(f"not in measure because {reason}" for reason in (*NOT_IN_MEASURE_REASONS, None)),
    *(f"flag {flag}" for flag in FLAGS),
    *(f"flag {flag} with status excluded" for flag in FLAGS if flag not in ("met_but_worse", "better_but_not_met")),
    *(f"code {code} given" for code in CODES),
    *(f"code {code} reported" for code in CODES),
    *(f"reported agrees: {agrees}" for agrees in (True, False, None)),
    "provisional met",
    "provisional not_met",
    "no surgeon",
    *(f"{when}: {tie}" for when in ("preoperative", "postoperative") for tie in TIES),
    *(f"{timepoint}: two dates equally near" for timepoint in TIMEPOINTS),
    *(f"{phase}: a score on {name}" for phase in ("preoperative", *TIMEPOINTS) for name in EDGES),
    "month end: window_opens clamped to the last",
    "month end: window_closes clamped to the last",
    "month end: window_opens clamped to 29",
    "month end: window_closes clamped to 29",
    "month end: preoperative window clamped",
    "leap day: the index date",
    "leap day: the preoperative window opens",
    "leap day: window_opens of three_month",
    "leap day: window_closes of three_month",
    "leap day: window_opens of one_year",
    "leap day: window_closes of one_year",
    *(f"identification period of {kind}: {name}" for kind in KINDS for name in EDGES),
    *(f"as-of date on the day before of {timepoint}: upcoming" for timepoint in TIMEPOINTS),
    *(f"as-of date on the first day of {timepoint}: open" for timepoint in TIMEPOINTS),
    *(f"as-of date on the last day of {timepoint}: open" for timepoint in TIMEPOINTS),
    *(f"as-of date on the last day of {timepoint}: met" for timepoint in TIMEPOINTS),
    *(f"as-of date on the day after of {timepoint}: not_assessed" for timepoint in TIMEPOINTS),
    *(
        f"{instrument}: {name}"
        for instrument in INSTRUMENTS
        for name in (
            "at the target, met",
            "a step above the target, not_met",
            "a step below the target, met",
            "at the improvement, met",
            "a step above the improvement, met",
            "a step below the improvement, not_met",
        )
    ),
    "an improvement that binary floats would miss",
    *(f"operations: {n}" for n in (0, 1, 2, 3)),
    "operations on two days running",
    "death without a date",
    "death on the day before",
    "death on the as-of day",
    "death on the day after",
    *(
        f"18 on {name} around the age date of {kind}"
        for name in ("the day before", "the first day", "the day after")
        for kind in KINDS
    ),
    "a score recorded on the as-of date",
    "a score recorded on the as-of date or a day later",
    *(f"modifier {modifier}" for modifier in (*FLAG_MODIFIERS, *BARRING_MODIFIERS, "22", "52")),
    "fracture on the day before of the ninety days: False",
    "fracture on the first day of the ninety days: True",
    "fracture on the last day of the ninety days: True",
    "fracture on the day after of the ninety days: False",
    "onset 0 days after surgery: True",
    "onset 1 days after surgery: False",
    "abated 0 days before surgery: True",
    "abated 1 days before surgery: False",
    "a diagnosis recorded on the as-of date: True",
    "a diagnosis recorded on the as-of date or a day later: False",
    *(f"verification {word}: True" for word in ("None", "confirmed", "unconfirmed")),
    *(f"verification {word}: False" for word in ("refuted", "provisional", "differential")),
]
READ_COLUMNS = [
    ("patient", "birth_date"),
    ("patient", "deceased_on"),
    ("patient", "deceased"),
    ("procedure", "performed_time"),
    ("procedure", "system"),
    ("procedure", "code"),
    ("procedure", "modifiers"),
    ("procedure", "surgeon_npi"),
    ("score", "assessed_time"),
    ("score", "side"),
    ("score", "recorded_on"),
    ("score", "respondent"),
    ("score", "mode"),
    ("condition", "system"),
    ("condition", "code"),
    ("condition", "onset_on"),
    ("condition", "abated_on"),
    ("condition", "verification"),
    ("condition", "recorded_on"),
    ("coverage", "starts_on"),
    ("coverage", "ends_on"),
]


@cache
def occurred() -> Counter[str]:
    """How often each case occurred among the shards of the generated patients."""
    counted: Counter[str] = Counter()
    for shard in shards(N_PATIENTS):
        clinic = shard.clinic()
        counted.update(cases(clinic, reference(clinic, YEAR, shard.policy, shard.as_of).outcome, shard.as_of))
    return counted


@cache
def few() -> Clinic:
    return cohort(SEED, range(250), AS_OF_DATES[0])


@cache
def outcome_of_few(policy: Policy = Policy()) -> list[Row]:  # noqa: B008 - a frozen value
    return reference(few(), YEAR, policy, AS_OF_DATES[0]).outcome


@pytest.mark.parametrize("case", WANTED)
def test_the_case_occurs(case: str) -> None:
    assert occurred()[case] > 0, f"no generated patient with: {case}"


def test_every_modifier_of_the_code_lists_is_generated() -> None:
    listed = {entry.code for rule in YEAR.modifiers for entry in code_list(2026, rule.code_list)}
    assert {modifier for modifier in listed if not occurred()[f"modifier {modifier}"]} == set()


@pytest.mark.parametrize(("one", "other"), [(LATEST, NEAREST), (LATEST, EARLIEST), (NEAREST, EARLIEST)])
def test_a_status_depends_on_the_postoperative_policy(one: str, other: str) -> None:
    pairs = zip(outcome_of_few(Policy(postoperative=one)), outcome_of_few(Policy(postoperative=other)), strict=True)
    assert {(a["status"], b["status"]) for a, b in pairs} >= {("met", "not_met"), ("not_met", "met")}


def test_an_episode_depends_on_the_unverified_procedures() -> None:
    assert len(outcome_of_few(Policy(include_unverified_procedures=True))) > len(outcome_of_few())


@pytest.mark.parametrize(("table", "column"), READ_COLUMNS, ids=lambda name: name)
def test_a_result_depends_on_the_column(table: str, column: str) -> None:
    blanked = {**few(), table: [{**row, column: None} for row in few()[table]]}
    assert reference(blanked, YEAR, Policy(), AS_OF_DATES[0]).outcome != outcome_of_few()


@pytest.mark.parametrize("table", ["score", "condition", "coverage", "reported_code"])
def test_a_result_depends_on_the_table(table: str) -> None:
    assert reference({**few(), table: []}, YEAR, Policy(), AS_OF_DATES[0]).outcome != outcome_of_few()


def test_a_patient_is_the_same_whichever_others_are_generated() -> None:
    alone = cohort(SEED, [17], AS_OF_DATES[0])
    among = cohort(SEED, range(10, 30), AS_OF_DATES[0])
    assert alone == {name: [row for row in rows if row["patient_id"] == "p000017"] for name, rows in among.items()}
