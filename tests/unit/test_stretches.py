"""Clinical rows come in the order they were read, of patients with an episode alone, however many stretches they take."""

import pytest

import lumbar
from lumbar.engine import stretches
from source_folder import SCORE, tables_folder


def folder(path, n_patients, n_operated):
    """Of so many patients so many are operated on; each has two scores, which lie far from each other."""
    patients = [f"p{n}" for n in range(n_patients)]
    return tables_folder(
        path,
        patient=[{"patient_id": patient, "birth_date": "1960-01-01"} for patient in patients],
        procedure=[
            {"procedure_id": f"op{n}", "patient_id": f"p{n * 7 % n_patients}", "performed_on": "2025-03-03"}
            | {"system": "cpt", "code": "63030"}
            for n in range(n_operated)
        ],
        score=[
            {**SCORE, "score_id": f"{turn}{patient}", "patient_id": patient, "assessed_on": day}
            for turn, day in (("a", "2025-02-24"), ("b", "2025-06-02"))
            for patient in patients
        ],
    )


@pytest.mark.parametrize("n_operated", [5, 45])
def test_stretches_give_what_one_table_gives(n_operated, tmp_path, monkeypatch):
    source = folder(tmp_path, n_patients=50, n_operated=n_operated)
    whole = lumbar.evaluate(source, year=2026, as_of="2026-06-01").clinical("score")
    operated = {f"p{n * 7 % 50}" for n in range(n_operated)}
    assert whole.column("score_id").to_pylist() == [f"{t}p{n}" for t in "ab" for n in range(50) if f"p{n}" in operated]
    monkeypatch.setattr(stretches, "STRETCH_ROWS", 9)
    assert lumbar.evaluate(source, year=2026, as_of="2026-06-01").clinical("score").equals(whole)
