"""Laws that compare two evaluations: what may change a result and what may not, on every engine."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arrow_tables import Row
from cohort import AS_OF_DATES, YEAR
from engines import ENGINES
from laws import Question, as_of_dates, clinics, law, policies, questions, with_targets
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET, OPEN, OUTCOME, UPCOMING

pytestmark = pytest.mark.parametrize("engine", ENGINES)

HOW_FAR = {UPCOMING: 0, OPEN: 1, MET: 2, NOT_MET: 2, NOT_ASSESSED: 2, EXCLUDED: 3}
NEVER_READ = {
    "patient": ("sex", "language", "race", "ethnicity"),
    "procedure": ("facility",),
    "score": ("status",),
    "coverage": ("payer_name", "member_id"),
}


def outcome_by_key(engine: str, question: Question) -> dict[tuple[str, ...], Row]:
    outcome = ENGINES[engine](*question).outcome
    return {tuple(row[name] for name in OUTCOME.key): row for row in outcome}


@law()
@given(drawn=questions(), seed=st.integers())
def test_the_order_of_rows_never_matters(engine: str, drawn: Question, seed: int) -> None:
    shuffled = {name: Random(seed).sample(rows, len(rows)) for name, rows in drawn.clinic.items()}
    assert ENGINES[engine](*drawn._replace(clinic=shuffled)) == ENGINES[engine](*drawn)


@law()
@given(drawn=questions())
def test_columns_no_rule_speaks_of_change_nothing(engine: str, drawn: Question) -> None:
    other = {
        name: [row | dict.fromkeys(NEVER_READ.get(name, ()), "corrected") for row in rows]
        for name, rows in drawn.clinic.items()
    }
    assert ENGINES[engine](*drawn._replace(clinic=other)) == ENGINES[engine](*drawn)


@law()
@given(drawn=questions())
def test_patients_do_not_see_each_other(engine: str, drawn: Question) -> None:
    ids = sorted(row["patient_id"] for row in drawn.clinic["patient"])
    halves = [
        {name: [row for row in rows if row["patient_id"] in half] for name, rows in drawn.clinic.items()}
        for half in (set(ids[::2]), set(ids[1::2]))
    ]
    apart = [row for half in halves for row in ENGINES[engine](*drawn._replace(clinic=half)).outcome]
    together = ENGINES[engine](*drawn).outcome
    assert sorted(apart, key=lambda row: tuple(row[name] for name in OUTCOME.key)) == together


@law()
@given(drawn=questions(), seed=st.integers())
def test_a_score_outside_every_window_changes_nothing(engine: str, drawn: Question, seed: int) -> None:
    before = outcome_by_key(engine, drawn)
    assume(before)
    random = Random(seed)
    outside = list(_scores_outside_every_window(drawn, list(before.values()), random))
    assert outside
    more = {**drawn.clinic, "score": drawn.clinic["score"] + outside}
    assert outcome_by_key(engine, drawn._replace(clinic=more)) == before


def _scores_outside_every_window(drawn: Question, outcome: list[Row], random: Random) -> list[Row]:
    """A copy of every score, moved to the nearest day on which its patient has no window at all."""
    windows: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in outcome:
        windows[row["patient_id"]] += [
            (row["window_opens"], row["window_closes"]),
            (row["index_date"] - timedelta(days=93), row["index_date"]),
        ]
    moved = []
    for number, score in enumerate(drawn.clinic["score"]):
        day = score["assessed_on"]
        step = timedelta(days=random.choice((-1, 1)))
        while any(opens <= day <= closes for opens, closes in windows[score["patient_id"]]):
            day += step
        moved.append(score | {"score_id": f"!{number}", "assessed_on": day, "recorded_on": None})
    return moved


@law()
@given(drawn=questions(), seed=st.integers())
def test_a_lower_postoperative_score_never_turns_met_into_not_met(engine: str, drawn: Question, seed: int) -> None:
    before = outcome_by_key(engine, drawn)
    by_id = {row["postoperative_score_id"]: key for key, row in before.items() if row["postoperative_score_id"]}
    assume(by_id)
    lowered_id = Random(seed).choice(sorted(by_id))
    less = Random(seed).choice([Decimal("0.0001"), Decimal("0.1"), Decimal(1), Decimal(2)])
    scores = [
        score | {"value": max(Decimal(0), score["value"] - less)} if score["score_id"] == lowered_id else score
        for score in drawn.clinic["score"]
    ]
    after = outcome_by_key(engine, drawn._replace(clinic={**drawn.clinic, "score": scores}))
    key = by_id[lowered_id]
    assert after[key]["postoperative_score"] <= before[key]["postoperative_score"]
    assert (before[key]["status"], after[key]["status"]) != (MET, NOT_MET)


@law()
@given(
    clinic=clinics(),
    policy=policies(),
    targets=st.tuples(*[st.decimals(min_value=0, max_value=highest, places=1) for highest in (10, 10, 100, 100)]),
    easier=st.decimals(min_value=0, max_value=5, places=1),
)
def test_an_easier_target_never_turns_met_into_not_met(
    engine: str, clinic: dict[str, list[Row]], policy: object, targets: tuple[Decimal, ...], easier: Decimal
) -> None:
    at_most, by, odi_at_most, odi_by = targets
    hard = with_targets(YEAR, at_most, by, odi_at_most, odi_by)
    easy = with_targets(YEAR, at_most + easier, by - easier, odi_at_most + easier, odi_by - easier)
    before, after = (
        outcome_by_key(engine, Question(clinic, rules, policy, AS_OF_DATES[0]))  # type: ignore[arg-type]
        for rules in (hard, easy)
    )
    assert before.keys() == after.keys()
    assert {(before[key]["status"], after[key]["status"]) for key in before} <= {
        (MET, MET),
        (NOT_MET, NOT_MET),
        (NOT_MET, MET),
        *((status, status) for status in (EXCLUDED, UPCOMING, OPEN, NOT_ASSESSED)),
    }


@law()
@given(drawn=questions(), other=as_of_dates())
def test_as_time_passes_no_status_goes_back(engine: str, drawn: Question, other: date) -> None:
    earlier, later = (outcome_by_key(engine, drawn._replace(as_of=as_of)) for as_of in sorted((drawn.as_of, other)))
    assert earlier.keys() <= later.keys(), "an episode once known stays known"
    for key, row in earlier.items():
        assert HOW_FAR[row["status"]] <= HOW_FAR[later[key]["status"]]
        assert row["kind"] == later[key]["kind"]
        assert (row["window_opens"], row["window_closes"]) == (later[key]["window_opens"], later[key]["window_closes"])
        if row["postoperative_score"] is not None:
            assert later[key]["postoperative_score"] is not None


@law()
@given(drawn=questions())
def test_what_is_dated_after_the_as_of_date_is_not_known(engine: str, drawn: Question) -> None:
    as_of = drawn.as_of
    known = {
        "procedure": [row for row in drawn.clinic["procedure"] if row["performed_on"] <= as_of],
        "score": [
            row for row in drawn.clinic["score"] if max(row["assessed_on"], row["recorded_on"] or date.min) <= as_of
        ],
        "reported_code": [row for row in drawn.clinic["reported_code"] if row["reported_on"] <= as_of],
    }
    assert ENGINES[engine](*drawn._replace(clinic={**drawn.clinic, **known})) == ENGINES[engine](*drawn)


@law()
@given(drawn=questions())
def test_a_lifelong_cancer_excludes_everybody_and_changes_no_score(engine: str, drawn: Question) -> None:
    ill = [
        {"patient_id": row["patient_id"], "condition_id": f"!{n}", "system": "icd10cm", "code": "C79.51"}
        for n, row in enumerate(drawn.clinic["patient"])
    ]
    before = outcome_by_key(engine, drawn)
    after = outcome_by_key(
        engine, drawn._replace(clinic={**drawn.clinic, "condition": drawn.clinic["condition"] + ill})
    )
    assert {row["status"] for row in after.values()} <= {EXCLUDED}
    unchanged = ("preoperative_score_id", "postoperative_score_id", "improvement", "kind", "payer", "reported_code")
    for key, row in before.items():
        assert {name: after[key][name] for name in unchanged} == {name: row[name] for name in unchanged}
        assert "exclusion_reported_only" not in after[key]["flags"]


@law()
@given(drawn=questions())
def test_a_surgeon_or_a_payer_never_changes_a_result(engine: str, drawn: Question) -> None:
    other = {
        **drawn.clinic,
        "procedure": [row | {"surgeon_npi": "9999999999"} for row in drawn.clinic["procedure"]],
        "coverage": [],
    }
    changed = {"surgeon_npi": "9999999999", "payer": "unknown"}
    before, after = (ENGINES[engine](*drawn._replace(clinic=clinic)) for clinic in (drawn.clinic, other))
    assert after.outcome == [row | changed for row in before.outcome]
    assert after.rate == before.rate
