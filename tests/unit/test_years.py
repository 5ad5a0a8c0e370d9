"""The years' rules beside the published facts they were taken from, and beside each other."""

import csv
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from lumbar.codelists import code_list_hashes
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import BothScores, Measure, Stratum
from lumbar.tables.results import FUSION

SHARED = Path(__file__).parents[3] / "shared"
needs_facts = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the facts in ../shared")
CLOSED = Path(__file__).parent / "closed_years.txt"
ROLE = {
    "performance_met": "met",
    "performance_not_met": "not_met",
    "performance_not_met (not assessed)": "not_assessed",
    "denominator_exclusion": "excluded",
}


def rows(name: str) -> list[dict[str, str]]:
    """A table of facts."""
    return list(csv.DictReader((SHARED / "facts" / name).read_text(encoding="utf-8").splitlines()))


def strata(year: int) -> list[tuple[Measure, Stratum]]:
    return [(measure, stratum) for measure in for_year(year).measures for stratum in measure.strata]


def lists_hash(year: int) -> str:
    """SHA-256 over the hashes of a year's code lists, by name."""
    lines = "".join(f"{name} {found}\n" for name, found in sorted(code_list_hashes(year).items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def test_there_are_rules_for_ten_years():
    assert years() == tuple(range(2018, 2028))


@needs_facts
@pytest.mark.parametrize("year", years())
def test_the_identification_periods_are_the_published_ones(year):
    published = {"Fusion" in r["stratum"]: r for r in rows("dip_windows.csv") if r["performance_year"] == str(year)}
    for _, stratum in strata(year):
        row, period = published[stratum.kind == FUSION], stratum.period
        assert [period.starts_on, period.ends_on, period.age_on] == [
            date.fromisoformat(row[name]) for name in ("dip_start", "dip_end", "age18_as_of")
        ]


@needs_facts
@pytest.mark.parametrize("year", years())
def test_measures_titles_and_strata_are_those_of_cms(year):
    published = json.loads((SHARED / "cms" / "lumbar-measures-2018-2027.json").read_text())[str(year)]
    by_id = {measure.id: measure for measure in for_year(year).measures}
    assert by_id.keys() == {row["measureId"] for row in published}
    for row in published:
        measure = by_id[row["measureId"]]
        assert (measure.title, measure.metric_type) == (row["title"], row["metricType"])
        assert measure.overall_algorithm == (row.get("overallAlgorithm") or "")
        assert (measure.program == "M1425") == ("M1425" in (row.get("allowedPrograms") or []))
        named = [s["name"] for s in row.get("strata") or []] if year >= 2024 else []
        assert [s.name for s in measure.strata if s.submitted_alone] == named


@needs_facts
@pytest.mark.parametrize("year", years())
def test_the_codes_have_the_roles_the_facts_give_them(year):
    published = [r for r in rows("measure_numerator_options.csv") if int(r["year_from"]) <= year <= int(r["year_to"])]
    for measure, stratum in strata(year):
        own = [r for r in published if r["measure"] == measure.id]
        if year >= 2023:
            own = [r for r in own if ("1yr" in r["criterion"]) == (stratum.kind == FUSION)]
        roles = {ROLE[r["role"]]: r["code"] for r in own if r["role"] in ROLE}
        found = {role: getattr(stratum.codes, role) for role in roles}
        assert found == roles
        assert stratum.codes.not_assessed == roles.get("not_assessed", roles["not_met"])


@pytest.mark.parametrize("year", years())
def test_the_design_of_the_year(year):
    for measure, _ in strata(year):
        assert isinstance(measure.target, BothScores) == (year <= 2019)
        assert ("nrs" in measure.scales) == (year >= 2023 and measure.instrument != "odi")
        assert bool(measure.same_date_exclusions) == (year <= 2022 and measure.id in ("459", "461", "471"))
        assert bool(measure.exclusions) == (year >= 2023 or measure.id in ("460", "469", "473"))


def test_a_closed_year_is_history():
    """What a year asked for does not change once it has closed: a correction is a Results entry of the changelog.

    The file holds, for each closed year, the SHA-256 of its lock text and of its code lists together.
    """
    kept = dict(line.split(maxsplit=1) for line in CLOSED.read_text(encoding="utf-8").splitlines())
    assert kept == {f"py{year}": f"{lock_hash(for_year(year))} {lists_hash(year)}" for year in years() if year <= 2025}
