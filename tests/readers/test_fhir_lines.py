"""NDJSON as it really comes: every line that can be read is read, every other is rejected in its place."""

import gzip
import json
import os

import pytest

from lumbar.errors import InputError
from source_folder import PATIENT_RESOURCE, PROCEDURE_RESOURCE, SNOMED, back_pain, concept, fhir_folder, intake, ndjson

BOM = b"\xef\xbb\xbf"


def score(number, **changed):
    """A good score that duplicates no other: its date has the number's day."""
    return json.dumps(back_pain(f"s{number}", effectiveDateTime=f"2025-02-{number:02d}", **changed))


PRESSURE = json.dumps(back_pain("bp", code=concept("http://loinc.org", "85354-9")))

# Lines, each with what must become of it: a score id, a reason, `-` for of no concern, or none for blank.
LINES: list[tuple[bytes, str | None]] = [
    (score(1).encode(), "s1"),
    (b"", None),
    (b'{"resourceType":"Observation"', "unparsable"),
    (score(2).encode(), "s2"),
    (b"[1]", "unparsable"),
    (b"null", "unparsable"),
    (b"1", "unparsable"),
    (b'"text"', "unparsable"),
    (b"true", "unparsable"),
    (b"   \t ", None),
    (b"\x0b", None),
    (b"\x0c\r", None),
    (score(3).encode(), "s3"),
    (b'{"resourceType":"Observation","id":"\xff\xfe"}', "unparsable"),
    (score(4).encode() + b"  ", "s4"),
    (b"  " + score(5).encode(), "s5"),
    (PRESSURE.encode(), "-"),
    (b"}", "unparsable"),
    (b"not json at all", "unparsable"),
    (score(6).encode() + b",", "unparsable"),
    (score(7).encode() * 2, "unparsable"),
    (f"[{score(8)}]".encode(), "unparsable"),
    (b"\x00", "unparsable"),
    (b"\xc2\xa0", "unparsable"),
    (BOM + score(9).encode(), "unparsable"),
    (json.dumps(PATIENT_RESOURCE).encode(), "wrong_resource_type"),
    (b'{"id":"x"}', "wrong_resource_type"),
    (b"{}", "wrong_resource_type"),
    (b'{"resourceType":"observation","id":"x"}', "wrong_resource_type"),
    (b'{"resourceType":7,"id":"x"}', "wrong_resource_type"),
    (json.dumps(json.loads(score(10)), indent=1).replace("\n", " ").encode(), "s10"),
    (score(11).replace("72514-3", "\\u0037\\u0032514-3").encode(), "s11"),
    (
        score(12)
        .replace('"resourceType": "Observation", ', "")
        .replace("{", '{"a": 1, "resourceType": "Observation", ', 1)
        .encode(),
        "s12",
    ),
    (json.dumps(json.loads(score(13)), separators=(",", ":")).encode(), "s13"),
    (score(14).replace('"s14"', '"s14", "note": [{"text": "line\\nbreak, 72514-3"}]').encode(), "s14"),
    (score(15).replace('"s15"', '"s15", "x": "' + "é" * 50 + '"').encode(), "s15"),
    (b'{"resourceType": "Observation", "id": ' + b"[" * 200 + b"]" * 200 + b', "code": null}', "-"),
    (b'{"resourceType":"Observation","code":"72514-3"}', "-"),
    (b'{"resourceType":"Observation","id":{"a":"72514-3"},"code":{"coding":"72514-3"}}', "-"),
    (score(16, component="none").encode(), "s16"),
    (b"", None),
    (score(17).encode(), "s17"),
]


def account(lines):
    """Scores, (line, reason)s and how many are of no concern: what the lines must become."""
    scores = {becomes for _, becomes in lines if becomes and becomes.startswith("s")}
    rejected = [(n, b) for n, (_, b) in enumerate(lines, start=1) if b in ("unparsable", "wrong_resource_type")]
    return scores, rejected, sum(becomes == "-" for _, becomes in lines)


def check_lines(read, name, lines):
    scores, rejected, n_of_no_concern = account(lines)
    assert {row["score_id"] for row in read.tables["score"]} == scores
    assert read.places() == rejected
    assert {row["source"] for row in read.rejected} == {name}
    assert read.files[name].n_of_no_concern == n_of_no_concern
    assert read.files[name].n_rows == sum(becomes is not None for _, becomes in lines)


