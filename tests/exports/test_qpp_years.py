"""A submission of every performance year: valid by our schemas, counted by other code, and as kept byte for byte.

The files in `golden/` are written anew with LUMBAR_GOLDEN=write; read the difference before keeping it.
"""

import json
import os
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from command_line import assert_one_clear_line
from decade_results import answering_clinic, decade_result
from lumbar.measures import for_year, years
from submissions import GROUP, changed, exported, integers, schema, sql, submission, validator, values

GOLDEN = Path(__file__).parent / "golden"
# One year of each metric type, and the year whose stratum is misspelt.
KEPT_YEARS = (2018, 2019, 2022, 2023, 2024, 2026)
METRIC_TYPES = {"nonProportion": (2018, 2019), "singlePerformanceRate": (2020, 2021, 2022, 2023)}
METRIC_TYPES["multiPerformanceRate"] = (2024, 2025, 2026, 2027)


@pytest.fixture(scope="module")
def result_of(tmp_path_factory):
    """The result folder of a year, made when first asked for."""
    made, folder = {}, tmp_path_factory.mktemp("decade")

    def made_once(year):
        if year not in made:
            made[year] = decade_result(folder, year, answering_clinic(year))
        return made[year]

    return made_once


@pytest.fixture(scope="module")
def document_of(result_of, tmp_path_factory):
    """The submission of a year."""
    made, folder = {}, tmp_path_factory.mktemp("documents")

    def made_once(year):
        if year not in made:
            made[year] = submission(result_of(year), folder / f"{year}.json")
        return made[year]

    return made_once


@pytest.mark.parametrize("year", years())
def test_the_submission_of_the_year_is_valid(document_of, year):
    assert document_of(year)["performanceYear"] == year
    assert list(values(document_of(year))) == [measure.id for measure in for_year(year).measures]
    assert [error.message for error in validator(year).iter_errors(document_of(year))] == []


@pytest.mark.parametrize("year", years())
def test_it_says_what_the_metric_type_of_the_year_asks_for(document_of, year):
    for measure in for_year(year).measures:
        assert year in METRIC_TYPES[measure.metric_type]
        value = values(document_of(year))[measure.id]
        match measure.metric_type:
            case "multiPerformanceRate":
                assert [s["stratum"] for s in value["strata"]] == [stratum.name for stratum in measure.strata]
                assert all(len(stratum) == 6 for stratum in value["strata"])
            case "singlePerformanceRate":
                assert len(value) == 6
            case "nonProportion":
                assert len(value) == 6
                assert "numerator" in value


def test_the_stratum_of_2024_is_sent_as_cms_misspelt_it(document_of):
    strata = values(document_of(2024))["459"]["strata"]
    assert [stratum["stratum"] for stratum in strata] == ["discectomyLaminectmy", "lumbarFusion"]


@pytest.mark.parametrize("year", [2020, 2021, 2022, 2023])
def test_a_single_rate_counts_both_kinds_of_a_measure_together(result_of, document_of, year):
    for measure_id, value in values(document_of(year)).items():
        ((eligible, met),) = sql(
            result_of(year),
            "select count(*), count(*) filter (status = 'met') from outcome "
            f"where in_measure and measure_id = '{measure_id}'",
        )
        assert value == {
            "isEndToEndReported": False,
            "eligiblePopulation": eligible,
            "performanceMet": met,
            "performanceNotMet": eligible - met,
            "eligiblePopulationExclusion": 0,
            "eligiblePopulationException": 0,
        }


