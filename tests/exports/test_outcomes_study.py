"""Ages, days and numbers of a study, worked by hand; and that nothing left out shows in what is written."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from command_line import assert_one_clear_line, lumbar
from lumbar.errors import ResultFolderError
from lumbar.exports.outcomes.privacy import Privacy
from lumbar.exports.outcomes.writing import write_outcomes
from lumbar.workflow.exporting import leaving
from lumbar.workflow.result import stored
from outcome_reading import FORMS, rows_of
from result_folder import result_folder

STUDIES = (Privacy.LIMITED, Privacy.DEIDENTIFIED)
DISCECTOMY, FUSION = "63030", "22612"


def operation(patient, on, code=DISCECTOMY):
    """One procedure line."""
    return {"procedure_id": f"{patient}-{on}", "patient_id": patient, "performed_on": on, "system": "cpt", "code": code}


def score(patient, on, value):
    """One back pain score."""
    return {
        **{"score_id": f"{patient}-{on}-s", "patient_id": patient, "instrument": "back_pain", "scale": "nrs"},
        **{"value": value, "assessed_on": on},
    }


def study(tmp_path, patients, procedures, scores=(), level="deidentified"):
    """The back pain rows of a hand-written clinic in performance year 2026, as CSV has them."""
    clinic = {"patient": patients, "procedure": procedures, "score": scores}
    result = result_folder(tmp_path / "result", clinic, 2026, date(2027, 2, 1))
    out = tmp_path / "o.csv"
    ended = lumbar("export", "outcomes", result, "--out", out, "--privacy", level, "--measure", "459")
    assert ended.code == 0, ended.err
    return rows_of(out)


# ---- ages

AGES = [
    ("1936-01-15", "2025-01-14", "88", "the day before the 89th birthday"),
    ("1936-01-15", "2025-01-15", "89", "the 89th birthday"),
    ("1935-01-16", "2025-01-15", "89", "the day before the 90th birthday"),
    ("1935-01-15", "2025-01-15", "90+", "the 90th birthday"),
    ("1934-01-15", "2025-01-15", "90+", "the 91st birthday"),
    ("1921-06-30", "2025-06-30", "90+", "104 years"),
    ("1936-02-29", "2025-02-27", "88", "29 February is kept on 28 February, which is tomorrow"),
    ("1936-02-29", "2025-02-28", "89", "29 February is kept on 28 February"),
    ("1960-03-01", "2025-02-28", "64", "tomorrow 65"),
]


@pytest.mark.parametrize(("born", "on", "age", "why"), AGES, ids=[why for *_, why in AGES])
def test_age_is_of_the_index_date_and_from_90_on_one_category(tmp_path, born, on, age, why):
    patient = {"patient_id": "p", "birth_date": date.fromisoformat(born)}
    (row,) = study(tmp_path, [patient], [operation("p", date.fromisoformat(on))])
    assert row["age_at_index"] == age


def test_in_a_limited_data_set_an_age_stays_a_number(tmp_path):
    patient = {"patient_id": "p", "birth_date": date(1921, 6, 30)}
    (row,) = study(tmp_path, [patient], [operation("p", date(2025, 6, 30))], level="limited")
    assert row["age_at_index"] == "104"


def test_who_is_90_at_one_operation_is_90_or_older_at_all(tmp_path):
    """89 in January and 90 in June: with both told, the age over 89 would be known to the year."""
    patient = {"patient_id": "p", "birth_date": date(1935, 3, 1)}
    rows = study(tmp_path, [patient], [operation("p", date(2025, 1, 15)), operation("p", date(2025, 6, 16))])
    assert [(row["patient"], row["operation"], row["age_at_index"]) for row in rows] == [
        ("1", "1", "90+"),
        ("1", "2", "90+"),
    ]


@pytest.mark.parametrize(("born", "age"), [(date(1935, 3, 12), "90+"), (date(1935, 3, 13), "89")])
def test_who_is_90_when_a_score_is_given_is_90_or_older(tmp_path, born, age):
    """Operated on 10 January at 89; day 61 is 12 March, the 90th birthday of the one, the eve of the other's."""
    day_61 = date(2025, 1, 10) + timedelta(days=61)
    assert day_61 == date(2025, 3, 12)
    patient = {"patient_id": "p", "birth_date": born}
    (row,) = study(tmp_path, [patient], [operation("p", date(2025, 1, 10))], [score("p", day_61, 2)])
    assert (row["postoperative_day"], row["age_at_index"]) == ("61", age)


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        *(("F", "female"), ("Female ", "female"), ("m", "male"), ("MALE", "male")),
        *((None, "other_or_unknown"), ("other", "other_or_unknown"), ("Mary Jones, female", "other_or_unknown")),
    ],
)
def test_sex_is_told_in_three_words(tmp_path, recorded, told):
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1), "sex": recorded}
    (row,) = study(tmp_path, [patient], [operation("p", date(2025, 6, 30))])
    assert row["sex"] == told


