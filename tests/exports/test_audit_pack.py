"""`lumbar audit-pack`: proofs, records and source lines of a sample, as an auditor gets them."""

import csv
import hashlib
import io
import json
import re
import shutil
import stat
import subprocess
from datetime import date

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pypdf
import pytest

from command_line import assert_one_clear_line, listing, lumbar
from lumbar.audit.shown import _LETTERS, _SIGNS, settable
from lumbar.readers.intake import open_bytes
from lumbar.synth.write import write_clinic
from lumbar.tables.clinical import CLINICAL_TABLES
from source_folder import PATIENT_RESOURCE, PROCEDURE_RESOURCE, SCORE, back_pain, fhir_folder, tables_folder

KEPT = {"patient", "procedure", "score", "condition", "coverage", "reported_code"}
AS_OF = ("--year", 2026, "--as-of", "2026-11-21")


def written(result, out, *words):
    ended = lumbar("audit-pack", result, *words, "--out", out)
    assert (ended.code, ended.err) == (0, "")
    return out


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def pages_of(pack):
    """The text of the PDF, what breaks a line inside a word taken out."""
    reader = pypdf.PdfReader(pack / "audit-pack.pdf")
    return ["".join(page.extract_text().replace("\u200b", "").split()) for page in reader.pages]


def squeezed(text):
    return "".join(text.split())


def outcome(result):
    return pq.read_table(result / "outcome.parquet").to_pylist()


@pytest.fixture(scope="module")
def pack(closed, records, tmp_path_factory):
    """A sample of 60 with its source lines."""
    out = tmp_path_factory.mktemp("audit") / "pack"
    return written(closed, out, "--sample", 60, "--seed", 7, "--source", records)


def test_every_file_is_named_in_the_readme_and_its_sum_holds(pack):
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=pack, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    files = {path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file()}
    summed = {line.split("  ", 1)[1] for line in (pack / "SHA256SUMS").read_text().splitlines()}
    assert summed == files - {"SHA256SUMS"}
    readme = (pack / "README.txt").read_text()
    for name in files - {"README.txt"}:
        general = re.sub(r"/\d+\.", "/NNN.", name)
        general = "records/*.csv" if name.startswith("records/") else general
        assert general in readme, name
    assert stat.S_IMODE(pack.stat().st_mode) == 0o700


def test_a_changed_byte_is_found_by_the_sums(pack, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(pack, copy)
    path = copy / "records" / "score.csv"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    assert subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=copy, capture_output=True, check=False).returncode == 1


def test_the_sample_counts_in_a_measure_and_can_be_drawn_again_by_hand(closed, pack):
    """The smallest SHA-256 of seed:id, worked out here once more."""
    counted = {row["episode_id"] for row in outcome(closed) if row["in_measure"]}
    by_hand = sorted(counted, key=lambda i: hashlib.sha256(f"7:{i}".encode()).hexdigest())[:60]
    assert [row["episode_id"] for row in rows_of(pack / "cases.csv")] == by_hand
    assert [case["episode_id"] for case in json.loads((pack / "audit-pack.json").read_text())["cases"]] == by_hand


def test_a_larger_sample_begins_with_the_smaller_one_and_another_seed_draws_others(closed, pack, tmp_path):
    fewer = rows_of(written(closed, tmp_path / "a", "--sample", 3, "--seed", 7) / "cases.csv")
    assert fewer == rows_of(pack / "cases.csv")[:3]
    assert rows_of(written(closed, tmp_path / "b", "--sample", 3, "--seed", 8) / "cases.csv") != fewer


def test_a_sample_of_one_measure_is_of_its_operations(closed, tmp_path):
    out = written(closed, tmp_path / "pack", "--sample", 5, "--measure", "471")
    counted = {r["episode_id"] for r in outcome(closed) if r["in_measure"] and r["measure_id"] == "471"}
    assert {row["episode_id"] for row in rows_of(out / "cases.csv")} <= counted
    assert_one_clear_line(lumbar("audit-pack", closed, "--sample", 5, "--measure", "460", "--out", tmp_path / "other"))


def test_the_proofs_are_those_explain_shows(closed, pack):
    for row in rows_of(pack / "cases.csv")[:10]:
        assert (pack / row["proof"]).read_text() == lumbar("explain", closed, row["episode_id"]).out.removesuffix("\n")
        told = lumbar("explain", closed, row["episode_id"], "--format", "json").out
        assert json.loads((pack / row["proof"]).with_suffix(".json").read_text()) == json.loads(told)


