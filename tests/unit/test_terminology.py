"""Codes by date: what is known of single codes, and the shape of every table."""

import csv
import subprocess
import sys
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest

from lumbar.codelists import code_list, code_list_names, terminology
from lumbar.codelists.terminology import (
    COLUMNS,
    CONFIDENCES,
    LINES,
    SYSTEMS,
    current_icd10cm,
    exclude_each_other,
    excludes1,
    history,
    term_on,
    terms,
)
from lumbar.errors import InternalError

CHANGED = date(2021, 10, 1)


def standing(code: str, on: str) -> str:
    """`billable`, `header` or `no code` on an ISO date."""
    term = term_on("icd10cm", code, date.fromisoformat(on))
    return "no code" if term is None else "billable" if term.billable else "header"


@pytest.mark.parametrize(
    ("code", "in_fy2021", "in_fy2025", "in_fy2026"),
    [
        ("M54.5", "billable", "header", "header"),
        ("M54.50", "no code", "billable", "billable"),
        ("M54.51", "no code", "billable", "billable"),
        ("M54.59", "no code", "billable", "billable"),
        ("M48.06", "header", "header", "header"),
        ("M48.061", "billable", "billable", "billable"),
        ("M48.062", "billable", "billable", "billable"),
        ("M51.26", "billable", "billable", "billable"),
        ("M51.27", "billable", "billable", "billable"),
        ("M51.16", "billable", "billable", "billable"),
        ("M51.17", "billable", "billable", "billable"),
        ("M51.36", "billable", "header", "header"),
        ("M51.360", "no code", "billable", "billable"),
        ("M51.361", "no code", "billable", "billable"),
        ("M51.362", "no code", "billable", "billable"),
        ("M51.369", "no code", "billable", "billable"),
        ("M51.37", "billable", "header", "header"),
        ("M51.370", "no code", "billable", "billable"),
        ("M51.371", "no code", "billable", "billable"),
        ("M51.372", "no code", "billable", "billable"),
        ("M51.379", "no code", "billable", "billable"),
        ("M47.26", "billable", "billable", "billable"),
        ("M47.27", "billable", "billable", "billable"),
        ("M47.816", "billable", "billable", "billable"),
        ("M43.16", "billable", "billable", "billable"),
        ("M54.16", "billable", "billable", "billable"),
        ("M54.17", "billable", "billable", "billable"),
        ("G55", "billable", "billable", "billable"),
        ("G55.9", "no code", "no code", "no code"),
        ("G54.9", "billable", "billable", "billable"),
        ("M96.1", "billable", "billable", "billable"),
        ("M99.33", "billable", "billable", "billable"),
    ],
)
def test_the_standing_of_a_diagnosis_in_three_fiscal_years(code, in_fy2021, in_fy2025, in_fy2026):
    """Read by hand in the order files of January 2021, April 2025 and April 2026."""
    found = [standing(code, on) for on in ("2021-01-15", "2025-04-15", "2026-04-15")]
    assert found == [in_fy2021, in_fy2025, in_fy2026]


@pytest.mark.parametrize(
    ("code", "last_billable", "first_header", "successors"),
    [
        ("M54.5", "2021-09-30", "2021-10-01", "M54.50 M54.51 M54.59"),
        ("M48.06", "2017-09-30", "2017-10-01", "M48.061 M48.062"),
        ("M51.36", "2024-09-30", "2024-10-01", "M51.360 M51.361 M51.362 M51.369"),
        ("M51.37", "2024-09-30", "2024-10-01", "M51.370 M51.371 M51.372 M51.379"),
    ],
)
def test_a_code_that_became_a_header_names_its_successors(code, last_billable, first_header, successors):
    assert standing(code, last_billable) == "billable"
    assert standing(code, first_header) == "header"
    before, after = history("icd10cm", code)
    assert " ".join(before.successors) == " ".join(after.successors) == successors
    assert {standing(s, first_header) for s in after.successors} == {"billable"}
    assert {standing(s, last_billable) for s in after.successors} == {"no code"}


def test_a_header_offers_only_what_is_billable_that_day():
    """M51.36 turned from a code into a header on 1 October 2024."""
    assert "M51.36" in term_on("icd10cm", "M51.3", date(2024, 9, 30)).successors
    assert "M51.360" not in term_on("icd10cm", "M51.3", date(2024, 9, 30)).successors
    assert "M51.36" not in term_on("icd10cm", "M51.3", date(2024, 10, 1)).successors
    assert "M51.360" in term_on("icd10cm", "M51.3", date(2024, 10, 1)).successors


def test_outside_the_years_read_a_standing_is_likely():
    """FY2019 to FY2026 were read: 1 October 2018 to 30 September 2026."""
    days = (date(2018, 9, 30), date(2018, 10, 1), date(2026, 9, 30), date(2026, 10, 1))
    assert [term_on("icd10cm", "M51.26", on).confidence for on in days] == ["likely", "certain", "certain", "likely"]


