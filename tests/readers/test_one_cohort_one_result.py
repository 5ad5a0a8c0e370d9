"""One clinic written in every format gives one result: every column of every row of outcome and rate."""

import csv

import pytest

import lumbar
from lumbar.synth import write_clinic
from lumbar.synth.calibration import AS_OF, YEAR

N_PATIENTS = 300
SEED = 5
# Without these lines records are known by OMOP's own numbers.
ID_WORDS = "[omop.id]"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    """The clinic without bad rows in a folder a format."""
    folder = tmp_path_factory.mktemp("one_result")
    for format_ in ("tables", "fhir", "omop"):
        write_clinic(folder / format_, N_PATIENTS, SEED, format_, blemishes=False)
    return folder


def result_of(folder, mapping=None):
    """Outcome and rate as rows."""
    given = folder / "mapping.toml" if mapping is None else mapping
    result = lumbar.evaluate(folder, year=YEAR, as_of=AS_OF, mapping=given if given.is_file() else None)
    return result.outcome.to_pylist(), result.rate.to_pylist()


@pytest.fixture(scope="module")
def expected(clinic):
    return result_of(clinic / "tables")


def test_the_result_is_worth_comparing(expected):
    """Every status, several flags, reported codes and scores chosen on either side are in it."""
    outcome, rate = expected
    assert {row["status"] for row in outcome} >= {"met", "not_met", "excluded", "not_assessed", "open"}
    assert sum("phone_or_interview" in row["flags"] for row in outcome) > 20
    assert sum(row["reported_code"] is not None for row in outcome) > 20
    assert len({row["payer"] for row in outcome}) > 6
    assert sum(row["eligible"] for row in rate) > 100


def test_omop_gives_the_result_of_the_tables(clinic, expected):
    assert result_of(clinic / "omop") == expected


def test_fhir_gives_the_result_of_the_tables_but_for_reported_codes(clinic, expected):
    """A FHIR export carries no quality-data codes; an exclusion known from nothing else is not known there."""
    reported = {row["episode_id"] for row in expected[0] if row["reported_code"] is not None}

    def others(rows):
        return [row for row in rows if row["episode_id"] not in reported]

    outcome, _ = result_of(clinic / "fhir")
    assert others(outcome) == others(expected[0])
    assert len(others(outcome)) > 500


def own_ids(folder, table, source_value):
    """By OMOP's number of a record, the id it has at the clinic."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return {row[f"{table}_id"]: row[source_value] for row in csv.DictReader(file)}


def test_known_by_omop_numbers_alone_the_result_is_the_same_with_other_names(clinic, expected, tmp_path):
    """Ties are decided by the smallest id; the numbers are in the order of the ids, so the same scores are chosen."""
    folder = clinic / "omop"
    text = (folder / "mapping.toml").read_text()
    ids = text[text.index(ID_WORDS) : text.index("[[omop.score]]")]
    mapping = tmp_path / "numbers.toml"
    mapping.write_text(text.replace(ids, ""))
    outcome, rate = result_of(folder, mapping)
    patients = own_ids(folder, "person", "person_source_value")
    scores = {
        f"{table}/{number}": own
        for table in ("measurement", "observation")
        for number, own in own_ids(folder, table, f"{table}_source_value").items()
    }
    renamed = []
    for row in outcome:
        patient_id = patients[row["patient_id"]]
        named = {**row, "patient_id": patient_id, "episode_id": f"{patient_id}@{row['index_date']}"}
        for side in ("preoperative_score_id", "postoperative_score_id"):
            named[side] = None if row[side] is None else scores[row[side]]
        renamed.append(named)
    key = ("episode_id", "instrument", "timepoint")
    in_order = sorted(renamed, key=lambda row: [row[name] for name in key])
    assert in_order == sorted(expected[0], key=lambda row: [row[name] for name in key])
    assert rate == expected[1]