def test_the_rows_of_the_result_are_all_there(closed, pack):
    wanted = {row["episode_id"] for row in rows_of(pack / "cases.csv")}
    there = {(r["episode_id"], r["instrument"], r["timepoint"]): r for r in rows_of(pack / "outcome.csv")}
    stored = [row for row in outcome(closed) if row["episode_id"] in wanted]
    assert len(there) == len(stored) == 6 * 60
    for row in stored:
        told = there[row["episode_id"], row["instrument"], row["timepoint"]]
        assert told["status"] == row["status"]
        assert told["code"] == (row["code"] or "")
        assert told["in_measure"] == str(row["in_measure"]).lower()
        assert told["improvement"] == ("" if row["improvement"] is None else f"{row['improvement']:f}")


def test_the_records_are_every_row_of_these_patients_and_never_a_contact(closed, pack):
    patients = {row["episode_id"].rpartition("@")[0] for row in rows_of(pack / "cases.csv")}
    assert (
        {path.stem for path in (pack / "records").iterdir()} == KEPT == {t.name for t in CLINICAL_TABLES} - {"contact"}
    )
    for name in KEPT:
        stored = [
            r for r in pq.read_table(closed / "clinical" / f"{name}.parquet").to_pylist() if r["patient_id"] in patients
        ]
        there = rows_of(pack / "records" / f"{name}.csv")
        plain = [
            tuple("" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in row.values())
            for row in stored
        ]
        assert sorted(tuple(row.values()) for row in there) == sorted(plain)


def test_no_value_of_a_contact_is_in_any_file(closed, pack):
    patients = {row["episode_id"].rpartition("@")[0] for row in rows_of(pack / "cases.csv")}
    contacts = [
        r for r in pq.read_table(closed / "clinical" / "contact.parquet").to_pylist() if r["patient_id"] in patients
    ]
    values = {r[name] for r in contacts for name in ("name", "mrn", "phone", "email")} - {None}
    assert len(values) > 60
    content = "\n".join(path.read_text() for path in pack.rglob("*") if path.is_file() and path.suffix != ".pdf")
    content += "".join(pages_of(pack))
    assert not [value for value in values if value in content or squeezed(value) in content]


def test_the_source_lines_stand_in_the_files_at_that_line(records, pack):
    lines = rows_of(pack / "source" / "lines.csv")
    texts = {}
    for line in lines:
        path = records / line["file"]
        known = texts.setdefault(path, path.read_bytes().decode("utf-8-sig").split("\n"))
        if not line["left_out"]:
            assert known[int(line["line"]) - 1].rstrip("\r") == line["original"].split("\n")[0]
            assert line["header"] == known[0].rstrip("\r")
    there = {(line["table"], line["record_id"]) for line in lines}
    for name, key in (("score", "score_id"), ("procedure", "procedure_id"), ("condition", "condition_id")):
        kept = {row[key] for row in rows_of(pack / "records" / f"{name}.csv")}
        assert {(name, record_id) for record_id in kept} <= there
    assert not any(line["file"].startswith("contact") for line in lines)


def test_rejected_lines_of_the_patients_are_there_with_their_reason(closed, pack):
    rejected = {(r["source"], r["line"]): r["reason"] for r in pq.read_table(closed / "rejected.parquet").to_pylist()}
    lines = rows_of(pack / "source" / "lines.csv")
    for line in lines:
        reason = rejected.get((line["file"], int(line["line"])))
        assert line["became"] == ("mapped" if reason is None else f"rejected: {reason}")
    assert {line["became"] for line in lines} != {"mapped"}


def test_the_pdf_says_what_the_proofs_say(pack):
    """Every result, sum, rule, code and reason of each proof stands on the pages of its case."""
    pages = pages_of(pack)
    starts = [n for n, page in enumerate(pages) if re.match(r"Case\d+:", page)]
    cases = rows_of(pack / "cases.csv")
    assert len(starts) == len(cases) == 60
    for case, start, end in zip(cases, starts, [*starts[1:], len(pages)], strict=True):
        text = "".join(re.sub(r"Case\d+patientdata·.*?page\d+of\d+", "", page) for page in pages[start:end])
        assert text.startswith(f"Case{case['case']}:{squeezed(case['episode_id'])}")
        proof = json.loads((pack / case["proof"]).with_suffix(".json").read_text())
        for row in proof["rows"]:
            for name in ("headline", "arithmetic", "rule", "cite", "counts", "code", "counterfactual"):
                assert squeezed(row[name] or "") in text, (case["case"], name)
            for note in row["notes"]:
                assert squeezed(note) in text
            for candidate in row["candidates"]:
                if candidate["window"] != "outside":
                    assert squeezed(candidate["because"]) in text
                    assert squeezed(candidate["score_id"]) in text
        cover = "".join(pages[: starts[0]])
        assert squeezed(case["episode_id"]) in cover


