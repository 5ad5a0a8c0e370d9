"""The proof of telling patients, word for word, and the promises every proof keeps.

The texts in `explain/` are written anew with LUMBAR_GOLDEN=write; read the diff before keeping it.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from lumbar.engine.reference import PatientRecords, judge_patient
from lumbar.errors import UnknownEpisodeError
from lumbar.explain import RowProof, proof_json, proof_text, prove
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy
from telling_patients import (
    CASES,
    DISCECTOMY,
    FUSION,
    RULES,
    Case,
    born,
    deceased,
    excluded_by_diagnosis,
    line,
    met_by_improvement,
    not_assessed,
    odi,
    open_window,
    operated_again,
    score,
    ties_and_legs,
    upcoming,
    worked_example,
)

GOLDEN = Path(__file__).parent / "explain"


def text_of(case: Case) -> str:
    """The text without the identity of the rule set, which changes with every note in a measure."""
    return proof_text(case.proof()).replace(lock_hash(RULES)[:12], "<lock hash>")


def row_of(case: Case, instrument: str, timepoint: str) -> RowProof:
    return next(r for r in case.proof().rows if (r.instrument, r.timepoint) == (instrument, timepoint))


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.__name__))
def test_the_proof_reads_as_kept(case: Callable[[], Case]) -> None:
    path, text = GOLDEN / f"{case.__name__}.txt", text_of(case())
    if os.environ.get("LUMBAR_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_kept_text_has_its_patient() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {case.__name__ for case in CASES}


def test_the_published_worked_example_has_its_codes_in_both_views() -> None:
    """8 and 6 at three months: G2137, and a fusion is not judged then; at one year G2139, and it counts."""
    three_months = row_of(worked_example(), "back_pain", "three_month")
    one_year = row_of(worked_example(), "back_pain", "one_year")
    assert (three_months.status, three_months.code, three_months.counts) == (
        "not_met",
        "G2137",
        "No: the measure judges a fusion at one year.",
    )
    assert (one_year.status, one_year.code, one_year.counts) == (
        "not_met",
        "G2139",
        "Yes: it counts in measure 459, stratum lumbarFusion.",
    )


def test_the_arithmetic_is_in_decimals() -> None:
    row = row_of(met_by_improvement(), "back_pain", "three_month")
    assert (row.status, row.code) == ("met", "G2136")
    assert row.arithmetic == "3.2 after surgery is above 3.0. 8.2 − 3.2 = 5.0; 5.0 or more meets the target."


def test_the_counterfactual_names_the_score_that_would_have_met() -> None:
    """max(3.0, 9.0 − 5.0) = 4.0; the window closes 15 months after 12 February 2025, on 12 May 2026."""
    assert row_of(not_assessed(), "back_pain", "one_year").counterfactual == (
        "A back pain score of 4.0 or less by 12 May 2026 would have met; impossible since 13 May 2026."
    )


def test_no_score_is_told_while_the_result_that_counts_is_still_to_come() -> None:
    """A fusion's missed three-month result would name the very score its open one-year window waits for."""
    case = worked_example()
    early = replace(case, as_of="2025-12-01")
    assert row_of(early, "back_pain", "one_year").status == "open"
    assert row_of(early, "back_pain", "three_month").status == "not_met"
    assert row_of(early, "back_pain", "three_month").counterfactual is None
    assert row_of(case, "back_pain", "three_month").counterfactual is not None


@pytest.mark.parametrize(
    ("year", "operated", "after", "said"),
    [
        (
            2021,
            "2020-06-10",
            "2020-08-10",
            "A visual analogue back pain score of 3.0 or less by 28 October 2020 would have met; "
            "impossible since 29 October 2020.",
        ),
        (
            2019,
            "2018-06-10",
            "2018-08-10",
            "A visual analogue back pain score by 10 June 2018 and another by 28 October 2018 would have met; "
            "impossible since 11 June 2018.",
        ),
    ],
)
def test_where_only_visual_analogue_scores_count_the_counterfactual_says_so(
    year: int, operated: str, after: str, said: str
) -> None:
    """The numeric scores are there, on the days it names, and were never to be chosen."""
    scores = [score("S1", "back_pain", "8", operated), score("S2", "back_pain", "2", after)]
    records = PatientRecords(born(), [line("L1", operated, DISCECTOMY)], scores)
    proof = prove(records, for_year(year), Policy(), date(2026, 11, 21), f"P1@{operated}")
    row = next(r for r in proof.rows if (r.instrument, r.timepoint) == ("back_pain", "three_month"))
    assert (row.status, row.counterfactual) == ("not_assessed", said)