# ---- days

DAYS = [
    (DISCECTOMY, "2025-06-10", "2025-06-10", "2025-07-22", "0", "42"),
    (DISCECTOMY, "2025-06-10", "2025-05-31", "2025-10-28", "-10", "140"),
    # 31 May minus three months is 28 February, 92 days before; from 28 May it is 89 days: no more is told.
    (DISCECTOMY, "2025-05-31", "2025-02-28", "2025-10-01", "-89", "123"),
    (DISCECTOMY, "2025-05-31", "2025-03-03", "2025-10-01", "-89", "123"),
    (DISCECTOMY, "2025-05-31", "2025-03-04", "2025-10-01", "-88", "123"),
    # Nine months after 28 February is day 273, after 1 May day 276.
    (FUSION, "2025-02-28", "2025-02-20", "2025-11-28", "-8", "276"),
    (FUSION, "2025-02-28", "2025-02-20", "2025-12-01", "-8", "276"),
    (FUSION, "2025-02-28", "2025-02-20", "2025-12-02", "-8", "277"),
    # Fifteen months after 31 January is 30 April, day 454; after 10 April 10 July, day 456.
    (FUSION, "2025-01-31", "2025-01-02", "2026-04-30", "-29", "454"),
    (FUSION, "2025-04-10", "2025-04-02", "2026-07-07", "-8", "453"),
    (FUSION, "2025-04-10", "2025-04-02", "2026-07-08", "-8", "454"),
    (FUSION, "2025-04-10", "2025-04-02", "2026-07-10", "-8", "454"),
]


@pytest.mark.parametrize(("code", "on", "before", "after", "before_day", "after_day"), DAYS)
def test_days_are_told_from_the_index_date_and_at_the_ends_of_windows_no_more_than_all_share(
    tmp_path, code, on, before, after, before_day, after_day
):
    on, before, after = map(date.fromisoformat, (on, before, after))
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1)}
    (row,) = study(tmp_path, [patient], [operation("p", on, code)], [score("p", before, 8), score("p", after, 2)])
    assert (row["preoperative_day"], row["postoperative_day"]) == (before_day, after_day)


def test_where_there_is_no_score_there_is_no_day(tmp_path):
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1)}
    (row,) = study(tmp_path, [patient], [operation("p", date(2025, 6, 30))])
    assert (row["preoperative_day"], row["postoperative_day"], row["status"]) == (None, None, "not_assessed")


# ---- what is left out does not show


def written(what, tmp_path, level, form):
    path = tmp_path / "o"
    write_outcomes(what, path, level, f".{form}")
    return path.read_bytes()


def with_column(table, name, values):
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values, table.schema.field(name).type))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("level", STUDIES)
def test_other_ids_and_another_order_of_rows_give_the_same_bytes(closed, tmp_path, level, form):
    """Study numbers are made of neither: 1,500 patients renamed at random, their rows shuffled."""
    what, draw = leaving(stored(closed)), random.Random(3)
    ids = what.clinical("patient")["patient_id"].to_pylist()
    renamed = dict(zip(ids, draw.sample([f"{n:07d}" for n in range(10**6)], len(ids)), strict=True))

    def patients(name):
        table = what.clinical(name)
        return with_column(table, "patient_id", [renamed[i] for i in table["patient_id"].to_pylist()])

    rows = what.rows.take(pa.array(draw.sample(range(what.rows.num_rows), what.rows.num_rows)))
    rows = with_column(rows, "patient_id", [renamed[i] for i in rows["patient_id"].to_pylist()])
    for name in ("episode_id", "preoperative_score_id", "postoperative_score_id"):
        rows = with_column(rows, name, [None if i is None else f"{draw.random()}" for i in rows[name].to_pylist()])
    other = replace(what, rows=rows, clinical=patients, identity="0" * 64)
    assert written(other, tmp_path, level, form) == written(what, tmp_path, level, form)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_other_dates_surgeons_and_places_give_the_same_de_identified_bytes(closed, tmp_path, form):
    """All of a patient's days four years earlier: ages and distances stay, and nothing else of a date is written."""
    what, cycle = leaving(stored(closed)), 4 * 365 + 1

    def earlier(table):
        for name, type_ in zip(table.schema.names, table.schema.types, strict=True):
            if type_ == pa.date32():
                days = pc.subtract(pc.cast(table[name], pa.int32()), cycle)
                table = table.set_column(
                    table.schema.get_field_index(name), name, pc.cast(pc.cast(days, pa.int32()), pa.date32())
                )
        return table

    rows = with_column(earlier(what.rows), "surgeon_npi", ["1234567893"] * what.rows.num_rows)
    other = replace(what, rows=rows, clinical=lambda name: earlier(what.clinical(name)), npi="1234567893")
    assert written(other, tmp_path, Privacy.DEIDENTIFIED, form) == written(what, tmp_path, Privacy.DEIDENTIFIED, form)