@pytest.mark.parametrize(("line_end", "ends"), [(b"\n", True), (b"\r\n", False)], ids=["LF, ended", "CRLF, not ended"])
def test_every_line_is_accounted_for_in_its_place(line_end, ends, tmp_path):
    body = line_end.join(line for line, _ in LINES) + (line_end if ends else b"")
    check_lines(intake(fhir_folder(tmp_path, Observation=body)), "Observation.ndjson", LINES)


@pytest.mark.parametrize("line_end", [b"", b"\n"], ids=["not ended", "ended"])
@pytest.mark.parametrize("n_blank", [0, 1, 2])
def test_a_blank_line_shifts_no_line_however_the_file_ends(n_blank, line_end, tmp_path):
    """Every line is a JSON object: nothing but the bytes of the file tells that a line is blank."""
    lines = [(score(1).encode(), "s1"), *[(b"", None)] * n_blank, (b"{}", "wrong_resource_type")]
    body = b"\n".join(line for line, _ in lines) + line_end
    check_lines(intake(fhir_folder(tmp_path, Observation=body)), "Observation.ndjson", lines)


def test_a_packed_file_with_a_byte_order_mark_is_read_the_same(tmp_path):
    body = BOM + b"\n".join(line for line, _ in LINES)
    check_lines(intake(fhir_folder(tmp_path, Observation_gz=body)), "Observation.ndjson.gz", LINES)


def test_a_byte_order_mark_before_blank_lines_shifts_no_line(tmp_path):
    lines = [(b"", None), (b"", None), (b"x", "unparsable"), *LINES]
    body = BOM + b"\n".join(line for line, _ in lines)
    check_lines(intake(fhir_folder(tmp_path, Observation=body)), "Observation.ndjson", lines)


def test_gzip_written_in_several_members_is_one_file(tmp_path):
    folder = fhir_folder(tmp_path)
    members = (gzip.compress(f"{score(n)}\n".encode()) for n in range(1, 4))
    (folder / "Observation.ndjson.gz").write_bytes(b"".join(members))
    assert len(intake(folder).tables["score"]) == 3


def test_several_files_of_a_type_are_one_table_and_every_reject_names_its_own_file(tmp_path):
    folder = fhir_folder(
        tmp_path,
        Observation_000=[score(1), "broken"],
        Observation_001=["", "", "broken", score(2)],
        Observation_gz=("\n" + score(3) + "\nbroken\n").encode(),
        Patient_2=[{"resourceType": "Patient", "id": "p2"}],
    )
    (folder / "Observation-more.ndjson").write_text(ndjson([score(4), "[]"]))
    read = intake(folder)
    assert {row["score_id"] for row in read.tables["score"]} == {"s1", "s2", "s3", "s4"}
    assert {row["patient_id"] for row in read.tables["patient"]} == {"p1", "p2"}
    assert read.lines() == [
        ("Observation-more.ndjson", 2),
        ("Observation.000.ndjson", 2),
        ("Observation.001.ndjson", 3),
        ("Observation.ndjson.gz", 3),
    ]


def test_types_we_do_not_read_are_of_no_concern_whatever_they_hold(tmp_path):
    read = intake(fhir_folder(tmp_path, Encounter=["{}", "broken", "[1]"], DocumentReference=b"\xff\xfe\n", Device=[]))
    facts = {name: (file.n_rows, file.n_of_no_concern) for name, file in read.files.items()}
    assert facts["Encounter.ndjson"] == (3, 3)
    assert facts["DocumentReference.ndjson"] == (1, 1)
    assert facts["Device.ndjson"] == (0, 0)
    assert read.rejected == []


def test_empty_files_are_read_as_such(tmp_path):
    read = intake(fhir_folder(tmp_path, Observation=b"", Condition=b"\n\n", Coverage_gz=b"", Organization=BOM))
    assert all(read.files[f"{name}.ndjson"].n_rows == 0 for name in ("Observation", "Condition", "Organization"))