def test_the_counterfactual_of_odi() -> None:
    """max(22, 52 − 30) = 22; the score of the last day is the one to replace."""
    assert row_of(odi(), "odi", "one_year").counterfactual == (
        "An ODI score of 22 or less in place of the 23 of 12 May 2026 would have met; impossible since 13 May 2026."
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.__name__))
def test_a_counterfactual_would_indeed_have_met(case: Callable[[], Case]) -> None:
    """The named score, given on the window's last day instead of what was there, is judged as met."""
    made = case()
    patient = made.records
    for row in made.proof().rows:
        if row.counterfactual is None:
            continue
        needed = re.search(r"score of ([0-9.]+) or less", row.counterfactual)
        assert needed is not None
        closes = row.postoperative_window[1]
        for value, status in ((Decimal(needed[1]), "met"), (Decimal(needed[1]) + Decimal("0.0001"), "not_met")):
            in_window = [c.score_id for c in row.candidates if c.window == row.timepoint]
            others = [s for s in patient.scores if s["score_id"] not in in_window]
            given = score("new", row.instrument, str(value), closes.isoformat())
            changed = PatientRecords(patient.patient, patient.procedures, [*others, given])
            judged = judge_patient(changed, RULES, made.policy, date.fromisoformat(made.as_of))
            key = (f"P1@{made.index_date}", row.instrument, row.timepoint)
            got = {(j.episode.episode_id, j.measure.instrument, j.stratum.timepoint): j.status for j in judged}
            assert got[key] == status


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.__name__))
def test_before_a_window_has_closed_no_score_to_reach_is_given(case: Callable[[], Case]) -> None:
    """At every as-of date: no threshold, and no counterfactual, unless the date is after the window's last day."""
    made = case()
    opens = date.fromisoformat(made.index_date)
    for days in range(0, 500, 7):
        as_of = date.fromordinal(opens.toordinal() + days)
        proof = prove(made.records, RULES, made.policy, as_of, f"P1@{made.index_date}")
        for row in proof.rows:
            said = " ".join((row.headline, row.arithmetic, row.rule, row.counts, *row.notes))
            if as_of <= row.postoperative_window[1]:
                assert row.counterfactual is None
                assert not re.search(r"or less|or more|above|less than|meets", said)
            elif row.status in ("met", "not_met"):
                assert "or less" in row.rule


def test_upcoming_and_open_give_the_windows_dates() -> None:
    assert row_of(open_window(), "leg_pain", "three_month").headline == (
        "Open: the window closes on 28 October 2025, no score yet"
    )
    assert row_of(upcoming(), "odi", "one_year").headline == (
        "Upcoming: the window opens on 10 March 2026 and closes on 10 September 2026"
    )


def test_worsening_is_shown_also_when_excluded() -> None:
    """4 before and 7 after: 3.0 points worse, excluded or not."""
    row = row_of(excluded_by_diagnosis(), "back_pain", "one_year")
    assert row.status == "excluded"
    assert row.notes[0] == "Worse by 3.0 points: look at this patient, whatever the measure says."


def test_who_died_before_the_window_closed_is_told_no_score() -> None:
    row = row_of(deceased(), "back_pain", "three_month")
    assert (row.status, row.counterfactual) == ("not_assessed", None)
    assert any(note.startswith("Deceased:") for note in row.notes)


