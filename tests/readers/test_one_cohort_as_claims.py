"""One clinic as tables, as a clinic's FHIR and as a payer's ExplanationOfBenefits gives one result."""

import json

import pytest

import lumbar
from lumbar.synth import write_clinic
from source_folder import check_account, intake

AS_OF = "2026-11-21"
N_PATIENTS = 300
SEED = 23


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = tmp_path_factory.mktemp("cohort")
    for format_ in ("tables", "fhir", "eob"):
        write_clinic(made / format_, N_PATIENTS, SEED, format_, blemishes=False)
    return made


def evaluated(folders, format_):
    mapping = folders / format_ / "mapping.toml"
    return lumbar.evaluate(folders / format_, year=2026, as_of=AS_OF, mapping=mapping if mapping.exists() else None)


@pytest.mark.parametrize("format_", ["fhir", "eob"])
def test_every_column_of_outcome_and_rate_is_that_of_the_tables(format_, folders):
    tables, other = evaluated(folders, "tables"), evaluated(folders, format_)
    assert tables.outcome.num_rows > 6 * N_PATIENTS * 0.8
    assert other.outcome.to_pylist() == tables.outcome.to_pylist()
    assert other.rate.to_pylist() == tables.rate.to_pylist()
    assert other.rejected.num_rows == tables.rejected.num_rows == 0


def test_the_cohort_is_worth_comparing(folders):
    """Diagnoses exclude, codes were reported, operations came back, surgeons shared, scores stand on the very day."""
    outcome = evaluated(folders, "tables").outcome.to_pylist()
    flags = {flag for row in outcome for flag in row["flags"].split()}
    assert {"exclusion_reported_only", "operated_again", "two_surgeons", "surgical_care_only"} <= flags
    assert {"excluded", "met", "not_met", "not_assessed"} <= {row["status"] for row in outcome}
    assert {True, False} <= {row["reported_agrees"] for row in outcome}
    assert any(row["preoperative_on"] == row["index_date"] for row in outcome)


def test_a_payers_export_holds_claims_in_place_of_procedures_and_diagnoses(folders):
    kinds = {path.name.split(".")[0] for path in (folders / "eob").glob("*.ndjson*")}
    assert not kinds & {"Procedure", "Condition", "Practitioner"}
    lines = (folders / "eob" / "ExplanationOfBenefit.ndjson").read_text().splitlines()
    assert all(json.loads(line)["resourceType"] == "ExplanationOfBenefit" for line in lines)


def test_a_payers_export_with_bad_rows_is_read_and_accounted_for(tmp_path):
    write_clinic(tmp_path / "eob", 200, SEED, "eob")
    read = intake(tmp_path / "eob", (tmp_path / "eob" / "mapping.toml").read_text())
    check_account(read)
    assert len(read.rejected) > 5
