"""MeasureReports of a clinic small enough to read: gaps, death, ids, and what the options change."""

import json
from datetime import date
from decimal import Decimal

import pytest

from command_line import assert_one_clear_line, lumbar
from fhir_reports import bundle, by_url, counts, measure_of, proofs, reports, resources
from follow_up_cases import (
    AS_OF,
    DEAD_AND_OPEN,
    FUSION,
    LATE_FUSION,
    MET,
    NOT_ASSESSED,
    NOT_MET,
    NOT_MET_SO_FAR,
    OPEN,
    OTHER_SURGEON,
    SCORED_AFTER_DEATH,
    SURGEON,
    TWICE,
    YEAR,
    add,
    follow_up_cases,
)
from result_folder import result_folder

TOLD_OF_459 = [
    "Back Pain After Lumbar Surgery, MIPS quality measure 459 of 2026, as of 2026-11-21.",
    "lumbarDiscectomy: 5 operations in the denominator, 3 met, 2 not met, 1 of these not assessed, 0 open or upcoming; "
    "score 0.6. That is 60.0 %, 3 of 5 met (95 % interval 23.1 to 88.2 %); 80.0 % responded, and had all the others met it "
    "were 80.0 %.",
    "lumbarFusion: 4 operations in the denominator, 0 met, 2 not met, 0 of these not assessed, 2 open or upcoming; "
    "score 0. That is 0.0 %, 0 of 2 met (95 % interval 0.0 to 65.8 %); 100.0 % responded, and had all the others met it "
    "were 0.0 %.",
    "Interim: 4 of 9 results, of 4 operations, are open or may still change until their windows close, the last on "
    "2026-12-15. Open and upcoming operations stand in the denominator; the score is over those judged, not numerator / "
    "denominator.",
    "Met is not recovered, and not met is not failed surgery.",
]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return result_folder(tmp_path_factory.mktemp("cases") / "result", follow_up_cases(), YEAR, AS_OF)


@pytest.fixture(scope="module")
def export(result, tmp_path_factory):
    """Exports with some options and reads the file."""

    def exported(*words):
        out = tmp_path_factory.mktemp("cases") / "reports.json"
        ended = lumbar("export", "measure-report", result, "--out", out, *words)
        assert ended.code == 0, ended.err
        return bundle(out)

    return exported


@pytest.fixture(scope="module")
def whole(export):
    return export()


def patient_of(read, reference):
    return by_url(read)[reference["reference"]]["identifier"][0]["value"]


