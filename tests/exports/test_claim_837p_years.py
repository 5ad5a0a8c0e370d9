"""Claims of every kind of year: what may leave, every reason a line is left out, and files of many claims."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from claims_made import csv_file, made
from command_line import lumbar
from decade import as_of, clinic_of
from lumbar.codelists import code_list
from lumbar.exports.claim_837p.account import REASONS
from lumbar.exports.claim_837p.segments import interchange
from lumbar.exports.claim_837p.selection import Claim, held, selected
from lumbar.exports.claim_837p.settings import PLACEHOLDERS
from lumbar.exports.claim_837p.subscriber import subscriber_of, with_placeholders
from lumbar.exports.claim_837p.x12_text import Name
from lumbar.exports.recount.x12_claims import read
from lumbar.measures import for_year
from lumbar.store import write_parquet
from lumbar.tables.clinical import CLINICAL_TABLES, CONDITION
from lumbar.workflow.exporting import leaving
from lumbar.workflow.result import stored
from x12_acknowledged import acknowledged, segments_of

YEARS = (2018, 2019, 2020, 2022, 2023, 2024, 2027)


@pytest.fixture(scope="module")
def claims_of(tmp_path_factory):
    """The claims of a generated clinic of one year, aimed at the edges of every rule; each made once."""
    kept = {}

    def claims(year):
        if year not in kept:
            folder = tmp_path_factory.mktemp(str(year))
            records = folder / "records"
            records.mkdir()
            clinic = clinic_of(year, year, 250)
            for table in CLINICAL_TABLES:
                columns = [column.name for column in table.user_columns]
                rows = [{name: row.get(name) for name in columns} for row in clinic.get(table.name, ())]
                if rows:
                    csv_file(records / f"{table.name}.csv", rows)
            words = ("--year", year, "--as-of", as_of(year), "--out", folder / "result", "--no-report")
            assert lumbar("evaluate", records, *words).code == 0
            kept[year] = made(folder / "result", folder)
        return kept[year]

    return claims


@pytest.mark.parametrize("year", YEARS)
def test_a_year_has_claims_whose_codes_were_in_force_on_their_day(claims_of, year):
    """In 2018 and 2019 the codes tell of average change; their lines leave the same way."""
    text = claims_of(year).text
    assert acknowledged(text).accepted
    entries = {entry.code: entry for entry in code_list(year, for_year(year).quality_data_code_list)}
    code, n = None, 0
    for segment in segments_of(text):
        if segment[0] == "SV1":
            code = segment[1].removeprefix("HC:")
        elif segment[0] == "DTP":
            assert entries[code].valid_on(date.fromisoformat(segment[3]))
            n += 1
    assert n > 5


def test_every_reason_of_the_result_occurs(claims_of):
    seen = Counter(row["reason"] for year in YEARS for row in claims_of(year).left_out)
    of_people = {"surgeon_not_named", "subscriber_incomplete"}  # of production files, seen elsewhere
    assert set(seen) == set(REASONS) - of_people - {"provisional"}  # every window has closed


def test_a_patient_without_a_diagnosis_is_left_out_listed_and_counted(closed, tmp_path):
    """The diagnoses of one patient are taken out of the result's clinical table."""
    result = shutil.copytree(closed, tmp_path / "result")
    first = made(result, tmp_path)
    listed = {row["episode_id"] for row in first.left_out}
    row = next(r for r in stored(result).outcome.to_pylist() if r["in_measure"] and r["episode_id"] not in listed)
    conditions = stored(result).clinical("condition")
    kept = [each for each in conditions.to_pylist() if each["patient_id"] != row["patient_id"]]
    table = type(conditions).from_pylist(kept, conditions.schema)
    write_parquet(result / "clinical" / "condition.parquet", CONDITION, table)
    again = made(result, tmp_path)
    more = [each for each in again.left_out if each not in first.left_out]
    n = len(more)
    assert {(each["episode_id"], each["reason"]) for each in more} == {(row["episode_id"], "no_diagnosis")}
    assert f"Left out: {n} lines of 1 patient: no diagnosis that a claim can carry" in again.ended.err
    n_lines = [sum(s[0] == "SV1" for s in segments_of(file.text)) for file in (first, again)]
    assert n_lines[0] - n_lines[1] == n == 3


def many_claims(n, n_of_one):
    for number in range(n):
        patient = subscriber_of(
            {}, {"name": f"Ivy Otter{chr(65 + number // n_of_one % 26)}"}, None, None, "", date(2026, 2, 1)
        )
        yield Claim(
            claim_id=f"L{number:019d}",
            patient_id=f"p{number // n_of_one}",
            served_on=date(2025, 12, 1),
            subscriber=with_placeholders(patient),
            diagnoses=("M51.16",),
            surgeon_npi="2000001018",
            surgeon=Name("OTTER"),
            codes=("G2136",),
        )


def test_a_file_of_many_claims_is_cut_as_the_guide_asks():
    """5,001 claims are two transaction sets; 150 claims of one subscriber are two levels of at most a hundred."""
    text = interchange(list(many_claims(5_001, 150)), PLACEHOLDERS, Decimal("0.01"), date(2026, 2, 1), "x", False)
    assert read(text).faults == []
    assert len(read(text).lines) == 5_001
    assert text.count("~ST*837*") == 2
    assert "~GE*2*" in text
    of_level = Counter()
    level = 0
    for segment in text.split("~"):
        level += segment.startswith("HL*")
        of_level[level] += segment.startswith("CLM*")
    assert max(of_level.values()) == 100
    small = interchange(list(many_claims(300, 150)), PLACEHOLDERS, Decimal("0.01"), date(2026, 2, 1), "x", False)
    assert acknowledged(small).accepted


def test_two_patients_alike_in_all_that_is_written_stand_apart():
    one, other = (replace(claim, patient_id=f"p{place}") for place, claim in enumerate(many_claims(2, 2)))
    text = interchange([one, other], PLACEHOLDERS, Decimal("0.01"), date(2026, 2, 1), "x", False)
    assert text.count("~NM1*IL*") == 2


def test_a_patient_who_stands_in_no_record_is_not_taken_for_alive(closed):
    what = leaving(stored(closed))
    without = replace(what, clinical=lambda name: what.clinical(name).slice(0, 0))
    with pytest.raises(KeyError):
        selected(without, held(without, {}, {}), PLACEHOLDERS, False)