def test_the_cover_has_the_result_its_rules_and_places_to_sign(closed, pack):
    run = json.loads((closed / "run.json").read_text())
    assert json.loads((pack / "run.json").read_text()) == run
    cover = "".join(pages_of(pack)[:4])
    for text in (
        run["rule_set_hash"],
        "1 February 2027",
        *(file["blake3"] for file in run["inputs"]),
        "Signature",
        "Audited by",
    ):
        assert squeezed(text) in cover
    assert "Metisnotrecovered,andnotmetisnotfailedsurgery." in cover


def test_the_pdf_is_tagged_and_says_its_language_and_title(pack):
    catalog = pypdf.PdfReader(pack / "audit-pack.pdf").trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en-US"
    assert b"pdfuaid" in (pack / "audit-pack.pdf").read_bytes()


def test_the_same_pack_twice_is_the_same_bytes(closed, records, pack, tmp_path):
    again = written(closed, tmp_path / "again", "--sample", 60, "--seed", 7, "--source", records)
    assert listing(again) == listing(pack)


def test_a_pack_is_dated_as_asked(closed, tmp_path):
    out = written(closed, tmp_path / "pack", "--sample", 1, "--on", "2033-05-17")
    assert json.loads((out / "audit-pack.json").read_text())["on"] == "2033-05-17"
    info = pypdf.PdfReader(out / "audit-pack.pdf").metadata
    assert info.creation_date.date() == date(2033, 5, 17)
    assert "auditpackof17May2033" in pages_of(out)[0]


def test_operations_are_named_on_the_line_or_in_a_file(closed, tmp_path):
    ids = [outcome(closed)[0]["episode_id"], outcome(closed)[-1]["episode_id"]]
    (tmp_path / "list.txt").write_text("\ufeff" + "\n\n".join([*ids, ids[0]]) + "\n", encoding="utf-8")
    one = written(closed, tmp_path / "one", *ids)
    assert [row["episode_id"] for row in rows_of(one / "cases.csv")] == ids
    assert listing(one) == listing(written(closed, tmp_path / "two", "--list", tmp_path / "list.txt"))


@pytest.mark.parametrize(
    "words",
    [(), ("--sample", 3, "--list", "x"), ("a@2025-01-01", "--sample", 3), ("a@2025-01-01", "--measure", "459")],
)
def test_operations_are_named_in_one_way(closed, tmp_path, words):
    assert_one_clear_line(lumbar("audit-pack", closed, *words, "--out", tmp_path / "pack"))
    assert list(tmp_path.iterdir()) == []


def test_unknown_operations_are_counted_and_told_by_place_never_by_id(closed, tmp_path):
    known = outcome(closed)[0]["episode_id"]
    (tmp_path / "list.txt").write_text(f"secret1@2025-01-01\n{known}\nsecret2\n")
    ended = lumbar("audit-pack", closed, "--list", tmp_path / "list.txt", "--out", tmp_path / "pack")
    assert_one_clear_line(ended, "secret1", "secret2", known)
    assert "2 of the 3 operations named are not in the result (by place: 1, 3)" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]


def test_an_empty_list_and_a_sample_too_large_are_refused(closed, tmp_path):
    (tmp_path / "list.txt").write_text("\n")
    assert_one_clear_line(lumbar("audit-pack", closed, "--list", tmp_path / "list.txt", "--out", tmp_path / "pack"))
    assert_one_clear_line(lumbar("audit-pack", closed, "--list", tmp_path / "none.txt", "--out", tmp_path / "pack"))
    assert_one_clear_line(lumbar("audit-pack", closed, "--sample", 1_000_000, "--out", tmp_path / "pack"))
    assert not (tmp_path / "pack").exists()


def test_a_pack_of_many_cases_says_how_large_its_pdf_is(closed, tmp_path):
    ended = lumbar("audit-pack", closed, "--sample", 201, "--out", tmp_path / "pack")
    n_mb = round((tmp_path / "pack" / "audit-pack.pdf").stat().st_size / 1e6)
    assert ended.code == 0
    assert ended.err == f"The PDF has {n_mb} MB; a smaller sample is easier to read and to sign.\n"