def gaps(read, measure_id="459"):
    """Status of the gaps of one measure, by patient."""
    known, found = by_url(read), {}
    for issue in resources(read, "DetectedIssue"):
        if measure_of(known[issue["evidence"][0]["detail"][0]["reference"]]) == measure_id:
            coding = issue["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]
            found.setdefault(patient_of(read, issue["patient"]), []).append((coding["code"], issue["detail"]))
    return found


def test_a_gap_is_closed_when_met_prospective_while_a_score_can_come_and_open_when_none_can(whole):
    """A gap is "not in the numerator"; one that a later score can still close lies ahead."""
    assert {patient: [status for status, _ in told] for patient, told in gaps(whole).items()} == {
        MET: ["closed-gap"],
        NOT_MET: ["open-gap"],
        NOT_ASSESSED: ["open-gap"],
        OPEN: ["prospective-gap"],
        NOT_MET_SO_FAR: ["open-gap"],
        DEAD_AND_OPEN: ["open-gap"],
        SCORED_AFTER_DEATH: ["closed-gap"],
        TWICE: ["closed-gap", "open-gap"],
    }


def test_nobody_is_named_for_contact_because_of_a_result_or_after_death(whole):
    """RULES §8: re-asking those who failed would buy a rate; the dead leave every contact list."""
    prospective = {
        patient for patient, told in gaps(whole).items() for status, _ in told if status == "prospective-gap"
    }
    assert prospective == {OPEN}
    assert gaps(whole)[DEAD_AND_OPEN][0][1].endswith("The patient has died: nobody is to be contacted.")


def test_a_gap_of_an_open_window_says_its_last_day(whole):
    """Fifteen months after 15 September 2025 is 15 December 2026."""
    assert gaps(whole)[OPEN] == [("prospective-gap", "Open: the window closes on 15 December 2026, no score yet.")]
    assert LATE_FUSION.isoformat() in {r.get("performedDateTime") for r in resources(whole, "Procedure")}


def test_no_record_dated_after_a_death_leaves(whole):
    """The result stays as it is counted; the score given after the death is in no part of the file."""
    (died,) = (p["id"] for p in resources(whole, "Patient") if p["identifier"][0]["value"] == SCORED_AFTER_DEATH)
    own = [o for o in resources(whole, "Observation") if o["subject"]["reference"] == f"urn:uuid:{died}"]
    assert [o["effectiveDateTime"] for o in own] == ["2025-02-24"]
    (report,) = (
        r
        for r in reports(whole, "individual")
        if patient_of(whole, r["subject"]) == SCORED_AFTER_DEATH and measure_of(r) == "459"
    )
    ((_, proof),) = proofs(report)
    assert proof["status"] == "met"
    assert "score-after" not in proof
    assert [c[0]["valueDate"] for c in proof["considered"]] == ["2025-02-24"]


def test_a_score_given_after_a_death_is_told_in_no_words(whole):
    """8.0 before, 2.0 long after the death: neither the score nor the improvement, and no day of it."""
    (report,) = (
        r
        for r in reports(whole, "individual")
        if patient_of(whole, r["subject"]) == SCORED_AFTER_DEATH and measure_of(r) == "459"
    )
    ((_, proof),) = proofs(report)
    assert proof["headline"] == "Met: a score dated after the patient's death is not shown"
    assert not {"arithmetic", "improvement", "counterfactual", "note"} & proof.keys()
    assert gaps(whole)[SCORED_AFTER_DEATH] == [
        ("closed-gap", f"{proof['headline']}. The patient has died: nobody is to be contacted.")
    ]
    told = json.dumps(report, default=str)
    assert "2.0" not in told
    assert "6.0" not in told
    assert "22 May 2025" not in told
    assert "2025-05-22" not in told


def test_a_mean_that_would_tell_a_score_given_after_a_death_is_left_out(tmp_path):
    """In years of change the mean of one patient is that patient's improvement; the summary still counts it."""
    died = date(2019, 4, 1)
    clinic = {"patient": [], "procedure": [], "score": []}
    add(clinic, "died", date(2018, 3, 3), FUSION, before="8", after=("2", 400), died=died)
    add(clinic, "lives", date(2018, 3, 3), FUSION, before="8", after=("2", 400))
    clinic["score"] = [{**score, "scale": "vas_cm"} for score in clinic["score"]]  # 2019 takes no other
    result = result_folder(tmp_path / "result", clinic, 2019, date(2020, 6, 1))
    assert lumbar("export", "measure-report", result, "--out", tmp_path / "x.json").code == 0
    read = bundle(tmp_path / "x.json")
    told = {
        patient_of(read, r["subject"]): "measureScore" in r["group"][1]
        for r in reports(read, "individual")
        if counts(r)["averageChange"]["measure-population"]
    }
    assert told == {"died": False, "lives": True}
    (summary,) = (r for r in reports(read, "summary") if measure_of(r) == "460")
    assert summary["group"][1]["measureScore"]["value"] == 6


def test_a_summary_says_in_words_what_is_counted_and_that_it_is_interim(whole):
    """Of nine operations in 459 five are done with; 15 months after 15 September 2025 the last window closes."""
    (report,) = (r for r in reports(whole, "summary") if measure_of(r) == "459")
    assert report["text"]["status"] == "generated"
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in TOLD_OF_459)
    assert report["text"]["div"] == f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'


