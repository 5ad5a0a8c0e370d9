"""The proof of every year's results: it reads, and it tells no score to reach while a window that counts is open."""

from datetime import date

import pytest

from decade import as_of, clinic_of
from engines import patients
from lumbar.engine.reference import PatientRecords, judge_patient
from lumbar.explain import proof_json, proof_text, prove
from lumbar.measures import for_year, years
from lumbar.measures.policy import Policy
from lumbar.tables.results import NOT_ASSESSED, NOT_MET

N_PATIENTS = 60


def judged(records: PatientRecords, year: int, day: date):
    """The judgements of a patient by episode."""
    found: dict[str, list] = {}
    for judgement in judge_patient(records, for_year(year), Policy(), day):
        found.setdefault(judgement.episode.episode_id, []).append(judgement)
    return found


@pytest.mark.parametrize("year", years())
def test_a_score_is_told_only_when_nothing_can_be_reached_with_it(year):
    """In the middle of the year some windows of fusions are open, whose three months are long past."""
    day, n_told, n_silent = as_of(year).replace(month=2, day=1), 0, 0
    for records in patients(clinic_of(year, year, N_PATIENTS)):
        for episode_id, judgements in judged(records, year, day).items():
            rows = {
                (r.instrument, r.timepoint): r for r in prove(records, for_year(year), Policy(), day, episode_id).rows
            }
            for j in judgements:
                told = rows[j.measure.instrument, j.stratum.timepoint].counterfactual
                awaited = any(
                    other.measure.instrument == j.measure.instrument
                    and other.stratum.kind == other.episode.kind
                    and other.postoperative_window[1] >= day
                    for other in judgements
                )
                if awaited:
                    assert told is None
                    n_silent += j.status in (NOT_MET, NOT_ASSESSED)
                n_told += told is not None
    assert n_told
    assert n_silent


@pytest.mark.parametrize("year", years())
def test_asking_for_one_measure_tells_no_more(year):
    """With `--measure 459` a fusion's three months must not tell what its open year in 460 asks."""
    day = as_of(year).replace(month=2, day=1)
    for records in patients(clinic_of(year, year, N_PATIENTS // 2)):
        for episode_id in judged(records, year, day):
            whole = prove(records, for_year(year), Policy(), day, episode_id).rows
            for measure in for_year(year).measures:
                alone = prove(records, for_year(year), Policy(), day, episode_id, [measure.id]).rows
                assert alone == tuple(row for row in whole if row.measure_id == measure.id)


@pytest.mark.parametrize("year", years())
def test_every_proof_reads_and_names_its_own_year(year):
    n_read = 0
    for records in patients(clinic_of(year, year + 7, N_PATIENTS // 3)):
        for episode_id in judged(records, year, as_of(year)):
            proof = prove(records, for_year(year), Policy(), as_of(year), episode_id)
            text = proof_text(proof)
            assert f"Performance year {year}" in text
            assert "None" not in text
            assert proof_json(proof)["episode_id"] == episode_id
            n_read += 1
    assert n_read
