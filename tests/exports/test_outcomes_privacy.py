"""What leaves of a patient at each privacy level: one patient whose every field carries a mark."""

import re

import pytest

from command_line import lumbar
from lumbar.exports.outcomes.privacy import TABLES, Privacy
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import FLAGS
from lumbar.tables.schema import Type
from marked_patient import (
    BORN,
    DIED,
    IDENTIFIERS,
    INDEX_DATES,
    NPI,
    OTHER_DATES,
    PATIENT_ID,
    SERVICE_DATES,
    spellings,
    write_marked_clinic,
)
from outcome_reading import FORMS, everything_in, holds, rows_of

LEVELS = tuple(level.value for level in Privacy)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The marked clinic at each level in each form, and all that the terminal said."""
    folder = tmp_path_factory.mktemp("marked")
    records, result = write_marked_clinic(folder), folder / "result of Quirinella Zweckstein"
    ended = lumbar("evaluate", records, "--year", 2026, "--as-of", "2027-02-01", "--out", result, "--no-report")
    assert ended.code == 0, ended.err
    written, said = {}, {}
    (folder / "files").mkdir()
    for level in LEVELS:
        for form in FORMS:
            path = folder / "files" / f"{level}.{form}"
            ended = lumbar("export", "outcomes", result, "--out", path, "--privacy", level, "--on", "2027-03-05")
            assert ended.code == 0, ended.err
            written[level, form], said[level, form] = path, ended.out.replace(str(path), "") + ended.err
    return written, said


def marked_rows(path):
    """The rows of the marked patient: the only one of sex other or unknown who is 90 or older."""
    return [row for row in rows_of(path) if row["age_at_index"] in ("90+", "90", "91", 90, 91)]


# ---- the search finds what is there


@pytest.mark.parametrize("form", FORMS)
def test_in_an_identified_file_the_marks_of_the_table_are_found(files, form):
    text = everything_in(files[0]["identified", form])
    for mark in (PATIENT_ID, NPI, "203.0.113.77", "https://portal"):
        assert holds(text, mark), mark
    for day in (*INDEX_DATES, *SERVICE_DATES):
        assert any(holds(text, spelling) for spelling in spellings(day)), day


def test_the_marked_patient_is_in_every_file(files):
    """Discectomy at three months and fusion at one year, three instruments each: six rows."""
    for (level, _), path in files[0].items():
        own = rows_of(path) if level == "identified" else marked_rows(path)
        assert len([row for row in own if row.get("patient_id", PATIENT_ID) == PATIENT_ID]) == 6


# ---- the eighteen identifiers


def test_there_are_eighteen_identifiers():
    assert "".join(IDENTIFIERS) == "ABCDEFGHIJKLMNOPQR"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("letter", [letter for letter in IDENTIFIERS if letter != "C"])
def test_no_identifier_stands_in_a_de_identified_file(files, letter, form):
    """45 CFR 164.514(b)(2)(i), one letter a test."""
    written, said = files
    what, marks, _ = IDENTIFIERS[letter]
    assert marks
    for text in (everything_in(written["deidentified", form]), said["deidentified", form]):
        assert [mark for mark in marks if holds(text, mark)] == [], what


@pytest.mark.parametrize("form", FORMS)
def test_no_date_of_the_patient_stands_in_a_de_identified_file(files, form):
    """(C): birth, operation, score, diagnosis, coverage, death, in any spelling; nor a month of one."""
    written, said = files
    text = everything_in(written["deidentified", form]) + said["deidentified", form]
    days = {*SERVICE_DATES, *OTHER_DATES}
    assert {BORN, DIED, *INDEX_DATES} <= days
    assert [(day, s) for day in days for s in spellings(day) if holds(text, s)] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_de_identified_file_has_no_date_at_all_but_those_of_its_making(files, form):
    """As of 1 February 2027, dated 5 March 2027; a workbook's cells are dates only by their format."""
    text = everything_in(files[0]["deidentified", form])
    found = set(re.findall(r"(?<![0-9])(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}", text))
    assert found <= {"2027-02-01", "2027-03-05"}
    if form == "xlsx":
        assert "yyyy" not in text


@pytest.mark.parametrize("form", FORMS)
def test_of_a_patient_over_89_no_age_and_no_year_of_birth_stands(files, form):
    rows = marked_rows(files[0]["deidentified", form])
    assert {row["age_at_index"] for row in rows} == {"90+"}
    assert not holds(everything_in(files[0]["deidentified", form]), str(BORN.year))