def test_a_final_summary_is_not_called_interim(tmp_path):
    result = result_folder(tmp_path / "result", follow_up_cases(), YEAR, date(2027, 2, 1))
    ended = lumbar("export", "measure-report", result, "--out", tmp_path / "x.json", "--type", "summary")
    assert ended.code == 0
    assert "Interim" not in ended.out + ended.err + (tmp_path / "x.json").read_text()
    for report in reports(bundle(tmp_path / "x.json"), "summary"):
        assert "Met is not recovered, and not met is not failed surgery." in report["text"]["div"]


def test_an_interim_file_does_not_leave_without_a_warning(result, tmp_path):
    ended = lumbar("export", "measure-report", result, "--out", tmp_path / "x.json")
    assert ended.code == 0
    assert "Interim: " in ended.err
    assert "the last on 2026-12-15" in ended.err


def test_two_operations_of_a_patient_are_counted_in_one_report(whole):
    (report,) = (
        r for r in reports(whole, "individual") if patient_of(whole, r["subject"]) == TWICE and measure_of(r) == "459"
    )
    told = counts(report)
    assert [told[group]["denominator"] for group in ("lumbarDiscectomy", "lumbarFusion")] == [1, 1]
    assert [told[group]["numerator"] for group in ("lumbarDiscectomy", "lumbarFusion")] == [1, 0]
    assert [(group, proof["status"]) for group, proof in proofs(report)] == [
        ("lumbarDiscectomy", "met"),
        ("lumbarFusion", "not-met"),
    ]


def test_a_score_is_undefined_and_left_out_where_nothing_is_judged(whole):
    """An open window alone: 0 judged of 1, so no rate, and never 0."""
    (report,) = (
        r for r in reports(whole, "individual") if patient_of(whole, r["subject"]) == OPEN and measure_of(r) == "459"
    )
    assert counts(report)["lumbarFusion"]["denominator"] == 1
    assert all("measureScore" not in group for group in report["group"])


def test_scores_are_those_of_the_instrument_exactly(whole):
    """8.2 before and 3.2 after, improved by 5.0; no digit of a binary fraction."""
    (report,) = (
        r for r in reports(whole, "individual") if patient_of(whole, r["subject"]) == MET and measure_of(r) == "459"
    )
    ((_, proof),) = proofs(report)
    known = by_url(whole)
    values = [known[proof[name]["reference"]]["valueQuantity"]["value"] for name in ("score-before", "score-after")]
    assert values == [Decimal("8.2"), Decimal("3.2")]
    assert proof["improvement"] == 5
    assert proof["arithmetic"].startswith("3.2 after surgery is above 3.0.")


def test_ids_that_fhir_would_refuse_stand_as_identifiers(whole):
    assert NOT_MET in {p["identifier"][0]["value"] for p in resources(whole, "Patient")}


def test_an_operation_has_its_codes_as_numbers_and_its_surgeon_by_npi(whole):
    operations = resources(whole, "Procedure")
    assert {o["code"]["coding"][0]["code"] for o in operations} == {"63030", "22612"}
    assert all("display" not in coding for o in operations for coding in o["code"]["coding"])
    assert {o["performer"][0]["actor"]["identifier"]["value"] for o in operations} == {SURGEON, OTHER_SURGEON}


def test_summaries_alone_have_no_patient_in_them(export):
    read = export("--type", "summary")
    assert [entry["resource"]["resourceType"] for entry in read["entry"]] == [
        "Organization", *["Measure"] * 3, *["MeasureReport"] * 3
    ]  # fmt: skip
    assert all("subject" not in report and "evaluatedResource" not in report for report in reports(read, "summary"))


@pytest.mark.parametrize(
    ("kind", "types", "has_gaps"),
    [("individual", {"individual"}, True), ("data-collection", {"data-collection"}, False)],
)
def test_one_kind_of_report_can_be_asked_for(export, kind, types, has_gaps):
    read = export("--type", kind)
    assert {report["type"] for report in resources(read, "MeasureReport")} == types
    assert bool(resources(read, "DetectedIssue")) == has_gaps


