"""What is wrong in OMOP tables: rows rejected with a reason and counted, sources refused in one clear line."""

import gzip

import duckdb
import pytest

from lumbar.errors import InputError, MappingError
from lumbar.readers import guess_format
from omop_source import CONCEPTS, MEASUREMENT, OBSERVATION, PERSONS, PROCEDURES, concept, omop_folder
from source_folder import intake

PAIN = 'pain_without_body_site = "back_pain"'


def test_rows_that_cannot_be_used_are_rejected_at_their_line(tmp_path):
    bad = [
        {**OBSERVATION, "observation_id": "22", "value_as_number": "seven"},
        {**OBSERVATION, "observation_id": "23", "value_as_number": ""},
        {**OBSERVATION, "observation_id": "24", "person_id": "9"},
        {**OBSERVATION, "observation_id": "25", "observation_date": "2025-02-30"},
        {**OBSERVATION, "observation_id": "26", "observation_date": "2025-02"},
        {**OBSERVATION, "observation_id": "27", "unit_source_value": "kg"},
        {**OBSERVATION, "observation_id": "28", "value_as_number": "11"},
        {**OBSERVATION, "observation_id": "29"},
        {**OBSERVATION, "observation_id": ""},
    ]
    read = intake(omop_folder(tmp_path, observation=[OBSERVATION, *bad]))
    assert read.places() == [
        (3, "unparsable"),
        (4, "no_value"),
        (5, "unknown_patient"),
        (6, "unparsable"),
        (7, "imprecise_date"),
        (8, "unknown_unit"),
        (9, "out_of_range"),
        (10, "duplicate"),
        (11, "unparsable"),
    ]
    assert len(read.tables["score"]) == 1


def test_a_bound_is_no_value(tmp_path):
    row = {**MEASUREMENT, "measurement_concept_id": "906", "operator_concept_id": "907"}
    odi = [concept("906", "LOINC", "97909-6"), concept("907", "Operator", "<", "<")]
    read = intake(omop_folder(tmp_path, concept=[*CONCEPTS, *odi], measurement=[row]))
    assert [(r["reason"], r["detail"]) for r in read.rejected] == [("unparsable", "the value is a bound, not a value")]


def test_one_id_for_different_rows_is_none(tmp_path):
    read = intake(
        omop_folder(
            tmp_path,
            person=[*PERSONS, {"person_id": "2", "year_of_birth": "1950"}, {"person_id": "2", "year_of_birth": "1951"}],
            concept=[*CONCEPTS, concept("901", "CPT4", "1"), concept("901", "CPT4", "2"), CONCEPTS[0]],
            provider=[
                {"provider_id": "7", "npi": "1"},
                {"provider_id": "7", "npi": "2"},
                {"provider_id": "", "npi": "3"},
            ],
            procedure_occurrence=[{**PROCEDURES[0], "provider_id": "7"}],
        )
    )
    found = sorted((row["table"], row["line"], row["reason"]) for row in read.rejected)
    assert found == [
        ("concept", 6, "conflicting_id"),
        ("concept", 7, "conflicting_id"),
        ("patient", 3, "conflicting_id"),
        ("patient", 4, "conflicting_id"),
        ("provider", 2, "conflicting_id"),
        ("provider", 3, "conflicting_id"),
        ("provider", 4, "unparsable"),
    ]
    assert read.row("procedure", "11")["surgeon_npi"] is None


def test_a_death_of_nobody_or_on_no_day_is_rejected_and_the_patient_is_dead_all_the_same(tmp_path):
    deaths = [{"person_id": "9", "death_date": "2025-01-01"}, {"person_id": "1", "death_date": "2025-13-01"}]
    read = intake(omop_folder(tmp_path, death=deaths))
    assert [(row["line"], row["reason"]) for row in read.rejected] == [(2, "unknown_patient"), (3, "unparsable")]
    patient = read.row("patient", "1")
    assert (patient["deceased"], patient["deceased_on"]) == (True, None)


def test_of_several_deaths_of_a_person_the_earliest_readable_date_counts(tmp_path):
    dates = ("2025-05-02", "2025-05-01 10:00:00", "2025", "2025-05-02", "yesterday")
    read = intake(omop_folder(tmp_path, death=[{"person_id": "1", "death_date": date} for date in dates]))
    patient = read.row("patient", "1")
    assert (patient["deceased"], str(patient["deceased_on"])) == (True, "2025-05-01")
    assert read.places() == [(6, "unparsable")]