@pytest.mark.parametrize("form", FORMS)
def test_a_de_identified_file_holds_nothing_but_numbers_and_words_of_closed_lists(files, form):
    """What our tables cannot hold, such as (L), (M) or (P), has no column to stand in: every column is listed here."""
    codes = re.compile(r"[GM][0-9]{4}")
    columns = {
        "patient": range(1, 100), "operation": range(1, 9), "performance_year": [2026],
        "age_at_index": [*map(str, range(18, 90)), "90+"], "sex": ["female", "male", "other_or_unknown"],
        "kind": ["discectomy", "fusion"], "instrument": ["back_pain", "leg_pain", "odi"],
        "payer": TABLES[Privacy.IDENTIFIED].column("payer").values, "measure_id": ["459", "461", "471"],
        "timepoint": ["three_month", "one_year"], "status": ["met", "not_met", "not_assessed"],
        "preoperative_day": range(-89, 1), "postoperative_day": range(42, 455), "flags": FLAGS,
    }  # fmt: skip
    rows = rows_of(files[0]["deidentified", form])
    by_shape = {"code", "reported_code", "reported_agrees", "preoperative_score", "postoperative_score", "improvement"}
    assert set(rows[0]) == {*columns, *by_shape} == set(TABLES[Privacy.DEIDENTIFIED].column_names)
    for row in rows:
        for name, allowed in columns.items():
            words = str(row[name]).split() if row[name] is not None else []
            assert set(words) <= set(map(str, allowed)), name
        assert all(row[name] is None or codes.fullmatch(row[name]) for name in ("code", "reported_code"))
        assert row["reported_agrees"] in (None, True, False, "true", "false")
        assert all(-100 <= float(row[name] or 0) <= 100 for name in by_shape if "code" not in name and "ag" not in name)


def test_no_clinical_table_has_a_column_for_what_ours_do_not_know():
    """A column for one of these would have to be looked at here first."""
    unknown = re.compile(
        r"fax|ssn|social|account|licen|vehicle|plate|device|serial|url|web|ip_|photo|image|zip|address"
    )
    assert [c.name for table in CLINICAL_TABLES for c in table.columns if unknown.search(c.name)] == []


# ---- a limited data set


@pytest.mark.parametrize("form", FORMS)
def test_no_direct_identifier_stands_in_a_limited_data_set(files, form):
    """45 CFR 164.514(e)(2): dates of service stay, and the NPI, which is the surgeon's; all else is gone."""
    written, said = files
    text = everything_in(written["limited", form]) + said["limited", form]
    marks = [mark for letter, (_, all_marks, _) in IDENTIFIERS.items() if letter != "C" for mark in all_marks]
    assert [mark for mark in marks if holds(text, mark)] == [NPI]
    assert [(day, s) for day in OTHER_DATES for s in spellings(day)[:10] if holds(text, s)] == []


@pytest.mark.parametrize("form", FORMS)
def test_a_limited_data_set_keeps_the_dates_of_service_and_the_age(files, form):
    rows = marked_rows(files[0]["limited", form])
    assert {str(row["index_date"]) for row in rows} == {"2025-03-11", "2025-08-13"}
    assert {str(row["age_at_index"]) for row in rows} == {"90", "91"}


@pytest.mark.parametrize("level", ["limited", "deidentified"])
def test_text_of_a_study_is_of_closed_lists_by_its_declaration(level):
    open_text = [c.name for c in TABLES[Privacy(level)].columns if c.type is Type.TEXT and not c.values]
    looked_at = {"measure_id", "code", "reported_code", "flags"}
    assert set(open_text) - looked_at == ({"age_at_index"} if level == "deidentified" else {"surgeon_npi"})


# ---- an identified file


@pytest.mark.parametrize("form", FORMS)
def test_not_even_an_identified_file_holds_how_to_reach_a_patient(files, form):
    """Contact data are for call lists and claims only."""
    text = everything_in(files[0]["identified", form])
    for mark in ("Quirinella", "612-555-0173", "mail.example", "MRN-0073317731", "MBR-88213377", "Zweckville"):
        assert not holds(text, mark), mark


def test_nothing_is_left_beside_the_files(files):
    (folder,) = {path.parent for path in files[0].values()}
    assert {path.name for path in folder.iterdir()} == {f"{level}.{form}" for level in LEVELS for form in FORMS}
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