def test_one_surgeon_reports_as_a_practitioner(export):
    read = export("--npi", OTHER_SURGEON)
    (surgeon,) = resources(read, "Practitioner")
    assert surgeon["identifier"] == [{"system": "http://hl7.org/fhir/sid/us-npi", "value": OTHER_SURGEON}]
    assert {r["reporter"]["reference"] for r in resources(read, "MeasureReport")} == {f"urn:uuid:{surgeon['id']}"}
    assert [p["identifier"][0]["value"] for p in resources(read, "Patient")] == [NOT_MET]
    assert not resources(read, "Organization")


def test_one_measure_and_a_day_can_be_asked_for(export):
    read = export("--measure", "471", "--on", "2026-12-24", "--type", "summary")
    (report,) = reports(read, "summary")
    assert report["measure"].endswith("/471|2026")
    assert report["date"] == "2026-12-24"
    assert read["timestamp"] == "2026-12-24T00:00:00Z"
    assert report["period"] == {"start": "2026-01-01", "end": "2026-12-31"}


def test_a_site_names_itself_and_its_receiver(export, tmp_path):
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[measure_report]\norganization = "Spine Practice"\npatient_system = "urn:oid:2.999.1"\n'
        'measure_base = "https://registry.example/Measure"\nprofile_base = "http://hl7.org/fhir/us/davinci-deqm"\n'
    )
    read = export("--settings", settings, "--tin", "00-0456789")
    (practice,) = resources(read, "Organization")
    assert practice["name"] == "Spine Practice"
    assert practice["identifier"] == [{"system": "urn:oid:2.16.840.1.113883.4.4", "value": "000456789"}]
    assert {p["identifier"][0]["system"] for p in resources(read, "Patient")} == {"urn:oid:2.999.1"}
    assert {m["url"] for m in resources(read, "Measure")} == {
        f"https://registry.example/Measure/{measure}" for measure in ("459", "461", "471")
    }
    base = "http://hl7.org/fhir/us/davinci-deqm/StructureDefinition"
    assert {r["meta"]["profile"][0] for r in resources(read, "MeasureReport")} == {
        f"{base}/summary-measurereport-deqm",
        f"{base}/indv-measurereport-deqm",
        f"{base}/datax-measurereport-deqm",
    }
    assert {r["modifierExtension"][0]["url"] for r in resources(read, "DetectedIssue")} == {
        f"{base}/extension-gapStatus"
    }


def test_ids_stay_the_same_in_a_later_file_so_that_it_replaces_the_earlier_one(whole, export):
    later = export("--on", "2026-12-24")
    assert [e["request"] for e in later["entry"]] == [e["request"] for e in whole["entry"]]
    assert later["id"] != whole["id"]


def test_without_settings_the_placeholders_are_spoken_of(result, tmp_path):
    ended = lumbar("export", "measure-report", result, "--out", tmp_path / "x.json")
    assert "Without --settings, placeholders stand for" in ended.err
    assert "results wait for a score" in ended.err
    assert MET not in ended.out + ended.err


def test_the_settings_printed_are_those_taken_when_none_are_given(export, whole, tmp_path):
    printed = lumbar("export", "measure-report", "--print-settings")
    assert printed.code == 0
    (tmp_path / "settings.toml").write_text(printed.out)
    assert export("--settings", tmp_path / "settings.toml") == whole


def test_nothing_is_written_over_when_the_target_is_a_folder(result, tmp_path):
    ended = lumbar("export", "measure-report", result, "--out", tmp_path)
    assert_one_clear_line(ended)
    assert list(tmp_path.iterdir()) == []


def test_the_same_result_gives_the_same_bytes_on_any_day(result, tmp_path):
    for name in ("a.json", "b.json"):
        assert lumbar("export", "measure-report", result, "--out", tmp_path / name).code == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