def test_rows_that_do_not_fit_and_line_breaks_in_values_move_no_line_number(tmp_path):
    text = (
        "observation_id,person_id,observation_concept_id,observation_date,value_as_number,observation_source_value\n"
        '1,1,506,2025-01-01,7,"two\nlines"\n'
        "2,1,506,2025-01-02\n"
        "\n"
        "3,1,506,2025-01-03,8,x\n"
    )
    read = intake(omop_folder(tmp_path, observation=text), PAIN)
    assert [(row["line"], row["detail"]) for row in read.rejected] == [
        (4, "the row has not as many fields as the header")
    ]
    late = text.replace("8,x", "eight,x")
    read = intake(omop_folder(tmp_path, observation=late), PAIN)
    assert [row["line"] for row in read.rejected] == [4, 6]


def test_vocabularies_with_tabs_hold_quotation_marks_as_they_are(tmp_path):
    names = list(CONCEPTS[0])
    lines = ["\t".join(names), *("\t".join(row.values()) for row in CONCEPTS), '901\t5" tube\tCPT4\t99999']
    read = intake(omop_folder(tmp_path, concept="\n".join(lines) + "\n"))
    assert read.files["concept.csv"].n_mapped == len(CONCEPTS) + 1
    assert read.rejected == []


@pytest.mark.parametrize("delimiter", [",", "\t"], ids=["commas", "tabs"])
def test_rows_are_accounted_for_as_in_tables(delimiter, tmp_path):
    """Blank rows, rows that do not fit, a row longer than a block, before and behind it; every one on its line."""
    rows = [
        "observation_id,person_id,observation_concept_id,observation_date,value_as_number,observation_source_value",
        "1,1,506,2025-01-01,7,first",
        "",
        "2,1,506",
        ",,,,,",
        "3,1,506,2025-01-03,x,no number",
        *(f"{n},1,999,2025-01-03,5,of no concern" for n in range(100, 100_100)),
        f"4,1,506,2025-01-04,8,{'long' * 5_000_000}",
        "5,1,506,2025-01-05,8,x,left over",
        "6,1,506,2025-01-06,x,no number",
        "7,1,506,2025-01-07,8,last",
    ]
    text = "\n".join(rows).replace(",", delimiter)
    read = intake(omop_folder(tmp_path, observation=b"\xef\xbb\xbf" + text.encode()), PAIN)
    assert read.places() == [(line, "unparsable") for line in (4, 6, 100_008, 100_009)]
    assert [row["score_id"] for row in read.tables["score"]] == [f"observation/{n}" for n in (1, 4, 7)]
    assert read.files["observation.csv"].n_rows == len(rows) - 3


def test_columns_without_a_name_are_not_looked_at(tmp_path):
    read = intake(omop_folder(tmp_path, person="person_id,year_of_birth,,\n1,1960,,\n,,,\n"))
    assert [row["patient_id"] for row in read.tables["patient"]] == ["1"]
    assert read.rejected == []


@pytest.mark.parametrize(("mark", "word"), [(";", "semicolons"), ("|", "bars")])
def test_columns_separated_by_something_else_are_told(mark, word, tmp_path):
    with pytest.raises(InputError, match=f"person.csv: the columns are separated by {word}; use commas or tabs"):
        intake(omop_folder(tmp_path, person=f"person_id{mark}year_of_birth\n1{mark}1960\n"))


def test_diagnoses_without_an_icd_10_concept_are_of_no_concern_and_told(tmp_path):
    row = {
        "condition_occurrence_id": "41",
        "person_id": "1",
        "condition_concept_id": "5",
        "condition_start_date": "2025-01-01",
    }
    read = intake(omop_folder(tmp_path, condition_occurrence=[row]))
    assert read.files["condition_occurrence.csv"].n_of_no_concern == 1
    assert any("no row of condition_occurrence has an ICD-10-CM concept" in warning for warning in read.warnings)