@pytest.mark.parametrize(
    ("first", "second", "on", "expected"),
    [
        ("M54.5", "M51.26", "2021-06-01", True),
        ("M54.50", "M51.26", "2026-01-15", True),
        ("M51.26", "M54.50", "2026-01-15", True),
        ("M54.59", "M54.41", "2026-01-15", True),
        ("M54.50", "M51.360", "2024-10-01", True),
        ("M54.50", "M51.360", "2024-09-30", False),
        ("M54.50", "M51.369", "2026-01-15", False),
        ("M54.50", "M54.16", "2026-01-15", False),
        ("G55", "M51.16", "2026-01-15", True),
        ("G55", "M48.061", "2026-01-15", True),
        ("G55", "M47.26", "2026-01-15", True),
        ("G55", "M45.6", "2026-01-15", True),
        ("G55", "M54.16", "2026-01-15", True),
        ("G55", "M51.26", "2026-01-15", False),
        ("G55", "C79.51", "2026-01-15", False),
        ("M54.16", "M51.16", "2026-01-15", True),
        ("M51.26", "M46.46", "2026-01-15", True),
        ("S33.0XXA", "M51.26", "2026-01-15", True),
        ("S33.0XXA", "M51.27", "2026-01-15", True),
        ("S34.21XA", "M51.27", "2026-01-15", False),
        ("M54.5", "M54.5", "2021-06-01", False),
    ],
)
def test_codes_that_exclude_each_other(first, second, on, expected):
    """From the tabular: M54.5 names M51.2-, M54.4-; G55 names M45.-, M46.-, M48.-, M50.1.-, M51.1.-, M53.-, M54.-.

    S33.0 names M51.- with fifth character 6, and S33 above it all of M51.-.
    """
    found = exclude_each_other(first, second, date.fromisoformat(on))
    assert (found is not None) is expected
    assert found == exclude_each_other(second, first, date.fromisoformat(on))


def test_the_nearest_note_is_the_one_told():
    note = exclude_each_other("M54.50", "M51.26", date(2026, 1, 15))
    assert (note.code, note.excluded, note.confidence) == ("M54.5", "M51.2", "certain")
    assert "intervertebral disc displacement" in note.note
    assert exclude_each_other("M54.50", "M51.26", date(2023, 1, 15)).confidence == "likely"


@pytest.mark.parametrize(
    ("code", "first", "last", "successors"),
    [
        ("G2136", date(2020, 1, 1), None, ()),
        ("G2137", date(2020, 1, 1), None, ()),
        ("G9941", date(2018, 1, 1), date(2019, 12, 31), ("G2136", "G2137")),
        ("G9942", date(2018, 1, 1), date(2022, 12, 31), ("G9945",)),
        ("G9943", date(2018, 1, 1), None, ()),
        ("M1042", date(2019, 1, 1), date(2019, 12, 31), ("G2142", "G2143")),
        ("M1053", date(2019, 1, 1), date(2019, 12, 31), ("G2146", "G2147")),
        ("M1071", date(2019, 1, 1), date(2022, 12, 31), ("M1041",)),
    ],
)
def test_the_days_of_a_quality_data_code(code, first, last, successors):
    (term,) = history("hcpcs", code)
    assert (term.valid_from, term.valid_to, term.successors) == (first, last, successors)


def test_every_quality_data_code_of_the_code_lists_has_the_same_days():
    for entry in code_list(2026, "quality_data_code"):
        rows = history("hcpcs", entry.code)
        assert (rows[0].valid_from, rows[-1].valid_to) == (entry.valid_from, entry.valid_to), entry.code
        for before, after in pairwise(rows):  # worded anew, never out of force
            assert after.valid_from == before.valid_to + timedelta(days=1), entry.code


def test_a_manifestation_says_that_the_disease_comes_first():
    assert "code first: " in term_on("icd10cm", "G55", date(2026, 1, 15)).note


def test_a_specialty_code_means_what_its_publisher_says():
    assert {code: term_on("nucc", code, CHANGED).label for code in NUCC} == NUCC


NUCC = {
    "208800000X": "Urology",
    "207L00000X": "Anesthesiology",
    "207RC0000X": "Internal Medicine: Cardiovascular Disease",
    "2084P0800X": "Psychiatry & Neurology: Psychiatry",
    "207X00000X": "Orthopaedic Surgery",
    "207XS0117X": "Orthopaedic Surgery of the Spine",
    "207T00000X": "Neurological Surgery",
    "208100000X": "Physical Medicine & Rehabilitation",
}


def test_no_modifier_belongs_on_a_quality_data_line():
    lines = {term.code: term.belongs_on for term in terms("modifier")}
    assert set(lines.values()) <= set(LINES)
    assert {lines[code] for code in ("80", "81", "82", "AS")} == {"assistant_line"}
    assert {lines[code] for code in ("23", "AA", "AD", "QK", "QX", "QY", "QZ")} == {"anaesthesia_line"}
    assert {lines[code] for code in ("22", "52", "53", "54", "55", "56", "58", "62", "78")} == {"surgical_line"}
    assert {lines[code] for code in ("73", "74", "SG")} == {"facility_line"}
    assert {lines[code] for code in ("1P", "2P", "3P", "8P")} == {"category_ii_line"}
    assert all("no quality-data line" in term.note for term in terms("modifier"))


