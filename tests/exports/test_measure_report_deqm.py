"""The rules of the DEQM profiles, one by one, over every report: base validators do not know the profiles.

After the StructureDefinitions of the universal guide, http://hl7.org/fhir/uv/deqm: cardinalities, fixed values and
the invariants deqm-0 to deqm-8. Each rule is shown to notice a report that breaks it.
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from command_line import lumbar
from fhir_reports import bundle, extensions, resources
from follow_up_cases import AS_OF, YEAR, follow_up_cases
from result_folder import result_folder

Json = dict[str, Any]
Rule = Callable[[Json], bool]

BASE = "http://hl7.org/fhir/uv/deqm/StructureDefinition"
R5 = "http://hl7.org/fhir/5.0/StructureDefinition"
POPULATION_CODES = {
    "initial-population", "denominator", "denominator-exclusion", "denominator-exception", "numerator",
    "numerator-exclusion", "measure-population", "measure-population-exclusion", "measure-observation",
}  # fmt: skip
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def groups(report: Json) -> list[Json]:
    return report.get("group", [])


def populations(report: Json) -> Iterator[Json]:
    return (population for group in groups(report) for population in group.get("population", ()))


def one(element: Json, address: str) -> bool:
    return sum(e["url"] == address for e in element.get("extension", ())) == 1


def scoring(element: Json) -> list[str]:
    found = extensions(element, "/deqm-measureScoring")
    return [e["valueCodeableConcept"]["coding"][0]["code"] for e in found]


def scored_at_root_or_in_every_group(report: Json) -> bool:
    in_groups = [bool(scoring(group)) for group in groups(report)]
    return (not any(in_groups)) if scoring(report) else bool(in_groups) and all(in_groups)


def score_of_a_proportion_is_a_fraction(report: Json) -> bool:
    return all(
        0 <= group["measureScore"]["value"] <= 1
        for group in groups(report)
        if "measureScore" in group and "proportion" in scoring(report) + scoring(group)
    )


def fixed(name: str, value: str) -> Rule:
    return lambda report: report.get(name) == value


def profile(name: str) -> Rule:
    return lambda report: report["meta"]["profile"] == [f"{BASE}/{name}"]


COMMON: dict[str, Rule] = {
    "status 1..1": lambda r: r.get("status") == "complete",
    "measure 1..1 with a version (deqm-0)": lambda r: bool(re.search(r"\|.+$", r.get("measure", ""))),
    "date 1..1": lambda r: bool(DAY.match(r.get("date", ""))),
    "reporter 1..1": lambda r: bool(r.get("reporter", {}).get("reference")),
    "period.start 1..1, at least a day (deqm-1)": lambda r: bool(DAY.fullmatch(r.get("period", {}).get("start", ""))),
    "period.end 1..1, at least a day (deqm-1)": lambda r: bool(DAY.fullmatch(r.get("period", {}).get("end", ""))),
}
SCORED: dict[str, Rule] = {
    "group 1..*": lambda r: bool(groups(r)),
    "group.extension:linkId 1..1": lambda r: all(
        one(g, f"{R5}/extension-MeasureReport.group.linkId") for g in groups(r)
    ),
    "group.population 1..* (deqm-5)": lambda r: all(g.get("population") for g in groups(r)),
    "group.population.extension:linkId 1..1": lambda r: all(
        one(p, f"{R5}/extension-MeasureReport.group.population.linkId") for p in populations(r)
    ),
    "group.population.code 1..1": lambda r: all(
        p.get("code", {}).get("coding", [{}])[0].get("code") in POPULATION_CODES for p in populations(r)
    ),
    "group.population.count (deqm-8)": lambda r: all(isinstance(p.get("count"), int) for p in populations(r)),
    "group.population.subjectResults 0..0": lambda r: not any("subjectResults" in p for p in populations(r)),
    "scoring at the root or in every group (deqm-3)": scored_at_root_or_in_every_group,
    "improvementNotation when scored at the root (deqm-2)": lambda r: not scoring(r) or "improvementNotation" in r,
    "improvementNotation of each scored group (deqm-4)": lambda r: all(
        one(g, f"{BASE}/deqm-groupImprovementNotation") for g in groups(r) if scoring(g)
    ),
    "a proportion's score between 0 and 1 (deqm-6)": score_of_a_proportion_is_a_fraction,
}
RULES: dict[str, dict[str, Rule]] = {
    "summary": COMMON
    | SCORED
    | {
        "type fixed": fixed("type", "summary"),
        "profile": profile("deqm-summarymeasurereport"),
        "no patient as subject": lambda r: "subject" not in r,
        "evaluatedResource 0..0": lambda r: "evaluatedResource" not in r,
    },
    "individual": COMMON
    | SCORED
    | {
        "type fixed": fixed("type", "individual"),
        "profile": profile("deqm-individualmeasurereport"),
        "subject 1..1": lambda r: bool(r.get("subject", {}).get("reference")),
        "supportingEvidence 0..1 a population": lambda r: all(
            len(extensions(p, "/cqf-supportingEvidence")) <= 1 for p in populations(r)
        ),
        "supportingEvidence name 1..1, a code": lambda r: all(
            [part["valueCode"] for part in e["extension"] if part["url"] == "name"] == ["why-met-or-not"]
            for p in populations(r)
            for e in extensions(p, "/cqf-supportingEvidence")
        ),
        "evaluatedResource names criteria": lambda r: all(
            extensions(item, "/cqf-criteriaReference") for item in r.get("evaluatedResource", [{}])
        ),
        "criteria are populations of the report": lambda r: (
            {e["valueString"] for item in r.get("evaluatedResource", ()) for e in extensions(item, "criteriaReference")}
            <= {p["id"] for p in populations(r)}
        ),
    },
    "data-collection": COMMON
    | {
        "type fixed": fixed("type", "data-collection"),
        "profile": profile("deqm-dataexchangemeasurereport"),
        "subject 1..1": lambda r: bool(r.get("subject", {}).get("reference")),
        "updatetype 1..1, incremental or snapshot": lambda r: (
            one(r, f"{BASE}/deqm-submitDataUpdateType")
            and extensions(r, "/deqm-submitDataUpdateType")[0]["valueCode"] in ("incremental", "snapshot")
        ),
        "group.measureScore 0..0": lambda r: not any("measureScore" in g for g in groups(r)),
        "group.stratifier 0..0": lambda r: not any("stratifier" in g for g in groups(r)),
        "evaluatedResource is there": lambda r: bool(r.get("evaluatedResource")),
    },
    "gap": {
        "profile": profile("deqm-gapsincaredetectedissue"),
        "gapStatus 1..1, a modifier": lambda r: (
            [e["url"] for e in r.get("modifierExtension", ())] == [f"{BASE}/deqm-gapStatus"]
        ),
        "gapStatus from the code system": lambda r: all(
            e["valueCodeableConcept"]["coding"][0]
            in [
                {"system": "http://hl7.org/fhir/uv/deqm/CodeSystem/deqm-gaps-status", "code": code}
                for code in ("open-gap", "closed-gap", "prospective-gap", "not-applicable")
            ]
            for e in r.get("modifierExtension", ())
        ),
        "code CAREGAP": lambda r: (
            r.get("code", {}).get("coding")
            == [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "CAREGAP"}]
        ),
        "patient 1..1": lambda r: bool(r.get("patient", {}).get("reference")),
        "evidence 1..*, detail 1..1": lambda r: (
            bool(r.get("evidence")) and all(len(e.get("detail", ())) == 1 for e in r["evidence"])
        ),
    },
}


def first_group(change: Callable[[Json], Any]) -> Callable[[Json], Any]:
    return lambda r: change(r["group"][0])


def first_population(change: Callable[[Json], Any]) -> Callable[[Json], Any]:
    return lambda r: change(r["group"][0]["population"][0])


def a_group(**content: Any) -> Callable[[Json], Any]:
    return lambda r: r.setdefault("group", [{}])[0].update(content)


# What breaks each rule, and no report of ours does.
BREAKS: dict[str, Callable[[Json], Any]] = {
    "status 1..1": lambda r: r.pop("status"),
    "measure 1..1 with a version (deqm-0)": lambda r: r.update(measure=r["measure"].partition("|")[0]),
    "date 1..1": lambda r: r.pop("date"),
    "reporter 1..1": lambda r: r.pop("reporter"),
    "period.start 1..1, at least a day (deqm-1)": lambda r: r["period"].update(start="2026-01"),
    "period.end 1..1, at least a day (deqm-1)": lambda r: r["period"].pop("end"),
    "group 1..*": lambda r: r.pop("group"),
    "group.extension:linkId 1..1": first_group(lambda g: g.update(extension=g["extension"] * 2)),
    "group.population 1..* (deqm-5)": first_group(lambda g: g.pop("population")),
    "group.population.extension:linkId 1..1": first_population(lambda p: p.pop("extension")),
    "group.population.code 1..1": first_population(lambda p: p.pop("code")),
    "group.population.count (deqm-8)": first_population(lambda p: p.pop("count")),
    "group.population.subjectResults 0..0": first_population(lambda p: p.update(subjectResults={})),
    "scoring at the root or in every group (deqm-3)": lambda r: r.pop("extension"),
    "improvementNotation when scored at the root (deqm-2)": lambda r: r.pop("improvementNotation"),
    "improvementNotation of each scored group (deqm-4)": first_group(lambda g: g["extension"].append(
        {"url": f"{BASE}/deqm-measureScoring", "valueCodeableConcept": {"coding": [{"code": "proportion"}]}})),
    "a proportion's score between 0 and 1 (deqm-6)": first_group(lambda g: g.update(measureScore={"value": 39})),
    "type fixed": lambda r: r.update(type="subject-list"),
    "profile": lambda r: r["meta"]["profile"].append("http://example.org/another"),
    "no patient as subject": lambda r: r.update(subject={"reference": "Patient/1"}),
    "evaluatedResource 0..0": lambda r: r.update(evaluatedResource=[]),
    "subject 1..1": lambda r: r.pop("subject"),
    "supportingEvidence 0..1 a population": lambda r: [p.update(extension=p["extension"] * 2) for p in populations(r)],
    "supportingEvidence name 1..1, a code": lambda r: [
        e["extension"].pop(0) for p in populations(r) for e in extensions(p, "/cqf-supportingEvidence")
    ],
    "evaluatedResource names criteria": lambda r: r["evaluatedResource"][0].pop("extension"),
    "criteria are populations of the report": lambda r: r["evaluatedResource"][0]["extension"][0].update(valueString="?"),
    "updatetype 1..1, incremental or snapshot": lambda r: r["extension"][0].update(valueCode="full"),
    "group.measureScore 0..0": a_group(measureScore={"value": 1}),
    "group.stratifier 0..0": a_group(stratifier=[]),
    "evaluatedResource is there": lambda r: r.pop("evaluatedResource"),
    "gapStatus 1..1, a modifier": lambda r: r.pop("modifierExtension"),
    "gapStatus from the code system": lambda r: r["modifierExtension"][0]["valueCodeableConcept"].update(coding=[{}]),
    "code CAREGAP": lambda r: r.pop("code"),
    "patient 1..1": lambda r: r.pop("patient"),
    "evidence 1..*, detail 1..1": lambda r: r.pop("evidence"),
}  # fmt: skip
EACH = [(kind, rule) for kind, rules in RULES.items() for rule in rules]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The resources of a small clinic by kind."""
    folder = tmp_path_factory.mktemp("deqm")
    result_folder(folder / "result", follow_up_cases(), YEAR, AS_OF)
    assert lumbar("export", "measure-report", folder / "result", "--out", folder / "reports.json").code == 0
    read = bundle(folder / "reports.json")
    found = {kind: resources(read, "MeasureReport", type=kind) for kind in RULES if kind != "gap"}
    return found | {"gap": resources(read, "DetectedIssue")}


@pytest.mark.parametrize(("kind", "rule"), EACH)
def test_every_report_keeps_the_rule(written, kind, rule):
    assert written[kind]
    assert all(RULES[kind][rule](report) for report in written[kind])


@pytest.mark.parametrize(("kind", "rule"), EACH)
def test_the_rule_notices_a_report_that_breaks_it(written, kind, rule):
    broken = copy.deepcopy(written[kind][0])
    BREAKS[rule](broken)
    assert not RULES[kind][rule](broken)