def test_a_share_of_diagnoses_without_an_icd_10_concept_and_made_up_ends_are_told(tmp_path):
    row = {"person_id": "1", "condition_start_date": "2025-01-01", "condition_source_value": "M51.26"}
    coded = {**row, "condition_concept_id": "901"}
    day = {"condition_end_date": "2025-01-01"}
    rows = [{**coded, **day}, {**coded, **day}, {**coded, "condition_end_date": "2025-02-01"}, coded]
    uncoded = {**row, "condition_concept_id": "0"}
    concepts = [*CONCEPTS, concept("901", "ICD10CM", "M51.26")]

    def warnings_of(name, *rows):
        numbered = [{**row, "condition_occurrence_id": str(n)} for n, row in enumerate(rows)]
        return " ".join(intake(omop_folder(tmp_path / name, concept=concepts, condition_occurrence=numbered)).warnings)

    told = warnings_of("odd", *rows, uncoded)
    assert "1 of 5 rows of condition_occurrence have no ICD-10-CM concept" in told
    assert "2 of 3 diagnoses with a condition_end_date end on the day they start" in told
    assert "condition" not in warnings_of("plain", rows[2], coded)


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"person": None}, "no person table"),
        ({"concept": None}, "no concept table"),
        ({"procedure_occurrence": None}, "no procedure_occurrence table"),
        ({"concept": []}, "the concept table is empty; load the vocabularies with the data"),
        ({"person": []}, "the person table is empty"),
        ({"person": "person_id\n1\n"}, "person.csv: the column year_of_birth is missing"),
        ({"person": "care_site_id,care_site_name\n1,x\n"}, "person.csv: not the person table of OMOP CDM 5.4"),
        ({"measurement": "measurement_id,person_id\n1,1\n"}, "the column measurement_concept_id is missing"),
        ({"person": "person_id,year_of_birth,person_id\n1,1960,2\n"}, "person_id stands there twice"),
        ({"person": ""}, "person.csv: empty"),
        ({"person": b"person_id,year_of_birth\n1,\xff\xfe\n"}, "not UTF-8"),
        (
            {
                "observation": 'observation_id,person_id,observation_concept_id,observation_date,value_as_number\n1,1,1,"2,3\n4,5,6\n'
            },
            "quotation mark",
        ),
    ],
)
def test_a_source_that_cannot_be_read_is_one_line(tmp_path, tables, said):
    with pytest.raises(InputError) as met:
        intake(omop_folder(tmp_path, **tables), format_="omop")
    assert said in str(met.value)
    assert "\n" not in str(met.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("person_2.csv.gz", gzip.compress(b"person_id,year_of_birth\n" + b"2,1960\n" * 9000)[:-30]),
        ("person_2.parquet", b"PAR1 and then nothing"),
    ],
)
def test_a_broken_file_is_one_line(tmp_path, name, content):
    folder = omop_folder(tmp_path)
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match=r"person_2.*(broken|cut short)"):
        intake(folder)


def test_a_database_that_is_none_or_has_two_of_a_table_is_one_line(tmp_path):
    other = tmp_path / "other.db"
    other.write_bytes(b"SQLite format 3\x00" + bytes(4096))
    with pytest.raises(InputError, match="not a DuckDB database"):
        intake(other)
    with duckdb.connect(str(tmp_path / "two.duckdb")) as made:
        for schema in ("a", "b"):
            made.execute(f"create schema {schema}")
            made.execute(f"create table {schema}.concept (concept_id integer)")
    with pytest.raises(InputError, match=r"concept stands in several schemas \(a, b\); name one"):
        intake(tmp_path / "two.duckdb")
    with pytest.raises(InputError, match="the column concept_name is missing"):
        intake(tmp_path / "two.duckdb", '[omop]\nschema = "a"')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('[omop]\nshema = "x"', "unknown key omop.shema"),
        ('[omop.id]\nprovider = "x"', "unknown key omop.id.provider"),
        ('[omop.id]\nperson = "mrn"', "no column mrn"),
        ('[[omop.score]]\ninstrument = "odi"', "omop.score needs a vocabulary and a code"),
        ('[[omop.score]]\nsource_value = "x"\ncode = "y"\ninstrument = "odi"', "omop.score needs"),
        ('[omop.condition_status]\nmaybe = "perhaps"', "omop.condition_status.maybe must be one of"),
        ("[omop]\nunknown_dates = 1900", "omop.unknown_dates must be a list"),
    ],
)
def test_a_mapping_that_says_what_cannot_be_is_refused(tmp_path, words, said):
    with pytest.raises((MappingError, InputError)) as met:
        intake(omop_folder(tmp_path), words)
    assert said in str(met.value)


def test_omop_is_recognised_by_its_tables_or_its_database(tmp_path):
    folder = omop_folder(tmp_path / "cdm")
    assert guess_format(folder) == "omop"
    (folder / "procedure_occurrence.csv").unlink()
    assert guess_format(folder) == "tables"
    with duckdb.connect(str(tmp_path / "cdm.duckdb")):
        assert guess_format(tmp_path / "cdm.duckdb") == "omop"
    assert guess_format(tmp_path / "cdm.duckdb") == "omop"