def test_the_same_lines_over_and_over_keep_their_numbers(tmp_path):
    """More than one buffer of the parser: every thousandth line is broken, every seventh blank."""
    n_lines = 20_000
    text = []
    for n in range(1, n_lines + 1):
        good = score(5).replace('"s5"', f'"s{n}"').replace("2025-02-05", f"2025-0{n % 9 + 1}-{n % 28 + 1:02d}")
        text.append("broken" if n % 1000 == 0 else "" if n % 7 == 0 else good if n % 50 == 1 else PRESSURE)
    read = intake(fhir_folder(tmp_path, Observation=text), threads=2)
    assert read.lines("unparsable") == [("Observation.ndjson", n) for n in range(1000, n_lines + 1, 1000)]
    good_lines = {f"s{n}" for n in range(1, n_lines + 1) if n % 50 == 1 and n % 7}
    duplicates = {row["record_id"] for row in read.rejected if row["reason"] == "duplicate"}
    assert {row["score_id"] for row in read.tables["score"]} | duplicates == good_lines
    assert all(int(row["record_id"][1:]) == row["line"] for row in read.rejected if row["reason"] == "duplicate")


def test_a_line_of_40_megabytes_loses_neither_itself_nor_its_neighbours(tmp_path):
    attached = score(2, note=[{"text": "x" * (40 << 20)}])
    body = "\n".join([score(1), attached, "broken", score(3)]).encode()
    read = intake(fhir_folder(tmp_path, Observation=body))
    assert {row["score_id"] for row in read.tables["score"]} == {"s1", "s2", "s3"}
    assert read.places() == [(3, "unparsable")]


