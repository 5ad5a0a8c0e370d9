"""The proof of telling patients, word for word, and the promises every proof keeps.

The texts in `explain/` are written anew with LUMBAR_GOLDEN=write; read the diff before keeping it.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lumbar.engine.reference import PatientRecords, judge_patient
from lumbar.errors import UnknownEpisodeError
from lumbar.explain import Proof, RowProof, proof_json, proof_text, prove
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy

RULES = for_year(2026)
GOLDEN = Path(__file__).parent / "explain"
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
    """An acute fracture excludes; a refuted one, one that ended, one too old, one without an onset do not."""
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