def test_every_reason_for_and_against_a_score_is_told_somewhere() -> None:
    told = " ".join(" ".join(text_of(case()).split()) for case in CASES)
    for phrase in (
        "the only usable score",
        "the latest date in the",
        "the earliest date in the",
        "the date nearest to",
        "of the scores of that date the least favourable",
        "of equal scores of that date, the smallest score id",
        "left and right on one date are one leg score",
        "before the preoperative window",
        "before the three-month window",
        "after the one-year window",
        "an earlier date",
        "a later date",
        "days from 10 September 2025",
        "same date, but more favourable",
        "same date and value",
        "the other leg is higher",
        "the same leg is higher",
        "the other leg has the same value",
        "a recovery-room score is no baseline",
        "recorded on 2 September 2025, after the as-of date",
        "chosen: after the as-of date 1 September 2025",
    ):
        assert phrase in told, phrase


def test_a_score_that_counts_for_two_operations_is_said_on_both() -> None:
    """20 March 2026 lies in the one-year window of 3 March 2025 and in that of 11 June 2025."""
    first = operated_again()
    second = Case(first.records, "2025-06-11", policy=first.policy)
    for case, other in ((first, "P1@2025-06-11"), (second, "P1@2025-03-03")):
        notes = row_of(case, "leg_pain", "one_year").notes
        assert f"Shared score: the postoperative score was chosen for another episode too: {other}." in notes


def test_equally_near_dates_are_told_apart_by_the_later() -> None:
    """10 June + 3 months is 10 September; the 9th and the 11th are each a day away."""
    row = row_of(ties_and_legs(), "back_pain", "three_month")
    because = {c.score_id: c.because for c in row.candidates}
    assert because["S4"] == "not chosen: as near to 10 September 2025 as 11 September 2025; the later date counts"
    assert [c.score_id for c in row.candidates if c.chosen] == ["S1", "S5"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.__name__))
def test_the_text_fits_a_hundred_columns_and_names_every_score(case: Callable[[], Case]) -> None:
    made = case()
    text = text_of(made)
    assert max(len(row) for row in text.splitlines()) <= 100
    assert all(f"score {s['score_id']}" in " ".join(text.split()) for s in made.records.scores)
    assert text.count("Met is not recovered, and not met is not failed surgery.") == 1


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(c.__name__))
def test_the_proof_agrees_with_the_judgement(case: Callable[[], Case]) -> None:
    """Status, code and chosen scores of every row are those of the outcome table."""
    made = case()
    proof = made.proof()
    judged = judge_patient(made.records, RULES, made.policy, proof.as_of)
    rows = {(r["episode_id"], r["instrument"], r["timepoint"]): r for r in (j.row() for j in judged)}
    assert len(proof.rows) == 6
    for row in proof.rows:
        outcome = rows[proof.episode_id, row.instrument, row.timepoint]
        chosen = {c.window: c.score_id for c in row.candidates if c.chosen}
        assert (row.status, row.code, row.in_measure) == (outcome["status"], outcome["code"], outcome["in_measure"])
        assert chosen.get("preoperative") == outcome["preoperative_score_id"]
        assert chosen.get(row.timepoint) == outcome["postoperative_score_id"]


def test_json_holds_the_same_with_dates_and_points_as_text() -> None:
    proof = met_by_improvement().proof()
    plain = json.loads(json.dumps(proof_json(proof)))
    row = plain["rows"][0]
    assert plain["index_date"] == "2025-06-10"
    assert row["postoperative_window"] == ["2025-07-22", "2025-10-28"]
    assert [c["value"] for c in row["candidates"]] == ["8.2", "3.2"]
    assert row["arithmetic"] == proof.rows[0].arithmetic
    assert plain["reading"][0] == "Met is not recovered, and not met is not failed surgery."


def test_an_unknown_episode_is_one_clear_line() -> None:
    with pytest.raises(UnknownEpisodeError, match="no episode of that id"):
        prove(worked_example().records, RULES, Policy(), date(2026, 11, 21), "P1@2025-02-13")


def test_an_id_cannot_steer_the_terminal() -> None:
    """Ids are whatever a source wrote: an escape sequence or a line break comes out as a question mark."""
    records = PatientRecords(
        born(),
        [line("L\x1b[2J\n1", "2025-02-12", FUSION)],
        [score("S\x1b]0;x\x07" + "9" * 150, "back_pain", "8", "2025-02-01")],
    )
    text = proof_text(prove(records, RULES, Policy(), date(2026, 11, 21), "P1@2025-02-12"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert max(len(row) for row in text.splitlines()) <= 100