@pytest.mark.parametrize("level", STUDIES)
def test_numbers_follow_what_is_written_and_rows_of_a_patient_stand_together(closed, tmp_path, level):
    path = tmp_path / "o.csv"
    write_outcomes(leaving(stored(closed)), path, level, ".csv")
    rows = rows_of(path)
    keys = [(int(row["patient"]), int(row["operation"])) for row in rows]
    assert keys == sorted(keys)
    assert {patient for patient, _ in keys} == set(range(1, keys[-1][0] + 1))
    assert {operation for _, operation in keys} == {1, 2}


@pytest.mark.parametrize(
    ("column", "text"), [("payer", "Aetna of Zweckville"), ("flags", "worse Zweckstein"), ("reported_code", "G0000")]
)
def test_a_word_that_is_of_no_list_does_not_leave(closed, tmp_path, column, text):
    """As in a result somebody has edited."""
    what = leaving(stored(closed))
    values = what.rows[column].to_pylist()
    other = replace(what, rows=with_column(what.rows, column, [text, *values[1:]]))
    with pytest.raises(
        ResultFolderError, match=f"{column} of the result holds a word that is not known; evaluate again"
    ):
        write_outcomes(other, tmp_path / "o", Privacy.LIMITED, ".csv")
    assert list(tmp_path.iterdir()) == []


def test_a_surgeon_s_npi_that_is_none_is_left_out_of_a_limited_data_set(tmp_path):
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1)}
    for npi, told in (("Dr. Zweckstein", None), ("1999999984", "1999999984"), ("19999999845", None)):
        folder = tmp_path / str(npi)
        folder.mkdir()
        (row,) = study(folder, [patient], [operation("p", date(2025, 6, 30)) | {"surgeon_npi": npi}], level="limited")
        assert row["surgeon_npi"] == told


# ---- ids that a form may not bear

AWKWARD = [
    "=1+1",
    "+49",
    "-7",
    "@sum",
    "00012",
    "1e5",
    'a "b", c',
    "two\nlines",
    " blank ",
    "_x0041_",
    "é😀",
    "bell\x07",
    "#N/A",
    "NULL",
]


@pytest.mark.parametrize("form", FORMS)
def test_awkward_ids_come_back_as_they_were(tmp_path, form):
    """In a workbook none becomes a formula, a number, a link or another text."""
    patients = [{"patient_id": text, "birth_date": date(1970, 1, 1)} for text in AWKWARD]
    lines = [operation(text, date(2025, 6, 30)) for text in AWKWARD]
    result = result_folder(tmp_path / "result", {"patient": patients, "procedure": lines}, 2026, date(2027, 2, 1))
    path = tmp_path / f"o.{form}"
    words = ("export", "outcomes", result, "--out", path, "--privacy", "identified", "--measure", "459")
    ended = lumbar(*words)
    assert ended.code == 0, ended.err
    assert sorted(row["patient_id"] for row in rows_of(path)) == sorted(AWKWARD)
    warned = "8 cells begin with =, +, - or @: open the file in no spreadsheet, or write .xlsx" in ended.err
    assert warned == (form == "csv")


def test_nobody_in_the_measure_is_a_file_without_rows(tmp_path):
    patient = {"patient_id": "p", "birth_date": date(1970, 1, 1)}
    for form in FORMS:
        folder = tmp_path / form
        result = result_folder(folder, {"patient": [patient], "procedure": []}, 2026, date(2027, 2, 1))
        for level in Privacy:
            path = tmp_path / f"{level.value}.{form}"
            ended = lumbar("export", "outcomes", result, "--out", path, "--privacy", level.value)
            assert ended.code == 0, ended.err
            assert rows_of(path) == []
            assert ended.err == ""


def test_a_file_that_cannot_be_written_is_one_clear_line(closed, tmp_path):
    for form in FORMS:
        assert_one_clear_line(lumbar("export", "outcomes", closed, "--out", tmp_path / "no" / f"o.{form}"))
    assert list(tmp_path.iterdir()) == []