def test_a_folder_is_replaced_only_when_it_is_an_audit_pack_and_that_is_asked(closed, tmp_path):
    words = ("audit-pack", closed, "--sample", 1, "--out", tmp_path / "pack")
    assert lumbar(*words).code == 0
    before = listing(tmp_path / "pack")
    assert_one_clear_line(lumbar(*words))
    assert listing(tmp_path / "pack") == before
    assert lumbar(*words, "--seed", 5, "--overwrite").code == 0
    assert listing(tmp_path / "pack") != before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    assert_one_clear_line(lumbar(*words[:-1], tmp_path / "mine", "--overwrite"))
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "pack"]


def test_a_source_that_is_not_the_one_read_is_refused(closed, records, tmp_path):
    words = ("audit-pack", closed, "--sample", 2, "--out", tmp_path / "pack", "--source", tmp_path / "records")
    shutil.copytree(records, tmp_path / "records")
    path = tmp_path / "records" / "score.csv"
    content = path.read_bytes()
    path.write_bytes(content + b"\n")
    ended = lumbar(*words)
    assert_one_clear_line(ended)
    assert "score.csv" in ended.err
    assert "another fingerprint" in ended.err
    path.unlink()
    assert_one_clear_line(lumbar(*words))
    path.write_bytes(content)
    assert not (tmp_path / "pack").exists()
    assert lumbar(*words).code == 0


# ---- other sources


def evaluated(records, folder, *more):
    ended = lumbar("evaluate", records, *AS_OF, "--out", folder, "--no-report", *more)
    assert ended.code == 0, ended.err
    return folder


def test_markup_and_strange_letters_in_ids_are_shown_as_they_are(tmp_path):
    """Nothing in an id is read as markup; a letter the fonts do not hold is told by its number."""
    patient = "#strong[x] $a$ *b* _c_ <d> `e` \\ 中😀 Müller"
    records = tables_folder(
        tmp_path / "records",
        patient=[{"patient_id": patient, "birth_date": "1960-01-01"}],
        procedure=[
            {
                "procedure_id": '"]#1',
                "patient_id": patient,
                "performed_on": "2025-03-03",
                "system": "cpt",
                "code": "63030",
            }
        ],
        score=[{**SCORE, "patient_id": patient, "score_id": "s#panic()"}],
    )
    result = evaluated(records, tmp_path / "result")
    out = written(result, tmp_path / "pack", "--sample", 1, "--source", records)
    text = "".join(pages_of(out))
    assert squeezed("#strong[x] $a$ *b* _c_ <d> `e` \\ <U+4E2D><U+1F600> Müller@2025-03-03") in text
    assert "s#panic()" in text
    assert rows_of(out / "cases.csv")[0]["episode_id"] == f"{patient}@2025-03-03"


def test_every_letter_said_to_be_settable_is_set(tmp_path):
    """A letter without a glyph would stop the tagged PDF."""
    letters = "".join(chr(n) for first, last in _LETTERS for n in range(first, last + 1)) + "".join(sorted(_SIGNS))
    kept = "".join(c for c in letters if settable(c) == c and c not in '",\n' and not c.isspace())
    assert len(kept) > 600
    records = tables_folder(tmp_path / "records", score=[{**SCORE, "score_id": f"x{kept}x"}])
    written(evaluated(records, tmp_path / "result"), tmp_path / "pack", "--sample", 1)


def test_rows_of_csv_with_line_breaks_and_of_gzip_are_found(tmp_path):
    text = (
        "score_id,patient_id,instrument,scale,value,assessed_on,mode\r\n"
        's1,p1,back_pain,nrs,7,2025-02-24,"by\r\nphone"\r\n'
        '"s2","p1",back_pain,nrs,8,2025-02-25,\r\n'
    )
    records = tables_folder(tmp_path / "records", score=text)
    out = written(evaluated(records, tmp_path / "result"), tmp_path / "pack", "--sample", 1, "--source", records)
    lines = [row for row in rows_of(out / "source" / "lines.csv") if row["table"] == "score"]
    assert [(row["line"], row["record_id"], row["original"]) for row in lines] == [
        ("2", "s1", 's1,p1,back_pain,nrs,7,2025-02-24,"by\r\nphone"'),
        ("4", "s2", '"s2","p1",back_pain,nrs,8,2025-02-25,'),
    ]


