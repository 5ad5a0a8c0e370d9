"""The recount refuses a Bundle of MeasureReports in which one figure, date, code or reference is another."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from command_line import assert_one_clear_line, lumbar
from decade import SEED, as_of, clinic_of
from follow_up_cases import AS_OF, OTHER_SURGEON, SURGEON, YEAR, follow_up_cases
from lumbar.errors import RecountError
from lumbar.exports.recount import recount
from lumbar.exports.recount.fhir_bundle import entries_of
from lumbar.workflow.exporting import said_by
from lumbar.workflow.result import stored
from result_folder import result_folder

Json = dict[str, Any]
OF_CHANGE = 2019
WITH_TWO_SCORES = 3  # the place among the individual reports of one that is met, with a score before and after
PATIENTS = {row["patient_id"] for row in follow_up_cases()["patient"]}


class Written:
    """An exported file and what the result says of it."""

    def __init__(self, folder, clinic, year, day, *words, npi=None):
        result = result_folder(folder / "result", clinic, year, day)
        out = folder / "reports.json"
        ended = lumbar("export", "measure-report", result, "--out", out, *words)
        assert ended.code == 0, ended.err
        self.text, read = out.read_text(encoding="utf-8"), stored(result)
        self.expected = said_by(read, [measure.id for measure in read.rules.measures], npi, day)

    def recounted(self, path, text, reports="all"):
        path.write_text(text, encoding="utf-8")
        recount(f"measure-report {reports}", path, self.expected)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    return Written(tmp_path_factory.mktemp("recount"), follow_up_cases(), YEAR, AS_OF)


@pytest.fixture(scope="module")
def of_change(tmp_path_factory):
    clinic = clinic_of(OF_CHANGE, SEED + OF_CHANGE, 120)
    return Written(tmp_path_factory.mktemp("recount"), clinic, OF_CHANGE, as_of(OF_CHANGE))


def of(kind: str, change: Callable[[Json], Any], n: int = 0, **having: Any) -> Callable[[Json], Any]:
    """Changes the n-th resource of a type, having some values."""

    def mutate(read: Json) -> None:
        found = [e["resource"] for e in read["entry"] if e["resource"]["resourceType"] == kind]
        change([r for r in found if all(r.get(key) == value for key, value in having.items())][n])

    return mutate


def report(kind: str, change: Callable[[Json], Any], n: int = 0) -> Callable[[Json], Any]:
    return of("MeasureReport", change, n, type=kind)


def count(group: int, population: int, by: int = 1) -> Callable[[Json], Any]:
    def change(found: Json) -> None:
        found["group"][group]["population"][population]["count"] += by

    return change


def score(group: int, value: float) -> Callable[[Json], Any]:
    return lambda r: r["group"][group].update(measureScore={"value": value})


def proof(name: str, value: Json | None) -> Callable[[Json], Any]:
    """Changes one part of the first proof in a report, or takes it away."""

    def change(found: Json) -> None:
        for group in found["group"]:
            for population in group["population"]:
                for evidence in population["extension"][1:]:
                    parts = next(e["extension"] for e in evidence["extension"] if e["url"] == "value")
                    place = next(n for n, part in enumerate(parts) if part["url"] == name)
                    parts[place : place + 1] = [] if value is None else [{"url": name, **value}]
                    return

    return change


def considered(name: str, value: Json) -> Callable[[Json], Any]:
    """Changes one part of the first score that the first proof of a report looked at."""

    def change(found: Json) -> None:
        for part in _first_proof(found):
            if part["url"] == "considered":
                next(p for p in part["extension"] if p["url"] == name).update(value)
                return

    return change


def considered_left_out(found: Json) -> None:
    parts = _first_proof(found)
    parts.remove(next(part for part in parts if part["url"] == "considered"))


def _first_proof(found: Json) -> list[Json]:
    return next(
        e["extension"]
        for group in found["group"]
        for population in group["population"]
        for evidence in population["extension"][1:]
        for e in evidence["extension"]
        if e["url"] == "value"
    )


def text(old: str, new: str) -> Callable[[Json], Any]:
    """Says something else in the text of a report."""
    return lambda r: r["text"].update(div=r["text"]["div"].replace(old, new))


def without(kind: str, **having: Any) -> Callable[[Json], Any]:
    """Takes the first entry of a type away."""

    def mutate(read: Json) -> None:
        entries = read["entry"]
        place = next(
            n
            for n, e in enumerate(entries)
            if e["resource"]["resourceType"] == kind and all(e["resource"].get(k) == v for k, v in having.items())
        )
        del entries[place]

    return mutate


def twice(kind: str) -> Callable[[Json], Any]:
    def mutate(read: Json) -> None:
        place = next(n for n, e in enumerate(read["entry"]) if e["resource"]["resourceType"] == kind)
        read["entry"].insert(place, read["entry"][place])

    return mutate


def gap(status: str) -> Callable[[Json], Any]:
    return lambda r: r["modifierExtension"][0]["valueCodeableConcept"]["coding"][0].update(code=status)


MUTATIONS: dict[str, Callable[[Json], Any]] = {
    **{
        f"summary, group {g}, population {p}, {by:+}": report("summary", count(g, p, by))
        for g in range(2)
        for p in range(4)
        for by in (1, -1)
    },
    **{f"individual, group {g}, population {p}": report("individual", count(g, p)) for g in range(2) for p in range(4)},
    "a summary's score": report("summary", score(0, 0.61)),
    "a summary's score in the sixth decimal": report("summary", score(0, 0.600002)),
    "a summary without its score": report("summary", lambda r: r["group"][0].pop("measureScore")),
    "a score where nothing is judged": report("individual", score(1, 0)),
    "an individual score": report("individual", score(0, 0.5)),
    "a summary's date": report("summary", lambda r: r.update(date="2026-11-22")),
    "a summary's period": report("summary", lambda r: r["period"].update(end="2026-06-30")),
    "a report's status": report("individual", lambda r: r.update(status="error")),
    "a summary of another measure": report("summary", lambda r: r.update(measure=r["measure"].replace("459", "461"))),
    "a summary of a measure nobody defines": report("summary", lambda r: r.update(measure="http://x/1|2")),
    "a group of another name": report(
        "summary", lambda r: r["group"][0]["extension"][0].update(valueString="lumbarDiscectomies")
    ),
    "another reporter": report("individual", lambda r: r["reporter"].update(reference="urn:uuid:0")),
    "a patient's report under another": report("individual", lambda r: r["subject"].update(reference="urn:uuid:0")),
    "a status": report("individual", proof("status", {"valueCode": "not-met"}), WITH_TWO_SCORES),
    "provisional": report("individual", proof("provisional", {"valueBoolean": True}), WITH_TWO_SCORES),
    "a quality-data code": report("individual", proof("qualityDataCode", {"valueCoding": {"code": "G2139"}}), WITH_TWO_SCORES),
    "no quality-data code": report("individual", proof("qualityDataCode", None), WITH_TWO_SCORES),
    "the window": report("individual", proof("window-after", {"valuePeriod": {"start": "2025-01-01", "end": "2025-02-01"}})),
    "no score before": report("individual", proof("score-before", None), WITH_TWO_SCORES),
    "an improvement": report("individual", proof("improvement", {"valueDecimal": 5.1}), WITH_TWO_SCORES),
    "an operation told twice": report("individual", lambda r: r["group"][0]["population"][3]["extension"][1][
        "extension"].append(r["group"][0]["population"][3]["extension"][1]["extension"][3]), WITH_TWO_SCORES),
    "a record not named": report("individual", lambda r: r["evaluatedResource"].pop()),
    "a record named twice": report("data-collection", lambda r: r["evaluatedResource"].append(r["evaluatedResource"][0])),
    "an operation not named": report("data-collection", lambda r: r["evaluatedResource"].pop(0)),
    "a score's value": of("Observation", lambda r: r["valueQuantity"].update(value=8.3)),
    "a score's day": of("Observation", lambda r: r.update(effectiveDateTime="2025-02-25")),
    "a score's id": of("Observation", lambda r: r["identifier"][0].update(value="another")),
    "a score of another patient": of("Observation", lambda r: r["subject"].update(reference="urn:uuid:0"), 2),
    "an operation's day": of("Procedure", lambda r: r.update(performedDateTime="2025-03-04")),
    "an operation's id": of("Procedure", lambda r: r["identifier"][0].update(value="case met@2025-03-04")),
    "a patient's id": of("Patient", lambda r: r["identifier"][0].update(value="somebody")),
    "a gap's status": of("DetectedIssue", gap("open-gap"), 3),
    "a gap that is no word of the guide": of("DetectedIssue", gap("gap"), 1),
    "a gap of another report": of("DetectedIssue", lambda r: r["evidence"][0]["detail"][0].update(reference="urn:uuid:0")),
    "an operation's surgeon": of("Procedure", lambda r: r["performer"][0]["actor"]["identifier"].update(value=OTHER_SURGEON)),
    "an operation without its surgeon": of("Procedure", lambda r: r.pop("performer")),
    "an operation's code": of("Procedure", lambda r: r["code"]["coding"][0].update(code="63030")),
    "an operation's code system": of("Procedure", lambda r: r["code"]["coding"][0].update(system="http://snomed.info/sct")),
    "an operation without its code": of("Procedure", lambda r: r["code"].pop("coding")),
    "an operation's kind": of("Procedure", lambda r: r["code"].update(text="Lumbar discectomy or laminectomy")),
    "an operation without its day": of("Procedure", lambda r: r.pop("performedDateTime")),
    "an operation not done": of("Procedure", lambda r: r.update(status="not-done")),
    "a score's code": of("Observation", lambda r: r["code"]["coding"][0].update(code="97909-6")),
    "a score's unit": of("Observation", lambda r: r["valueQuantity"].update(unit="%")),
    "a score's unit code": of("Observation", lambda r: r["valueQuantity"].update(code="%")),
    "a score's name": of("Observation", lambda r: r["code"].update(text="Leg pain")),
    "a score's place": of("Observation", lambda r: r["bodySite"]["coding"][0].update(code="61685007")),
    "a score's status": of("Observation", lambda r: r.update(status="amended")),
    "a headline": report("individual", proof("headline", {"valueString": "WRONG"}), WITH_TWO_SCORES),
    "a headline's score": report("individual", proof(
        "headline", {"valueString": "Met: 3.1 after surgery, improved by 5.0"}), WITH_TWO_SCORES),
    "no headline": report("individual", proof("headline", None), WITH_TWO_SCORES),
    "a sum": report("individual", proof("arithmetic", {"valueString": "3.2 after surgery. 8.2 \N{MINUS SIGN} 3.2 = 4.9"}), WITH_TWO_SCORES),
    "the window before": report("individual", proof("window-before", {"valuePeriod": {"start": "2024-12-04", "end": "2025-03-03"}}), WITH_TWO_SCORES),
    "a day looked at": report("individual", considered("assessedOn", {"valueDate": "2025-02-25"}), WITH_TWO_SCORES),
    "points looked at": report("individual", considered("points", {"valueDecimal": 8.1}), WITH_TWO_SCORES),
    "a choice": report("individual", considered("chosen", {"valueBoolean": False}), WITH_TWO_SCORES),
    "a score not looked at": report("individual", considered_left_out, WITH_TWO_SCORES),
    "what a gap tells": of("DetectedIssue", lambda r: r.update(detail="WRONG")),
    "a text without the interim": report("summary", text("Interim: ", "")),
    "a text with another count": report("summary", text("3 met", "4 met")),
    "a text with another number that wait": report("summary", text("Interim: 4 ", "Interim: 2 ")),
    "a text with another last day": report("summary", text("2026-12-15", "2026-12-16")),
    "a text with another score": report("summary", text("score 0.6", "score 0.9")),
    "a text with another number not assessed": report("summary", text("1 of these not", "2 of these not")),
    "a text with another interval": report("summary", text("23.1 to 88.2", "23.1 to 88.3")),
    "a text with another response": report("summary", text("80.0 % responded", "90.0 % responded")),
    "a text with another bound": report("summary", text("it were 80.0", "it were 90.0")),
    "a text that says recovered": report("summary", text("Met is not recovered", "Met is recovered")),
    "a report without its text": report("summary", lambda r: r.pop("text")),
    "a measure of another year": of("Measure", lambda r: r.update(version="2025")),
    "a measure without a stratum": of("Measure", lambda r: r["group"].pop()),
    "a resource under another address": lambda read: read["entry"][3].update(fullUrl="urn:uuid:0"),
    "a resource put elsewhere": lambda read: read["entry"][3]["request"].update(url="MeasureReport/0"),
    "another kind of bundle": lambda read: read.update(type="collection"),
    "another day of the bundle": lambda read: read.update(timestamp="2026-11-22T00:00:00Z"),
    **{f"a {kind} left out": without(kind) for kind in ("Organization", "Measure", "Patient", "Procedure", "Observation", "DetectedIssue")},
    **{f"a report left out, {kind}": without("MeasureReport", type=kind) for kind in ("summary", "individual", "data-collection")},
    **{f"a {kind} written twice": twice(kind) for kind in ("Measure", "Patient", "Procedure", "Observation", "MeasureReport", "DetectedIssue")},
}  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_change_is_refused_without_naming_a_patient(cases, tmp_path, mutation):
    read = json.loads(cases.text)
    before = copy.deepcopy(read)
    MUTATIONS[mutation](read)
    assert read != before, "the mutation changed nothing"
    with pytest.raises(RecountError, match="the file was not released") as refused:
        cases.recounted(tmp_path / "x.json", json.dumps(read))
    assert not any(patient in str(refused.value) for patient in PATIENTS)
    assert "\n" not in str(refused.value)


def test_the_file_as_written_is_taken_however_it_is_laid_out(cases, tmp_path):
    cases.recounted(tmp_path / "x.json", cases.text)
    cases.recounted(tmp_path / "y.json", json.dumps(json.loads(cases.text), indent=1))


@pytest.mark.parametrize(("group", "population"), [(g, p) for g, n in ((0, 4), (1, 3)) for p in range(n)])
@pytest.mark.parametrize("kind", ["summary", "individual"])
def test_a_count_of_a_year_of_change_is_refused(of_change, tmp_path, kind, group, population):
    of_change.recounted(tmp_path / "x.json", of_change.text)
    read = json.loads(of_change.text)
    report(kind, count(group, population))(read)
    with pytest.raises(RecountError, match="the file was not released"):
        of_change.recounted(tmp_path / "x.json", json.dumps(read))


def test_a_mean_improvement_of_a_year_of_change_is_refused(of_change, tmp_path):
    read = json.loads(of_change.text)
    report("summary", lambda r: r["group"][1]["measureScore"].update(value=r["group"][1]["measureScore"]["value"] + 0.01))(read)  # fmt: skip
    with pytest.raises(RecountError, match="averageChange, score"):
        of_change.recounted(tmp_path / "x.json", json.dumps(read))


@pytest.mark.parametrize("reports", ["summary", "individual", "data-collection"])
def test_a_file_of_other_reports_than_were_asked_for_is_refused(cases, tmp_path, reports):
    with pytest.raises(RecountError):
        cases.recounted(tmp_path / "x.json", cases.text, reports)


def test_another_surgeon_is_refused(tmp_path):
    written = Written(tmp_path, follow_up_cases(), YEAR, AS_OF, "--npi", OTHER_SURGEON, npi=OTHER_SURGEON)
    written.recounted(tmp_path / "x.json", written.text)
    with pytest.raises(RecountError, match="the reporter is not the surgeon asked for"):
        written.recounted(tmp_path / "x.json", written.text.replace(OTHER_SURGEON, SURGEON))


@pytest.mark.parametrize("text", ["", "{}", '{"entry":[', '{"a":1,"entry":[]}', '{"a":1,"entry":[{}]', "no JSON"])
def test_what_is_no_bundle_is_refused(cases, tmp_path, text):
    with pytest.raises(RecountError):
        cases.recounted(tmp_path / "x.json", text)


def test_what_follows_the_entries_is_refused(cases, tmp_path):
    with pytest.raises(RecountError, match="has not the form of measure-report all"):
        cases.recounted(tmp_path / "x.json", cases.text.rstrip()[:-1] + ', "total": 1}')


@pytest.mark.parametrize("n_entries", [0, 1, 5, 3000])
def test_entries_are_read_one_by_one_across_the_pieces_of_a_file(tmp_path, n_entries):
    """3,000 entries of 1,000 letters are more than one piece."""
    read = {"resourceType": "Bundle", "entry": [{"n": n, "text": "}],[{" * 200, "x": 1.10} for n in range(n_entries)]}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(read))
    head, *entries = entries_of(path)
    assert head == {"resourceType": "Bundle"}
    assert [entry["n"] for entry in entries] == list(range(n_entries))
    assert all(str(entry["x"]) == "1.1" for entry in entries)


@pytest.mark.parametrize("n_before", range(-3, 9))
def test_a_piece_may_end_anywhere_between_two_entries(tmp_path, n_before):
    """Pieces are 2^20 letters: one ends n letters before the second entry does, or the third begins."""
    text = '{"resourceType": "Bundle" , "entry" : [ {"n": 0, "pad": "PAD"} ,\n {"n": 1} ,\n {"n": 2} ]}'
    without_pad = len(text.replace("PAD", ""))
    end_of_second = without_pad - len(' ,\n {"n": 2} ]}')
    path = tmp_path / "x.json"
    path.write_text(text.replace("PAD", "x" * ((1 << 20) - end_of_second - n_before)))
    assert [entry.get("n") for entry in entries_of(path)] == [None, 0, 1, 2]


def test_a_proof_that_does_not_arrive_at_the_result_is_not_released(tmp_path):
    """The rows of a clinic without any score beside the records of one with scores."""
    result = result_folder(tmp_path / "result", follow_up_cases(), YEAR, AS_OF)
    other = result_folder(tmp_path / "other", {**follow_up_cases(), "score": []}, YEAR, AS_OF)
    for name in ("outcome", "rate"):
        (other / f"{name}.parquet").replace(result / f"{name}.parquet")
    ended = lumbar("export", "measure-report", result, "--out", tmp_path / "x.json")
    assert_one_clear_line(ended, *PATIENTS)
    assert "the proof does not arrive at the stored result" in ended.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "result"]
