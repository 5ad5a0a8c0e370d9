"""What the OMOP reader makes of a row: codes through the concept table, places, ids, dates."""

import gzip

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from lumbar.readers import guess_format
from omop_source import (
    CONCEPTS,
    CPT,
    MEASUREMENT,
    MM,
    OBSERVATION,
    PAIN_ONLY,
    PERSONS,
    PROCEDURES,
    WORDS,
    concept,
    maps_to,
    omop_folder,
)
from source_folder import csv_text, intake, parquet_file


def test_a_small_cdm_gives_a_patient_an_operation_and_a_score(tmp_path):
    read = intake(omop_folder(tmp_path))
    assert read.rejected == []
    assert read.row("patient", "1")["birth_date"].isoformat() == "1960-01-05"
    operation = read.row("procedure", "11")
    assert (operation["system"], operation["code"], operation["modifiers"]) == ("cpt", "63030", None)
    score = read.row("score", "observation/21")
    assert (score["instrument"], score["scale"], float(score["value"])) == ("back_pain", "nrs", 7)


@pytest.mark.parametrize("names", ["PERSON.CSV", "Person_1.csv", "person.part-0.csv"])
def test_file_and_column_names_are_in_any_letters(tmp_path, names):
    folder = omop_folder(tmp_path)
    text = (folder / "person.csv").read_text()
    (folder / "person.csv").unlink()
    (folder / names).write_text(text.upper())
    assert len(intake(folder).tables["patient"]) == 1


def test_several_files_are_one_table_and_other_tables_of_the_cdm_are_passed_over(tmp_path):
    folder = omop_folder(tmp_path)
    (folder / "person_2.csv").write_text("person_id,year_of_birth\n2,1970\n")
    (folder / "observation_period.csv").write_text("observation_period_id\n1\n")
    (folder / "persons.csv").write_text("id\n1\n")
    read = intake(folder)
    assert [row["patient_id"] for row in read.tables["patient"]] == ["1", "2"]
    assert read.warnings_of_what_is_there() == ["persons.csv was not read: no table of the CDM is called so"]


@pytest.mark.parametrize("name", ["observation", "OBSERVATION.parquet", "observation.csv"])
def test_a_folder_named_for_a_table_holds_its_files(tmp_path, name):
    folder = omop_folder(tmp_path, observation=None)
    (folder / name / "person_id=1").mkdir(parents=True)
    (folder / name / "_temporary").mkdir()
    (folder / name / "_temporary" / "part-1.parquet").write_bytes(b"half written")
    rows = {column: [value] for column, value in OBSERVATION.items() if column != "person_id"}
    parquet_file(folder / name / "person_id=1" / "part-0.parquet", rows)
    (folder / name / "part-1.CSV").write_text(
        csv_text([{**OBSERVATION, "observation_id": "22", "observation_date": "2025-02-25"}])
    )
    read = intake(folder)
    assert [row["score_id"] for row in read.tables["score"]] == ["observation/21", "observation/22"]
    assert f"{name}/person_id=…/part-0.parquet" in read.files


def test_a_cdm_of_delta_tables_is_what_their_logs_say(tmp_path):
    folder = omop_folder(tmp_path, observation=None, person=None)
    write_deltalake(
        folder / "observation", pa.Table.from_pylist([OBSERVATION, {**OBSERVATION, "observation_id": "22"}])
    )
    DeltaTable(folder / "observation").delete("observation_id = '21'")
    write_deltalake(folder / "person.delta", pa.Table.from_pylist(PERSONS), partition_by=["year_of_birth"])
    assert guess_format(folder) == "omop"
    read = intake(folder)
    assert [row["score_id"] for row in read.tables["score"]] == ["observation/22"]
    assert read.row("patient", "1")["birth_date"].isoformat() == "1960-01-05"


def test_a_cdm_without_a_table_of_scores_is_told(tmp_path):
    said = "neither a measurement nor an observation table is there"
    assert said in " ".join(intake(omop_folder(tmp_path / "none", observation=None)).warnings)
    assert said not in " ".join(intake(omop_folder(tmp_path / "one")).warnings)


def test_a_parquet_file_may_have_a_column_named_as_duckdb_numbers_rows(tmp_path):
    folder = omop_folder(tmp_path, observation=None)
    rows = {**{column: [value, value] for column, value in OBSERVATION.items()}, "file_row_number": [7, 8]}
    parquet_file(folder / "observation.parquet", {**rows, "value_as_number": ["7", "eleven"], "observation_id": [1, 2]})
    read = intake(folder)
    assert len(read.tables["score"]) == 1
    assert read.places() == [(2, "unparsable")]