def test_rows_of_parquet_are_found_by_their_number(records, tmp_path):
    folder = tmp_path / "records"
    shutil.copytree(records, folder)
    for path in folder.glob("score*.csv"):
        with path.open("rb") as stream:
            content = stream.read()
        header = next(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        types = {name: pa.string() for name in header}
        options = pa_csv.ParseOptions(invalid_row_handler=lambda row: "skip", newlines_in_values=True)
        table = pa_csv.read_csv(path, parse_options=options, convert_options=pa_csv.ConvertOptions(column_types=types))
        pq.write_table(table, path.with_suffix(".parquet"), row_group_size=700)
        path.unlink()
    result = evaluated(folder, tmp_path / "result")
    out = written(result, tmp_path / "pack", "--sample", 20, "--source", folder)
    lines = [row for row in rows_of(out / "source" / "lines.csv") if row["table"] == "score"]
    for line in lines:
        stored = pq.read_table(folder / line["file"]).slice(int(line["line"]) - 1, 1).to_pylist()[0]
        assert json.loads(line["original"]) == stored
    kept = {row["score_id"] for row in rows_of(out / "records" / "score.csv")}
    assert kept <= {line["record_id"] for line in lines}


def test_lines_of_fhir_are_found_by_file_and_line(tmp_path):
    named = {**PATIENT_RESOURCE, "name": [{"family": "Doe"}], "telecom": [{"value": "555-0100"}], "gender": "female"}
    pulse = {**back_pain("pulse"), "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]}}
    other = {**PATIENT_RESOURCE, "id": "p2"}
    records = fhir_folder(
        tmp_path / "records",
        Patient=[other, "", named],
        Observation_gz=[
            pulse,
            back_pain("s1"),
            back_pain("s2", status="entered-in-error"),
            back_pain("p2s", subject={"reference": "Patient/p2"}),
        ],
        Procedure=[PROCEDURE_RESOURCE],
    )
    result = evaluated(records, tmp_path / "result")
    out = written(result, tmp_path / "pack", "p1@2025-03-03", "--source", records)
    lines = {row["record_id"]: row for row in rows_of(out / "source" / "lines.csv")}
    assert set(lines) == {"p1", "op1", "s1", "s2"}
    assert lines["p1"]["line"] == "3"
    assert json.loads(lines["p1"]["original"]) == {**PATIENT_RESOURCE, "gender": "female"}
    assert lines["p1"]["left_out"] == "name, telecom"
    assert json.loads(lines["s1"]["original"]) == back_pain("s1")
    assert lines["s1"]["left_out"] == ""
    assert (lines["s1"]["file"], lines["s1"]["line"], lines["s1"]["became"]) == ("Observation.ndjson.gz", "2", "mapped")
    assert lines["s2"]["became"] == "rejected: entered_in_error"
    assert "555-0100" not in "".join(p.read_text() for p in out.rglob("*") if p.is_file() and p.suffix != ".pdf")


def paths_of(value, path=""):
    """Every path in a resource, the places in a list not told apart."""
    if isinstance(value, list):
        return {found for item in value for found in paths_of(item, path)}
    if not isinstance(value, dict):
        return set()
    own = {f"{path}{name}" for name in value}
    return own.union(*(paths_of(part, f"{path}{name}.") for name, part in value.items()))


def below(names, paths):
    return {path for path in paths if any(path.startswith(f"{name}.") for name in names)}


def test_a_whole_clinic_of_fhir_has_a_line_for_every_record(tmp_path):
    write_clinic(tmp_path / "records", 120, 3, "fhir")
    mapping = ("--mapping", tmp_path / "records" / "mapping.toml")
    result = evaluated(tmp_path / "records", tmp_path / "result", *mapping)
    n = len({row["episode_id"] for row in outcome(result) if row["in_measure"]})
    out = written(result, tmp_path / "pack", "--sample", n, "--source", tmp_path / "records")
    lines = rows_of(out / "source" / "lines.csv")
    there = {(line["table"], line["record_id"]) for line in lines}
    for row in rows_of(out / "records" / "score.csv"):
        assert ("score", row["score_id"].removeprefix("QuestionnaireResponse/").split("#")[0]) in there
    for line in lines:
        with open_bytes(tmp_path / "records" / line["file"]) as stream:
            stored = json.loads(stream.read().decode().split("\n")[int(line["line"]) - 1])
        left = {name for name in line["left_out"].split(", ") if name}
        assert left == paths_of(stored) - paths_of(json.loads(line["original"])) - below(left, paths_of(stored))
