"""MeasureReports on 1,500 patients: what a receiver reads is what the result says."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from fractions import Fraction

import fhirkit
import pytest

from command_line import assert_one_clear_line, lumbar
from decade import SEED, as_of, clinic_of
from fhir_reports import (
    added_up,
    bundle,
    by_url,
    counts,
    extensions,
    measure_of,
    proofs,
    references,
    reports,
    resources,
)
from lumbar.measures import years
from lumbar.tables.results import NOT_RECOVERED
from lumbar.workflow.result import stored
from result_folder import result_folder


def exported(result, out, *words):
    ended = lumbar("export", "measure-report", result, "--out", out, *words)
    assert ended.code == 0, ended.err
    return bundle(out)


@pytest.fixture(scope="session")
def whole(closed, tmp_path_factory):
    """Every report of a result whose windows have closed."""
    return exported(closed, tmp_path_factory.mktemp("measure-report") / "closed.json")


@pytest.fixture(scope="session")
def waiting(with_open_windows, tmp_path_factory):
    """Every report of a result with open windows."""
    return exported(with_open_windows, tmp_path_factory.mktemp("measure-report") / "open.json")


def rows_in_the_measure(folder):
    return [row for row in stored(folder).outcome.to_pylist() if row["in_measure"]]


def rates(folder):
    return {(row["measure_id"], row["stratum"]): row for row in stored(folder).rate.to_pylist()}


@pytest.mark.parametrize(("read", "result"), [("whole", "closed"), ("waiting", "with_open_windows")])
def test_the_summaries_say_what_the_result_says(read, result, request):
    read, rate = request.getfixturevalue(read), rates(request.getfixturevalue(result))
    found = {(measure_of(r), group): own for r in reports(read, "summary") for group, own in counts(r).items()}
    assert found == {
        key: {
            "initial-population": row["eligible"],
            "denominator": row["eligible"],
            "denominator-exclusion": 0,
            "numerator": row["met"],
        }
        for key, row in rate.items()
        if key[1] != "overall"
    }
    for report in reports(read, "summary"):
        for group in report["group"]:
            row = rate[measure_of(report), group["id"]]
            assert abs(Fraction(group["measureScore"]["value"]) - Fraction(row["rate"])) < Fraction(1, 10**6)


@pytest.mark.parametrize("read", ["whole", "waiting"])
def test_the_individual_reports_add_up_to_the_summaries(read, request):
    read = request.getfixturevalue(read)
    summaries = {(measure_of(r), group): own for r in reports(read, "summary") for group, own in counts(r).items()}
    assert {key: dict(own) for key, own in added_up(read).items()} == summaries


@pytest.mark.parametrize(("read", "result"), [("whole", "closed"), ("waiting", "with_open_windows")])
def test_every_operation_is_told_once_with_its_status_code_and_scores(read, result, request):
    read, rows = request.getfixturevalue(read), rows_in_the_measure(request.getfixturevalue(result))
    known, found = by_url(read), Counter()

    def score(proof, name):
        if name not in proof:
            return None
        score = known[proof[name]["reference"]]
        return (score["identifier"][0]["value"], Decimal(score["valueQuantity"]["value"]), score["effectiveDateTime"])

    for report in reports(read, "individual"):
        for _, proof in proofs(report):
            operation = known[proof["operation"]["reference"]]
            assert operation["subject"] == report["subject"]
            code = proof.get("qualityDataCode", {}).get("code")
            episode = operation["identifier"][0]["value"]
            status = proof["status"].replace("-", "_")
            scores = score(proof, "score-before"), score(proof, "score-after")
            found[episode, measure_of(report), status, code, *scores] += 1
    assert found == Counter(
        (
            row["episode_id"],
            row["measure_id"],
            row["status"],
            row["code"],
            *(
                row[f"{when}_score_id"] and (row[f"{when}_score_id"], row[f"{when}_score"], str(row[f"{when}_on"]))
                for when in ("preoperative", "postoperative")
            ),
        )
        for row in rows
    )


def test_there_is_one_individual_report_a_patient_and_measure(waiting, with_open_windows):
    wanted = Counter({(row["patient_id"], row["measure_id"]) for row in rows_in_the_measure(with_open_windows)})
    known = by_url(waiting)
    for kind in ("individual", "data-collection"):
        found = Counter(
            (known[report["subject"]["reference"]]["identifier"][0]["value"], measure_of(report))
            for report in reports(waiting, kind)
        )
        assert found == wanted
    assert sum(len(list(proofs(report))) > 1 for report in reports(waiting, "individual"))


def test_the_data_exchange_reports_name_the_records_and_tell_no_result(waiting):
    known = by_url(waiting)
    individual = {(measure_of(r), r["subject"]["reference"]): r for r in reports(waiting, "individual")}
    for report in reports(waiting, "data-collection"):
        assert "group" not in report
        named = {item["reference"] for item in report["evaluatedResource"]}
        assert {known[url]["resourceType"] for url in named} <= {"Procedure", "Observation"}
        scored = individual[measure_of(report), report["subject"]["reference"]]
        assert named == {r["reference"] for r in scored["evaluatedResource"]} - {report["subject"]["reference"]}


def test_for_an_open_window_only_dates_are_told(waiting):
    """RULES §10: no score to reach, in no part of a proof and in no gap."""
    n_open = 0
    for report in reports(waiting, "individual"):
        for _, proof in proofs(report):
            if proof["status"] in ("open", "upcoming"):
                n_open += 1
                assert "counterfactual" not in proof
                told = " ".join([proof["headline"], proof["arithmetic"], proof["rule"], proof["counts"]])
                assert not re.search(r"target|or less|or more|would", told), told
    assert n_open > 50


def test_every_proof_is_read_beside_what_the_measure_does_not_say(waiting):
    descriptions = {
        part["valueString"]
        for report in reports(waiting, "individual")
        for group in report["group"]
        for population in group["population"]
        for evidence in extensions(population, "cqf-supportingEvidence")
        for part in evidence["extension"]
        if part["url"] == "description"
    }
    assert len(descriptions) == 1
    assert all(NOT_RECOVERED in text for text in descriptions)


def test_no_reference_leads_out_of_the_file(waiting):
    known = by_url(waiting)
    assert len(known) == len(waiting["entry"])
    found = Counter(references(waiting))
    assert found
    assert set(found) <= set(known)


def test_a_patient_is_an_id_and_nothing_else(waiting):
    assert resources(waiting, "Patient")
    for patient in resources(waiting, "Patient"):
        assert patient.keys() == {"resourceType", "id", "identifier"}
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", patient["id"])


def test_the_proofs_tell_no_score_that_was_not_known(waiting):
    day = date(2026, 11, 21).isoformat()
    seen = [
        next(part["valueDate"] for part in considered if part["url"] == "assessedOn")
        for report in reports(waiting, "individual")
        for _, proof in proofs(report)
        for considered in proof.get("considered", ())
    ]
    assert len(seen) > 1000
    assert max(seen) <= day


@pytest.mark.parametrize("read", ["whole", "waiting"])
def test_every_resource_and_the_bundle_are_valid_r4(read, request):
    read = request.getfixturevalue(read)
    plain = {**read, "entry": [as_floats(entry) for entry in read["entry"]]}
    assert [str(issue) for issue in fhirkit.validate(plain)] == []
    assert {e["resource"]["resourceType"] for e in plain["entry"]} == {
        "Organization", "Measure", "MeasureReport", "Patient", "Procedure", "Observation", "DetectedIssue"
    }  # fmt: skip


@pytest.mark.parametrize(
    "broken",
    [{"status": None}, {"period": {"start": "2026-13-45"}}, {"type": 7}, {"measure": None}, {"score": 1}],
    ids=["no status", "a month 13", "a type that is a number", "no measure", "an element R4 does not have"],
)
def test_the_validator_refuses_a_broken_report(waiting, broken):
    report = as_floats(reports(waiting, "summary")[0]) | broken
    assert fhirkit.validate({key: value for key, value in report.items() if value is not None})


def as_floats(value):
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def test_the_same_result_gives_the_same_bytes(closed, tmp_path):
    words = ("--type", "summary", "--on", "2027-03-01")
    exported(closed, tmp_path / "a.json", *words)
    exported(closed, tmp_path / "b.json", *words)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize("year", years())
def test_every_year_can_be_sent(year, tmp_path):
    """Years of change have the share with both scores, and beside it the mean improvement in points."""
    result = result_folder(tmp_path / "result", clinic_of(year, SEED + year, 200), year, as_of(year))
    read = exported(result, tmp_path / "reports.json")
    rate = rates(result)
    alone = {key for key in rate if key[1] != "overall"}
    for report in reports(read, "summary"):
        measure_id = measure_of(report)
        groups = {group["id"]: group for group in report["group"]}
        overall = rate[measure_id, "overall"]
        change = groups.pop("averageChange", None)
        assert (change is not None) == (year <= 2019)
        if change is not None:
            assert counts(report)["averageChange"] == {
                "initial-population": overall["eligible"],
                "measure-population": overall["met"],
                "measure-observation": overall["met"],
            }
            assert change["measureScore"]["unit"] == "points"
            assert abs(float(change["measureScore"]["value"]) - overall["mean_change"]) < 1e-6
        assert set(groups) == ({stratum for measure, stratum in alone if measure == measure_id} or {"overall"})
        for name in groups:
            row, own = rate[measure_id, name], counts(report)[name]
            assert (own["denominator"], own["numerator"]) == (row["eligible"], row["met"])
    summaries = {(measure_of(r), group): own for r in reports(read, "summary") for group, own in counts(r).items()}
    assert {key: dict(own) for key, own in added_up(read).items()} == {k: v for k, v in summaries.items() if v}
    assert [str(issue) for issue in fhirkit.validate(as_floats(read))] == []


def test_a_file_that_cannot_be_is_one_clear_line(closed, tmp_path):
    settings = tmp_path / "settings.toml"
    for text, told in (
        ('[measure_report]\nprofile_base = "not an address"\n', "profile_base is an address"),
        ('[measure_report]\norganization = " "\n', "organization is blank or holds a sign that cannot be shown"),
        ('[measure_report]\norganization = "a\\u0007b"\n', "organization is blank or holds a sign"),
        ('[measure_report]\npatient_system = "urn:a\\u0007b"\n', "patient_system is blank or holds a sign"),
        ('[measure_report]\nplace = "x"\n', "has no key 'place'"),
        ("[claim]\n", "the table [measure_report] is missing"),
    ):
        settings.write_text(text)
        ended = lumbar("export", "measure-report", closed, "--out", tmp_path / "x.json", "--settings", settings)
        assert_one_clear_line(ended)
        assert told in ended.err
    for words in (("--npi", "1234567890"), ("--tin", "12"), ("--measure", "460"), ("--on", "soon")):
        assert_one_clear_line(lumbar("export", "measure-report", closed, "--out", tmp_path / "x.json", *words))
    assert [path.name for path in tmp_path.iterdir()] == ["settings.toml"]
