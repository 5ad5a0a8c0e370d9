"""Nobody is listed, ordered or left out because of a result; nobody who died or declined is ever listed."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from cohort import AS_OF_DATES, cohort
from lumbar.followup.next_best import ORDERS
from lumbar.followup.worklist_files import worklist_json
from lumbar.tables.clinical import ODI
from lumbar.workflow import stored
from lumbar.workflow.worklist import worklist_of
from result_folder import result_folder

N_PATIENTS = 400
YEAR = 2026
RESULTS_ALLOWED = {"floor", "floor_if_met"}


def people(clinic, draw, as_of):
    """The clinic with a contact for most patients; some have died or declined, before, on or after the as-of date."""
    days = (None, None, None, as_of - timedelta(days=1), as_of, as_of + timedelta(days=1))
    for patient in clinic["patient"]:
        patient["deceased_on"] = draw.choice(days) if draw.random() < 0.3 else None
        patient["deceased"] = draw.choice((True, False, None)) if draw.random() < 0.2 else None
        patient["language"] = draw.choice(("en", "es", None))
        patient["race"] = draw.choice(("White", "Asian", None))
    clinic["contact"] = [
        {"patient_id": patient["patient_id"], "name": "N", "declined_on": draw.choice(days)}
        for patient in clinic["patient"]
        if draw.random() < 0.8
    ]
    return clinic


def other_values(clinic, draw):
    """The same scores on the same days, of other values."""
    scores = [
        {**row, "value": Decimal(draw.randrange(0, 101)) / (1 if row["instrument"] == ODI else 10)}
        for row in clinic["score"]
    ]
    return {**clinic, "score": scores}


def listed(folder, **asked):
    return worklist_json(worklist_of(stored(folder), everybody=True, **asked))


def without_floors(worklist):
    rows = [
        {**row, "missing": [{k: v for k, v in one.items() if k not in RESULTS_ALLOWED} for one in row["missing"]]}
        for row in worklist["rows"]
    ]
    return {**worklist, "rows": rows}


@pytest.mark.parametrize("seed", range(4))
def test_other_values_of_the_scores_change_neither_the_list_nor_its_order_nor_a_figure_but_the_floors(seed, tmp_path):
    as_of, draw = AS_OF_DATES[seed], Random(seed)
    clinic = people(cohort(seed, range(N_PATIENTS), as_of), draw, as_of)
    as_it_is = result_folder(tmp_path / "a", clinic, YEAR, as_of)
    otherwise = result_folder(tmp_path / "b", other_values(clinic, draw), YEAR, as_of)
    for order in ORDERS:
        one, other = listed(as_it_is, order=order), listed(otherwise, order=order)
        assert len(one["rows"]) > 20
        assert without_floors(one) == without_floors(other)
        assert one != other, "the floors alone differ: values were changed"


@pytest.mark.parametrize("seed", range(4))
def test_listed_is_exactly_who_has_no_score_in_a_window_and_may_be_asked(seed, tmp_path):
    """Against the outcome table, row by row; both ends of a window count."""
    as_of, days = AS_OF_DATES[seed], 14
    clinic = people(cohort(seed + 10, range(N_PATIENTS), as_of), Random(seed), as_of)
    folder = result_folder(tmp_path / "a", clinic, YEAR, as_of)
    dead = {
        row["patient_id"]
        for row in clinic["patient"]
        if (row["deceased_on"] or date.max) <= as_of or (row["deceased"] and row["deceased_on"] is None)
    }
    declined = {row["patient_id"] for row in clinic["contact"] if (row["declined_on"] or date.max) <= as_of}
    due = [
        row
        for row in stored(folder).outcome.to_pylist()
        if row["postoperative_score"] is None
        and row["window_opens"] <= as_of + timedelta(days=days)
        and as_of <= row["window_closes"]
    ]
    assert {row["patient_id"] for row in due} & dead
    assert {row["patient_id"] for row in due} & declined
    rows = listed(folder, days=days)["rows"]
    found = [(row["episode_id"], row["timepoint"], one["instrument"]) for row in rows for one in row["missing"]]
    wanted = [row for row in due if row["patient_id"] not in dead | declined]
    assert sorted(found) == sorted((row["episode_id"], row["timepoint"], row["instrument"]) for row in wanted)
    in_measure = worklist_json(worklist_of(stored(folder)))["rows"]
    counted = [(row["episode_id"], row["timepoint"], one["instrument"]) for row in in_measure for one in row["missing"]]
    kept = sorted((r["episode_id"], r["timepoint"], r["instrument"]) for r in wanted if r["in_measure"])
    assert sorted(counted) == kept


def test_the_list_does_not_depend_on_the_order_of_rows(tmp_path):
    as_of, draw = AS_OF_DATES[0], Random(1)
    clinic = people(cohort(3, range(N_PATIENTS), as_of), draw, as_of)
    mixed = {name: draw.sample(rows, len(rows)) for name, rows in clinic.items()}
    folders = [result_folder(tmp_path / name, c, YEAR, as_of) for name, c in (("a", clinic), ("b", mixed))]
    assert listed(folders[0]) == listed(folders[1])
