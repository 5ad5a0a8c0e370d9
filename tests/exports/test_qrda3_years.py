"""QRDA Category III in every performance year: one population set or two, and none of an average change."""

import re

import pytest

from arrow_tables import arrow_clinic, arrow_table
from clinical_document import HL7, SCHEMAS, failed_assertions, parsed, population_counts, schema_errors
from command_line import assert_one_clear_line, lumbar
from decade import as_of, decade
from lumbar.engine.duckdb import evaluate_tables
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import BothScores
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import REJECTED
from lumbar.version import __version__
from lumbar.workflow.result import InMemory, Result

AVERAGES = [year for year in years() if isinstance(for_year(year).measures[0].target, BothScores)]
PROPORTIONS = [year for year in years() if year not in AVERAGES]


@pytest.fixture(scope="module")
def clinic():
    return arrow_clinic(decade())


def result_of(year, clinic, folder):
    """The result of one year of the ten-year clinic, every window closed."""
    rules = for_year(year)
    outcome, rate = evaluate_tables(clinic, rules, Policy(), as_of(year))
    run = {
        "version": __version__,
        "year": year,
        "as_of": as_of(year).isoformat(),
        "rule_set_hash": lock_hash(rules),
        "measures": [measure.id for measure in rules.measures],
        "policy": Policy().as_json(),
    }
    clinical = {table.name: clinic.get(table.name, arrow_table(table, [])) for table in CLINICAL_TABLES}
    Result(InMemory(outcome, rate, arrow_table(REJECTED, []), run, clinical)).save(folder / str(year), report=False)
    return folder / str(year), rate.to_pylist()


@pytest.mark.parametrize("year", PROPORTIONS)
def test_a_year_of_proportions_has_the_strata_cms_takes_by_themselves_or_one(clinic, year, tmp_path):
    folder, rates = result_of(year, clinic, tmp_path)
    ended = lumbar("export", "qrda3", folder, "--out", tmp_path / "f.xml", "--tin", "000456789")
    assert ended.code == 0, ended.err
    document = parsed(tmp_path / "f.xml")
    said = population_counts(document)
    with_strata = {row["measure_id"] for row in rates if row["stratum"] != "overall"}
    wanted = {
        (row["measure_id"], row["stratum"]): [row["eligible"], row["met"] + row["not_met"], 0, 0, row["met"]]
        for row in rates
        if (row["stratum"] == "overall") == (row["measure_id"] not in with_strata)
    }
    codes = ("IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER")
    assert {key: [of_stratum[code] for code in codes] for key, of_stratum in said.items()} == wanted
    assert sum(row[0] for row in wanted.values()) > 0
    period = document.xpath("//h:act/h:effectiveTime/*/@value", namespaces=HL7)
    assert period == [f"{year}0101", f"{year}1231"]


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="../shared, with the schemas, is not beside the checkout")
@pytest.mark.parametrize("year", [2020, 2023])
def test_a_measure_of_one_rate_is_as_valid_as_one_of_two(clinic, year, tmp_path):
    folder, _ = result_of(year, clinic, tmp_path)
    ended = lumbar("export", "qrda3", folder, "--out", tmp_path / "f.xml", "--tin", "000456789", "--measure", "459")
    assert ended.code == 0, ended.err
    document = parsed(tmp_path / "f.xml")
    assert schema_errors(document) == []
    assert failed_assertions(document).keys() == {"a-4484-18192-error"}


@pytest.mark.parametrize("year", AVERAGES)
def test_a_year_of_average_change_is_refused(clinic, year, tmp_path):
    folder, _ = result_of(year, clinic, tmp_path)
    ended = lumbar("export", "qrda3", folder, "--out", tmp_path / "f.xml", "--tin", "000456789")
    assert_one_clear_line(ended)
    assert re.search(rf"the result of {year} is an average change.*lumbar export qpp", ended.err)
    assert not (tmp_path / "f.xml").exists()