def test_truncated_or_false_gzip_is_an_error_of_the_whole(tmp_path):
    packed = gzip.compress(ndjson([score(n) for n in range(1, 28)] * 200).encode())
    for number, content in enumerate((packed[:-1], packed[: len(packed) // 2], b"", b"{}", packed[:5])):
        folder = fhir_folder(tmp_path / str(number))
        (folder / "Observation.ndjson.gz").write_bytes(content)
        with pytest.raises(InputError, match=r"Observation\.ndjson\.gz.*gzip"):
            intake(folder)


@pytest.mark.parametrize("missing", ["Patient", "Procedure"])
def test_patients_and_procedures_are_required(missing, tmp_path):
    folder = fhir_folder(tmp_path)
    (folder / f"{missing}.ndjson").unlink()
    (folder / "Observation.ndjson").write_text("")
    with pytest.raises(InputError, match=f"no {missing}"):
        intake(folder)


def test_ids_in_another_script_and_text_with_every_escape_are_kept(tmp_path):
    """A FHIR id is plain, but a name may hold anything."""
    name = 'Łukasz "Ł" \\ \n \t 🦴 \u2028'
    person = {**PATIENT_RESOURCE, "name": [{"text": name}]}
    read = intake(fhir_folder(tmp_path, Patient=[person]))
    assert read.tables["contact"][0]["name"].split() == name.split()


def test_one_id_with_equal_contents_is_a_duplicate_across_files_and_with_others_a_conflict(tmp_path):
    op = PROCEDURE_RESOURCE
    other = {**op, "code": concept(SNOMED, "76107001")}
    read = intake(fhir_folder(tmp_path / "same", Procedure=[op], Procedure_2=[op]))
    assert read.reasons() == {"op1": ["duplicate"]}
    read = intake(fhir_folder(tmp_path / "other", Procedure=[op], Procedure_2=[other]))
    assert read.reasons() == {"op1": ["conflicting_id"] * 2}


def test_an_observation_and_a_form_may_have_the_same_id(tmp_path):
    """An id is one of its type: Observation/1 and QuestionnaireResponse/1 are two records."""
    mapping = (
        '[[fhir.questionnaire]]\nurl = "urn:f"\n'
        '[[fhir.questionnaire.score]]\nlink_id = "b"\ninstrument = "back_pain"\nscale = "nrs"\n'
    )
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "1",
        "status": "completed",
        "questionnaire": "urn:f",
        "subject": {"reference": "Patient/p1"},
        "authored": "2025-02-01",
        "item": [{"linkId": "b", "answer": [{"valueInteger": 3}]}],
    }
    read = intake(fhir_folder(tmp_path, Observation=[back_pain("1")], QuestionnaireResponse=[form]), mapping)
    assert read.rejected == []
    assert len({row["score_id"] for row in read.tables["score"]}) == 2


ENCOUNTER = {"resourceType": "Encounter", "id": "e1"}
# File name: (its lines, what it must be read as; none: not read, with a warning).
NAMES = {
    "Observation-1.ndjson": ([score(1)], "Observation"),
    "Observation2.ndjson": ([score(2)], "Observation"),
    "Observation_vitals.ndjson": ([score(3)], "Observation"),
    "ObservationVitals.ndjson": ([score(4)], "Observation"),
    "Observations.ndjson": (["broken", "[1]", '{"resourceType": 1}', score(5)], "Observation"),
    "1.Observation.ndjson": ([score(6)], "Observation"),
    "observation.ndjson": ([score(7)], "Observation"),
    "vitals.ndjson": ([score(8)], "Observation"),
    "Vitals.ndjson": ([score(9)], "Observation"),
    "PatientContact.ndjson": ([json.dumps({"resourceType": "Patient", "id": "p2"})], "Patient"),
    "PractitionerRole.ndjson": ([json.dumps({"resourceType": "PractitionerRole", "id": "r1"})], "PractitionerRole"),
    "ObservationDefinition.ndjson": ([], "ObservationDefinition"),
    "Claim.ndjson": (["broken"], "Claim"),
    "errors.ndjson": ([json.dumps({"resourceType": "OperationOutcome"})], "OperationOutcome"),
    "visits.ndjson": ([json.dumps(ENCOUNTER)], "Encounter"),
    "PatientList.ndjson": (["broken"], None),
    "notes.ndjson": (["{}", '{"resourceType": "a sentence"}'], None),
}


def test_a_file_is_read_as_its_name_says_else_as_its_first_lines_say(tmp_path):
    folder = fhir_folder(tmp_path)
    for name, (lines, _) in NAMES.items():
        (folder / name).write_text(ndjson(lines))
    others = ("Observation.txt", "Patient.000.NDJSON", "vitals.Ndjson.zip", "manifest.json")
    for name in others:
        (folder / name).write_text(score(10))
    read = intake(folder)
    roles = {name: file.role for name, file in read.files.items()}
    assert roles == {"Patient.ndjson": "Patient", "Procedure.ndjson": "Procedure"} | {
        name: kind for name, (_, kind) in NAMES.items() if kind
    }
    assert {row["score_id"] for row in read.tables["score"]} == {f"s{n}" for n in range(1, 10)}
    assert {row["patient_id"] for row in read.tables["patient"]} == {"p1", "p2"}
    unclear = "neither its name nor its first lines tell a resource type"
    ending = "FHIR files end in .ndjson or .ndjson.gz; rename it"
    assert sorted(read.warnings_of_what_is_there()) == sorted(
        [f"{name} was not read: {unclear}" for name in ("PatientList.ndjson", "notes.ndjson")]
        + [f"{name} was not read: {ending}" for name in others if name != "manifest.json"]
    )


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("nowhere")], ids=["pipe", "link"])
@pytest.mark.parametrize("name", ["Observation.2.ndjson", "vitals.ndjson.gz"])
def test_a_link_that_leads_nowhere_and_a_pipe_are_told(name, make, tmp_path):
    folder = fhir_folder(tmp_path)
    make(folder / name)
    with pytest.raises(InputError, match=rf"^{name}: no file but a broken link, or a pipe"):
        intake(folder)


def test_a_packed_file_of_an_unclear_name_is_read_or_an_error_of_the_whole(tmp_path):
    packed = gzip.compress(BOM + ndjson(["", score(1)]).encode())
    folder = fhir_folder(tmp_path)
    (folder / "vitals.ndjson.gz").write_bytes(packed)
    assert intake(folder).row("score", "s1")
    for broken in (packed[:12], packed[:12] + b"\xff" * 12, b"{}"):
        (folder / "vitals.ndjson.gz").write_bytes(broken)
        with pytest.raises(InputError, match=r"vitals\.ndjson\.gz.*gzip"):
            intake(folder)