def test_gzip_is_gzip_in_either_letters(tmp_path):
    folder = omop_folder(tmp_path)
    (folder / "PERSON.CSV.GZ").write_bytes(gzip.compress((folder / "person.csv").read_bytes()))
    (folder / "person.csv").unlink()
    assert len(intake(folder).tables["patient"]) == 1


@pytest.mark.parametrize(
    ("given", "birth_date"),
    [
        ({"year_of_birth": "1960", "month_of_birth": "2", "day_of_birth": "9"}, "1960-02-09"),
        ({"year_of_birth": "1960.0", "month_of_birth": "2.0", "day_of_birth": "9.0"}, "1960-02-09"),
        ({"year_of_birth": "1960", "month_of_birth": "2", "birth_datetime": "1960-02-01 00:00:00"}, None),
        ({"year_of_birth": "1960", "month_of_birth": "2", "day_of_birth": "0"}, None),
        ({"year_of_birth": "1960", "month_of_birth": "0", "day_of_birth": "0.0"}, None),
        ({"year_of_birth": "1960", "birth_datetime": "1960-06-15"}, None),
        ({"birth_datetime": "1960-02-09 04:00:00"}, "1960-02-09"),
    ],
)
def test_a_birth_date_without_month_or_day_is_not_known_whatever_was_filled_in(tmp_path, given, birth_date):
    read = intake(omop_folder(tmp_path, person=[{"person_id": "1", **given}]))
    found = read.row("patient", "1")["birth_date"]
    assert (found and found.isoformat()) == birth_date


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"procedure_concept_id": CPT}, ("cpt", "63030")),
        ({"procedure_concept_id": "901", "procedure_source_concept_id": CPT}, ("cpt", "63030")),
        ({"procedure_concept_id": CPT, "procedure_source_concept_id": "901"}, ("cpt", "63030")),
        ({"procedure_concept_id": CPT, "procedure_source_concept_id": "902"}, ("cpt", "63047")),
        ({"procedure_concept_id": "0", "procedure_source_concept_id": "903"}, ("cpt", "63047")),
        ({"procedure_concept_id": "901"}, ("snomed", "387731002")),
        ({"procedure_concept_id": "904"}, ("local", "L2")),
        ({"procedure_concept_id": "0", "procedure_source_value": "disc op"}, (None, "DISC OP")),
        ({"procedure_concept_id": "77777", "procedure_source_value": "63030"}, (None, "63030")),
    ],
)
def test_a_procedure_has_the_code_of_the_first_system_its_concepts_are_of(tmp_path, given, code):
    """CPT before SNOMED; the source's concept where both are CPT; what a local concept maps to; else as written."""
    more = [
        concept("901", "SNOMED", "387731002"),
        concept("902", "CPT4", "63047"),
        concept("903", "Local", "L1"),
        concept("904", "Local", "L2"),
    ]
    folder = omop_folder(
        tmp_path,
        concept=[*CONCEPTS, *more],
        concept_relationship=[maps_to("903", "902"), maps_to("903", "901")],
        procedure_occurrence=[{**PROCEDURES[0], **given}],
    )
    found = intake(folder).row("procedure", "11")
    assert (found["system"], found["code"]) == code


@pytest.mark.parametrize(
    ("given", "modifiers"),
    [
        ({"modifier_concept_id": "901"}, "58"),
        ({"modifier_concept_id": "0", "modifier_source_value": "58, 62"}, "58 62"),
        ({"modifier_concept_id": "901", "modifier_source_value": "62;58"}, "62 58"),
        ({"modifier_concept_id": "901", "modifier_source_value": "rt"}, "58 RT"),
        ({"modifier_source_value": "80.0"}, "80"),
        ({"modifier_source_value": "|80.0^59 - lt/"}, "80 59 LT"),
    ],
)
def test_modifiers_are_the_concept_s_code_and_the_source_s_words(tmp_path, given, modifiers):
    rows = {"concept": [*CONCEPTS, concept("901", "HCPCS", "58")]}
    folder = omop_folder(tmp_path, **rows, procedure_occurrence=[{**PROCEDURES[0], **given}])
    assert intake(folder).row("procedure", "11")["modifiers"] == modifiers