@pytest.mark.parametrize("year", METRIC_TYPES["nonProportion"])
def test_a_mean_change_is_that_of_everybody_with_both_scores(result_of, document_of, year):
    for measure_id, value in values(document_of(year)).items():
        rows = sql(
            result_of(year),
            "select preoperative_score, postoperative_score from outcome "
            f"where in_measure and measure_id = '{measure_id}'",
        )
        changes = [before - after for before, after in rows if before is not None and after is not None]
        mean = (sum(changes) / len(changes)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert value == {
            "isEndToEndReported": False,
            "numerator": float(mean),
            "denominator": len(rows),
            "observationInstances": len(changes),
            "numeratorExclusion": 0,
            "denominatorException": 0,
        }
        assert 2 * len(changes) >= len(rows)


def test_a_measure_with_too_few_of_both_scores_is_refused_by_name(tmp_path):
    result = decade_result(tmp_path, 2019)
    ended = exported(result, tmp_path / "s.json")
    assert_one_clear_line(ended)
    for measure_id in ("459", "460", "461", "473"):
        assert f"measure {measure_id} of 2019 cannot be submitted: " in ended.err
    assert "28.4 % have a score before and after surgery, and 50% must" in ended.err
    assert ended.err.endswith("name the others alone, --measure 469 --measure 471\n")
    assert not (tmp_path / "s.json").exists()
    found = submission(result, tmp_path / "s.json", *GROUP, "--measure", "469", "--measure", "471")
    assert list(values(found)) == ["469", "471"]


def test_a_measure_that_may_yet_have_enough_of_both_scores_is_written_as_interim(tmp_path):
    result = decade_result(tmp_path, 2019, on=date(2019, 1, 10))
    ((closed, met),) = sql(
        result,
        "select count(*) filter (status not in ('open', 'upcoming')), count(*) filter (status = 'met') "
        "from outcome where in_measure and measure_id = '461'",
    )
    assert 0 < 2 * met < closed
    ended = exported(result, tmp_path / "s.json", *GROUP, "--measure", "461", "--interim")
    assert ended.code == 0
    first, second = ended.err.splitlines()
    assert first.startswith("Interim file, no final submission: ")
    assert second.startswith("Interim: measure 461 of 2019 could not be submitted so far: ")


def test_a_mean_of_nobody_is_refused_by_the_name_of_its_measure(tmp_path):
    """Early on no fusion has an ODI score a year later; some discectomies have theirs."""
    result = decade_result(tmp_path, 2019, answering_clinic(2019), on=date(2018, 9, 1))
    ended = exported(result, tmp_path / "s.json", *GROUP, "--interim")
    assert_one_clear_line(ended)
    assert "measure 469 of 2019 has nobody with both scores: there is no mean change to submit" in ended.err
    assert ended.err.endswith("name the others alone, --measure 459 --measure 460 --measure 461 --measure 471\n")


@pytest.mark.parametrize("year", years())
def test_a_program_is_taken_in_the_years_that_have_it(result_of, tmp_path, year):
    """The value pathway M1425 has the measures from 2025."""
    ended = exported(result_of(year), tmp_path / "s.json", *GROUP, "--program", "M1425")
    assert ended.code == (0 if year >= 2025 else 2)
    if year < 2025:
        assert_one_clear_line(ended)
        assert f"measure 459 of {year} is not submitted to program 'M1425'" in ended.err
        assert ended.err.endswith("--program may be mips\n")


@pytest.mark.parametrize("year", KEPT_YEARS)
def test_the_submission_is_as_kept(result_of, tmp_path, year):
    path = GOLDEN / f"qpp-{year}.json"
    assert exported(result_of(year), tmp_path / "s.json").code == 0
    found = (tmp_path / "s.json").read_bytes()
    if os.environ.get("LUMBAR_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(found)
    assert found == path.read_bytes()


# ---- the schemas


def test_the_schemas_know_the_years_measures_strata_and_programs_of_the_rules():
    for metric_type, its_years in METRIC_TYPES.items():
        definitions = schema(metric_type)["$defs"]
        assert {name for name in definitions if name.startswith("year")} == {f"year{year}" for year in its_years}
        for year in its_years:
            rules = for_year(year)
            of_set = definitions[f"year{year}"]["properties"]["measurementSets"]["items"]["properties"]
            of_measurement = of_set["measurements"]["items"]["properties"]
            assert of_measurement["measureId"]["enum"] == [measure.id for measure in rules.measures]
            pathways = {measure.program for measure in rules.measures} - {""}
            assert of_set["programName"]["enum"] == ["mips", *sorted(pathways)]
            if metric_type == "multiPerformanceRate":
                once = of_measurement["value"]["properties"]["strata"]["allOf"]
                names = [rule["contains"]["properties"]["stratum"]["const"] for rule in once]
                assert all(names == [stratum.name for stratum in measure.strata] for measure in rules.measures)
                assert all((rule["minContains"], rule["maxContains"]) == (1, 1) for rule in once)


@pytest.mark.parametrize("metric_type", METRIC_TYPES)
def test_a_schema_is_itself_valid(metric_type):
    validator(METRIC_TYPES[metric_type][0]).check_schema(schema(metric_type))


SET = ("measurementSets", 0)
VALUE = (*SET, "measurements", 0, "value")


def breakages(document):
    """What a broken document may look like: place, and what is done there."""

    def more(**keys):
        return lambda there: {**there, **keys}

    def less(*names):
        return lambda there: {name: value for name, value in there.items() if name not in names}

    yield "npi of a group", (), more(nationalProviderIdentifier="1234567893")
    yield "surgeon without npi", (), more(entityType="individual")
    yield "npi of nine digits", (), more(entityType="individual", nationalProviderIdentifier="123456789")
    yield "another entity", (), more(entityType="apm", entityId="A1234")
    yield "tin of eight digits", (), more(taxpayerIdentificationNumber="12345678")
    yield "tin as a number", (), more(taxpayerIdentificationNumber=456789000)
    yield "no tin", (), less("taxpayerIdentificationNumber")
    yield "no year", (), less("performanceYear")
    yield "year without rules", (), more(performanceYear=2017)
    yield "year as text", (), more(performanceYear=str(document["performanceYear"]))
    yield "no set", (), more(measurementSets=[])
    yield "two sets", (), more(measurementSets=document["measurementSets"] * 2)
    yield "another category", SET, more(category="ia")
    yield "another method", SET, more(submissionMethod="claims")
    yield "another program", SET, more(programName="pcf")
    yield "no program", SET, less("programName")
    yield "start of another year", SET, more(performanceStart="2017-01-01")
    yield "end before the end", SET, more(performanceEnd=f"{document['performanceYear']}-12-30")
    yield "an unknown key", SET, more(measureSet="orthopedicSurgery")
    yield "no measure", SET, more(measurements=[])
    yield "a measure twice", SET, lambda there: {**there, "measurements": [*there["measurements"]] * 2}
    yield "another measure", (*SET, "measurements", 0, "measureId"), lambda _: "001"
    yield "end to end beside the value", (*SET, "measurements", 0), more(isEndToEndReported=False)
    yield "no end to end", VALUE, less("isEndToEndReported")
    yield "end to end as text", VALUE, more(isEndToEndReported="false")
    for name in ("performanceRate", "reportingRate", "caseCount"):
        yield name, VALUE, more(**{name: 50})
    for place in integers(document):
        if place[-1] not in ("performanceYear", "numerator"):
            yield f"negative {place[-1]}", place, lambda _: -1
            yield f"a share as {place[-1]}", place, lambda n: n + 0.5
            yield f"no {place[-1]}", place[:-1], less(place[-1])
    if "strata" in document["measurementSets"][0]["measurements"][0]["value"]:
        yield "one stratum", (*VALUE, "strata"), lambda strata: strata[:1]
        yield "a stratum twice", (*VALUE, "strata"), lambda strata: strata[:1] * 2
        yield "three strata", (*VALUE, "strata"), lambda strata: [*strata, strata[0]]
        yield "overall", (*VALUE, "strata", 0, "stratum"), lambda _: "overall"
        wrong = "lumbarDiscectomy" if document["performanceYear"] == 2024 else "discectomyLaminectmy"
        yield "the name of another year", (*VALUE, "strata", 0, "stratum"), lambda _: wrong


@pytest.mark.parametrize("year", [2019, 2022, 2024, 2026])
def test_a_broken_document_is_not_valid(document_of, year):
    document = document_of(year)
    valid = [
        what
        for what, place, change in breakages(document)
        if validator(year).is_valid(changed(document, place, change) if place else change(document))
    ]
    assert valid == []


@pytest.mark.parametrize("metric_type", METRIC_TYPES)
def test_a_value_of_another_metric_type_is_not_valid(document_of, metric_type):
    """Each document with the year and the dates of another type's year, but not its values."""
    year = METRIC_TYPES[metric_type][-1]
    for other in (2019, 2023, 2027):
        text = json.dumps(document_of(other)).replace(str(other), str(year))
        assert validator(year).is_valid(json.loads(text)) == (other == year)