def test_every_procedure_of_the_code_lists_is_known_with_its_stratum():
    strata = {"procedure_discectomy": "three_month", "procedure_discectomy_unverified": "three_month"}
    strata |= {"procedure_fusion": "one_year", "procedure_addon": "none", "procedure_other": "none"}
    for name, stratum in strata.items():
        for entry in code_list(2026, name):
            (term,) = history("cpt", entry.code)
            assert f"stratum={stratum};" in term.note, entry.code
            assert (name == "procedure_addon") == ("addon=yes" in term.note), entry.code
    assert {"99024", "96127", "99202", "99214", "63020", "22551"} <= {term.code for term in terms("cpt")}


def test_every_diagnosis_of_the_code_lists_is_known_and_billable():
    names = [name for name in code_list_names(2026) if name.startswith("diagnosis_")]
    assert len(names) == 5
    codes = {entry.code for name in names for entry in code_list(2026, name)}
    assert {code for code in codes if standing(code, "2026-01-15") != "billable"} == set()


def read_rows(name: str) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the rows of a table as text."""
    reader = csv.DictReader((files(terminology) / f"{name}.csv").read_text(encoding="utf-8").splitlines())
    rows = list(reader)
    return list(reader.fieldnames or ()), rows


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_table_has_its_columns_sorted_rows_and_known_words(system):
    columns, rows = read_rows(system)
    assert tuple(columns) == COLUMNS
    assert rows
    keys = [(row["code"], row["valid_from"]) for row in rows]
    assert keys == sorted(set(keys))
    assert {row["system"] for row in rows} == {system}
    assert {row["billable"] for row in rows} <= {"yes", "no"}
    assert {row["confidence"] for row in rows} <= set(CONFIDENCES)
    for row in rows:
        assert all(row[column] for column in ("code", "label", "source", "source_version", "locator")), row
        assert (row["belongs_on"] in LINES) == (system == "modifier"), row


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_rows_of_a_code_never_overlap(system):
    for term in terms(system):
        assert term.valid_from is None or term.valid_to is None or term.valid_from <= term.valid_to
    for before, after in pairwise(terms(system)):
        if before.code == after.code:
            assert before.valid_to is not None
            assert after.valid_from is not None
            assert before.valid_to < after.valid_from, before.code


def test_a_fiscal_year_changes_on_the_first_of_october():
    first_days = {term.valid_from for term in terms("icd10cm")} - {None}
    last_days = {term.valid_to for term in terms("icd10cm")} - {None}
    assert {(day.month, day.day) for day in first_days | {d + timedelta(days=1) for d in last_days}} == {(10, 1)}


def test_the_pairs_are_sorted_and_no_code_excludes_itself():
    keys = [(note.code, note.excluded) for note in excludes1()]
    assert keys == sorted(set(keys))
    assert [key for key in keys if key[0].startswith(key[1]) or key[1].startswith(key[0])] == []
    assert {note.confidence for note in excludes1()} <= set(CONFIDENCES)


def test_the_files_read_are_told_with_their_hashes():
    _, rows = read_rows("icd10cm_release")
    assert [int(row["fiscal_year"]) for row in rows] == [2019, 2020, 2021, 2021, 2022, 2023, 2024, 2025, 2025, 2026]
    assert all(len(row["sha256"]) == 64 for row in rows)
    # The sizes CMS published with the code descriptions of those years.
    published = {2019: 71932, 2020: 72184, 2022: 72750, 2024: 74044, 2025: 74260}
    assert {int(row["fiscal_year"]): int(row["n_billable"]) for row in rows} | published == {
        int(row["fiscal_year"]): int(row["n_billable"]) for row in rows
    }


def test_an_unknown_system_is_our_own_mistake():
    with pytest.raises(InternalError):
        terms("icd9cm")


def test_the_full_list_knows_codes_outside_this_field():
    assert current_icd10cm.is_billable("E11.9")
    assert current_icd10cm.is_code("M54.5")
    assert not current_icd10cm.is_billable("M54.5")
    assert current_icd10cm.is_billable("S32.010A")
    assert current_icd10cm.title("M51.26") == "Other intervertebral disc displacement, lumbar region"
    for nothing in ("G55.9", "M50-M54", "13", "", "Z99.999"):
        assert not current_icd10cm.is_code(nothing)
        assert current_icd10cm.title(nothing) == ""
    assert current_icd10cm.edition().startswith("simple-icd-10-cm 1.")


def test_the_dated_rows_agree_with_the_full_list_on_its_day():
    """The release the package carries is of April 2026."""
    for code in {term.code for term in terms("icd10cm")}:
        term = term_on("icd10cm", code, date(2026, 4, 1))
        assert current_icd10cm.is_code(code) == (term is not None), code
        assert current_icd10cm.is_billable(code) == (term is not None and term.billable), code


def test_the_dated_tables_do_not_load_the_full_list():
    program = (
        "import sys; from datetime import date; from lumbar.codelists.terminology import current_icd10cm, term_on; "
        "term_on('icd10cm', 'M54.5', date(2026, 1, 1)); sys.exit('simple_icd_10_cm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