@pytest.mark.parametrize("as_number", [str, float])
def test_whole_numbers_written_with_decimals_are_ids_and_codes_all_the_same(tmp_path, as_number):
    folder = omop_folder(tmp_path, procedure_occurrence=None, person=None)
    operation = {**PROCEDURES[0], "provider_id": "7", "modifier_source_value": as_number("80.0")}
    parquet_file(folder / "procedure_occurrence.parquet", {name: [value] for name, value in operation.items()})
    person = {**PERSONS[0], "person_source_value": as_number("400123.0")}
    parquet_file(folder / "person.parquet", {name: [value] for name, value in person.items()})
    parquet_file(folder / "provider.parquet", {"provider_id": [7], "npi": [as_number("2000003030.0")]})
    concepts = {"concept_id": [503], "concept_name": ["x"], "vocabulary_id": ["CPT4"]}
    (folder / "concept.csv").unlink()
    parquet_file(folder / "concept.parquet", {**concepts, "concept_code": [as_number("63030.0")]})
    found = intake(folder, '[omop.id]\nperson = "person_source_value"').row("procedure", "11")
    assert (found["patient_id"], found["surgeon_npi"]) == ("400123", "2000003030")
    assert (found["code"], found["modifiers"]) == ("63030", "80")


@pytest.mark.parametrize(
    ("at", "time"),
    [("2025-03-03 07:30:00", "07:30:00"), ("2025-03-03 00:00:00", None), ("2025-03-04 07:30:00", None), ("", None)],
)
def test_a_time_of_day_counts_when_it_is_of_the_same_date_and_not_midnight(tmp_path, at, time):
    folder = omop_folder(tmp_path, procedure_occurrence=[{**PROCEDURES[0], "procedure_datetime": at}])
    found = intake(folder).row("procedure", "11")
    assert (found["performed_on"].isoformat(), found["performed_time"]) == ("2025-03-03", time)


def test_a_general_pain_measurement_is_no_back_pain_unless_the_site_says_so(tmp_path):
    named = {
        **MEASUREMENT,
        "measurement_id": "32",
        "measurement_date": "2025-02-25",
        "measurement_source_value": "NRS BACK",
    }
    in_mm = {**named, "measurement_id": "33", "value_as_number": "70", "unit_concept_id": MM}
    read = intake(omop_folder(tmp_path, measurement=[MEASUREMENT, named, in_mm]), WORDS)
    assert read.reason("measurement/31") == "no_body_site"
    assert read.row("score", "measurement/32")["instrument"] == "back_pain"
    assert read.row("score", "measurement/33")["scale"] == "vas_mm"


def test_a_qualifier_that_is_neither_back_nor_leg_stays_pain_elsewhere_whatever_the_mapping_says(tmp_path):
    rows = [
        {**OBSERVATION, "qualifier_concept_id": "901"},
        {**OBSERVATION, "observation_id": "22", "qualifier_concept_id": "0"},
    ]
    folder = omop_folder(tmp_path, concept=[*CONCEPTS, concept("901", "SNOMED", "45048000")], observation=rows)
    read = intake(folder, 'pain_without_body_site = "back_pain"')
    assert read.reasons() == {"observation/21": ["no_body_site"]}
    assert read.row("score", "observation/22")["instrument"] == "back_pain"


def test_what_is_no_score_is_of_no_concern_and_counted(tmp_path):
    rows = [MEASUREMENT, {**MEASUREMENT, "measurement_id": "32", "measurement_concept_id": "8302"}]
    file = intake(omop_folder(tmp_path, measurement=rows)).files["measurement.csv"]
    assert (file.n_rows, file.n_mapped, file.n_rejected, file.n_of_no_concern) == (2, 0, 1, 1)


def test_quality_data_codes_are_found_in_any_of_three_tables(tmp_path):
    more = [concept("901", "HCPCS", "G2136"), concept("902", "HCPCS", "M1049"), concept("903", "HCPCS", "L0637")]
    folder = omop_folder(
        tmp_path,
        concept=[*CONCEPTS, *more],
        procedure_occurrence=[
            *PROCEDURES,
            *[{**PROCEDURES[0], "procedure_occurrence_id": n, "procedure_concept_id": n} for n in ("901", "903")],
        ],
        measurement=[{**MEASUREMENT, "measurement_concept_id": "902"}],
        observation=[{**OBSERVATION, "observation_concept_id": "0", "observation_source_concept_id": "901"}],
    )
    read = intake(folder)
    codes = [(row["code"], row["reported_on"].isoformat()) for row in read.tables["reported_code"]]
    assert codes == [("G2136", "2025-02-24"), ("G2136", "2025-03-03"), ("M1049", "2025-02-24")]
    assert [row["code"] for row in read.tables["procedure"]] == ["63030", "L0637"]
    assert read.rejected == []


