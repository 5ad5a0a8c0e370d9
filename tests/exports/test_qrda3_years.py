"""QRDA Category III in every performance year: one population set or two, and none of an average change."""

import re

import pytest

from clinical_document import HL7, SCHEMAS, failed_assertions, parsed, population_counts, schema_errors
from command_line import assert_one_clear_line, lumbar
from decade_results import decade_result
from lumbar.measures import for_year, years
from lumbar.measures.model import BothScores
from lumbar.workflow.result import stored

AVERAGES = [year for year in years() if isinstance(for_year(year).measures[0].target, BothScores)]
PROPORTIONS = [year for year in years() if year not in AVERAGES]


@pytest.mark.parametrize("year", PROPORTIONS)
def test_a_year_of_proportions_has_the_strata_cms_takes_by_themselves_or_one(year, tmp_path):
    folder = decade_result(tmp_path, year)
    rates = stored(folder).rate.to_pylist()
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
def test_a_measure_of_one_rate_is_as_valid_as_one_of_two(year, tmp_path):
    folder = decade_result(tmp_path, year)
    ended = lumbar("export", "qrda3", folder, "--out", tmp_path / "f.xml", "--tin", "000456789", "--measure", "459")
    assert ended.code == 0, ended.err
    document = parsed(tmp_path / "f.xml")
    assert schema_errors(document) == []
    assert failed_assertions(document).keys() == {"a-4484-18192-error"}


@pytest.mark.parametrize("year", AVERAGES)
def test_a_year_of_average_change_is_refused(year, tmp_path):
    folder = decade_result(tmp_path, year)
    ended = lumbar("export", "qrda3", folder, "--out", tmp_path / "f.xml", "--tin", "000456789")
    assert_one_clear_line(ended)
    assert re.search(rf"the result of {year} is an average change.*lumbar export qpp", ended.err)
    assert not (tmp_path / "f.xml").exists()