def test_named_dates_are_not_known_and_a_death_on_one_is_a_death_all_the_same(tmp_path):
    folder = omop_folder(
        tmp_path,
        concept=[
            *CONCEPTS,
            concept("901", "ICD10CM", "M51.26"),
            concept("902", "Status", "p", "Preliminary diagnosis"),
        ],
        death=[{"person_id": "1", "death_date": "9999-12-31"}],
        condition_occurrence=[
            {
                "condition_occurrence_id": "41",
                "person_id": "1",
                "condition_concept_id": "0",
                "condition_source_concept_id": "901",
                "condition_start_date": "1900-01-01",
                "condition_status_concept_id": "902",
            }
        ],
    )
    read = intake(folder, '[omop]\nunknown_dates = ["1900-01-01", "9999-12-31"]')
    patient, diagnosis = read.row("patient", "1"), read.row("condition", "41")
    assert (patient["deceased"], patient["deceased_on"]) == (True, None)
    assert (diagnosis["onset_on"], diagnosis["code"], diagnosis["verification"]) == (None, "M51.26", "provisional")


@pytest.mark.parametrize(
    ("given", "payer"),
    [
        ({"payer_source_value": "Aetna PPO"}, "aetna"),
        ({"payer_source_value": "0042", "payer_concept_id": "901"}, "medicaid"),
        ({"payer_source_value": "0042"}, "other"),
        ({"plan_source_value": "Cigna Open"}, "cigna"),
        ({}, "unknown"),
    ],
)
def test_a_payer_is_its_source_s_words_or_its_concept_s(tmp_path, given, payer):
    period = {"payer_plan_period_id": "1", "person_id": "1", "payer_plan_period_start_date": "2025-01-01"}
    folder = omop_folder(
        tmp_path, concept=[*CONCEPTS, concept("901", "SOPT", "2", "MEDICAID")], payer_plan_period=[{**period, **given}]
    )
    assert [row["payer"] for row in intake(folder).tables["coverage"]] == [payer]


def test_surgeon_and_place_are_found_by_provider_and_visit(tmp_path):
    folder = omop_folder(
        tmp_path,
        provider=[{"provider_id": "7", "npi": "2000001014"}],
        care_site=[{"care_site_id": "8", "care_site_name": "North"}],
        visit_occurrence=[{"visit_occurrence_id": "9", "care_site_id": "8"}, {"visit_occurrence_id": "10"}],
        procedure_occurrence=[{**PROCEDURES[0], "provider_id": "7", "visit_occurrence_id": "9.0"}],
    )
    read = intake(folder)
    found = read.row("procedure", "11")
    assert (found["surgeon_npi"], found["facility"]) == ("2000001014", "North")
    assert read.files["visit_occurrence.csv"].n_of_no_concern == 1


def test_ids_stand_in_the_column_the_mapping_names(tmp_path):
    folder = omop_folder(
        tmp_path,
        person=[{**PERSONS[0], "person_source_value": "pt-1"}],
        observation=[{**OBSERVATION, "observation_source_value": "s-1"}],
    )
    words = '[omop.id]\nperson = "PERSON_SOURCE_VALUE"\nobservation = "observation_source_value"'
    read = intake(folder, words)
    assert [(row["score_id"], row["patient_id"]) for row in read.tables["score"]] == [("s-1", "pt-1")]


def test_a_site_s_own_vocabulary_may_be_a_known_code_system(tmp_path):
    folder = omop_folder(tmp_path, concept=[{**row, "vocabulary_id": f"My{row['vocabulary_id']}"} for row in CONCEPTS])
    words = '[omop.vocabulary]\nMyCPT4 = "http://www.ama-assn.org/go/cpt"\nMyLOINC = "http://loinc.org"'
    read = intake(folder, words)
    assert read.row("procedure", "11")["system"] == "cpt"
    assert read.reasons() == {"observation/21": ["no_body_site"]}
    assert PAIN_ONLY in {row["concept_id"] for row in CONCEPTS}
