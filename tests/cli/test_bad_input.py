"""Bad input: one clear line, exit 2, nothing half-written, no patient's value told (issue, "Bad input")."""

import ctypes
import gzip
import json
import os

import pytest

from command_line import YEAR, assert_one_clear_line, listing, lumbar, shell
from source_folder import back_pain, fhir_folder, ndjson, tables_folder

PATIENT = "patient_id,birth_date,sex\nann-0042,1961-07-08,female\n"
# Values of the patient above and of the rows below: none of them may be told.
SECRETS = ("ann-0042", "1961-07-08", "female", "07/08/1961", "Müller", "space-id")


def patients(text):
    return lambda folder: tables_folder(folder, patient=text)


def packed(content):
    """score.csv.gz of these bytes instead of score.csv."""

    def write(folder):
        (tables_folder(folder) / "score.csv").unlink()
        (folder / "score.csv.gz").write_bytes(content)

    return write


def broken_ndjson(folder):
    fhir_folder(folder)
    lines = gzip.compress(ndjson([back_pain(f"s{n}") for n in range(3000)]).encode())
    (folder / "Observation.ndjson.gz").write_bytes(lines[: len(lines) // 2])


def without_procedures(folder):
    (fhir_folder(folder) / "Procedure.ndjson").unlink()


# What the line must say, and what makes the folder.
SOURCES = {
    "no such folder": lambda folder: None,
    "an empty folder": lambda folder: folder.mkdir(),
    "a file; name the folder": lambda folder: folder.write_text("x"),
    "no patient*.csv or patient*.parquet": lambda folder: (folder.mkdir(), (folder / "notes.txt").write_text("x")),
    "no patients; the patient table has a header and no rows": patients("patient_id,birth_date\n"),
    "no patients; the Patient files are empty": lambda folder: fhir_folder(folder, Patient=b""),
    "no Procedure*.ndjson": without_procedures,
    "patient.csv: empty": patients(""),
    "patient.csv: the first line is blank": patients("\n" + PATIENT),
    "patient.csv: unknown column 'birthdate'; did you mean birth_date?": patients(PATIENT.replace("h_d", "hd")),
    "patient.csv: the column birth_date is missing": patients(PATIENT.replace("birth_date", "language")),
    "patient.csv: the column sex stands there twice": patients(PATIENT.replace("birth_date", "sex")),
    "patient.csv: its header names no column": patients(PATIENT.split("\n", 1)[1]),
    "separated by semicolons; use commas": patients(PATIENT.replace(",", ";")),
    "separated by tabs; use commas": patients(PATIENT.replace(",", "\t")),
    "separated by bars; use commas": patients(PATIENT.replace(",", "|")),
    "patient.csv: not UTF-8; save it as CSV UTF-8": patients(PATIENT.replace("female", "Müller").encode("latin-1")),
    "patient.csv: not UTF-8": patients(PATIENT.encode("utf-16")),
    "birth_date holds no date we can read; write dates as YYYY-MM-DD": patients(
        PATIENT.replace("1961-07-08", "07/08/1961")
    ),
    "a quotation mark is left open": patients(PATIENT.replace("1961", '"1961') + "p2,1960-01-01,male\n"),
    "score.csv.gz: the gzip file is broken or cut short": packed(
        gzip.compress(b"score_id,patient_id,instrument,scale,value,assessed_on\n" * 9000)[:-9]
    ),
    "score.csv.gz: cannot be read; a broken gzip file?": packed(b"score_id,patient_id\n"),
    "Observation.ndjson.gz: the gzip file is broken or cut short": broken_ndjson,
    "score.parquet: not a Parquet file": lambda folder: (
        (tables_folder(folder) / "score.csv").unlink(),
        (folder / "score.parquet").write_bytes(b"PAR1"),
    ),
}


@pytest.mark.parametrize("message", SOURCES)
def test_a_source_that_cannot_be_read_is_one_line(message, tmp_path):
    source = tmp_path / "records"
    SOURCES[message](source)
    before = listing(tmp_path)
    ended = lumbar("evaluate", source, *YEAR, "--out", tmp_path / "new" / "result")
    assert_one_clear_line(ended, *SECRETS)
    assert message in ended.err
    assert listing(tmp_path) == before
    assert lumbar("check", source) == ended


def test_the_other_format_asked_for_is_not_there(tmp_path):
    assert "no Patient*.ndjson" in lumbar("check", tables_folder(tmp_path / "a"), "--from", "fhir").err
    assert "no patient*.csv" in lumbar("check", fhir_folder(tmp_path / "b"), "--from", "tables").err


def written(tmp_path, text):
    (tmp_path / "given.toml").write_text(text)
    return tmp_path / "given.toml"


# What the line must say, and the words of the command beside a good source and --out.
ARGUMENTS = {
    "no rules for performance year 1999; there are rules for": ("--year", "1999", "--as-of", "2026-11-21"),
    "Invalid value for '--year'": ("--year", "soon", "--as-of", "2026-11-21"),
    "'2026-02-30' is no date; write the as-of date as YYYY-MM-DD": ("--year", "2026", "--as-of", "2026-02-30"),
    "'21.11.2026' is no date": ("--year", "2026", "--as-of", "21.11.2026"),
    "'today' is no date": ("--year", "2026", "--as-of", "today"),
    "no measure '999' in 2026; there are 459, 461, 471": (*YEAR, "--measure", "999"),
    "evaluate needs a folder of records, --out, --year and --as-of": ("--year", "2026"),
    "Invalid value for '--from'": (*YEAR, "--from", "hl7v2"),
    "Invalid value for '--threads'": (*YEAR, "--threads", "0"),
    "'lots' is no amount of memory": (*YEAR, "--memory-limit", "lots"),
    "No such option: --years": (*YEAR, "--years", "2026"),
    "mapping: no-such.toml: no such file": (*YEAR, "--mapping", "no-such.toml"),
    "policy: no-such.toml: no such file": (*YEAR, "--policy", "no-such.toml"),
}
FILES = {
    ("--mapping", "unknown key timezon; known here"): 'timezon = "UTC"',
    ("--mapping", "timezone must be a name such as"): 'timezone = "Chicago"',
    ("--mapping", "instrument.x must be one of back_pain"): '[instrument]\nx = "neck"\n',
    ("--mapping", "not valid TOML"): "= 1",
    ("--policy", "unknown key 'postop'; known keys"): 'postop = "latest"',
    ("--policy", "postoperative must be one of latest, nearest, earliest"): 'postoperative = "last"',
    ("--policy", "not valid TOML"): "]",
}


@pytest.mark.parametrize("message", ARGUMENTS)
def test_an_argument_that_cannot_be_is_one_line(message, clinic, tmp_path):
    ended = lumbar("evaluate", clinic, "--out", tmp_path / "new" / "result", *ARGUMENTS[message])
    assert_one_clear_line(ended)
    assert message in ended.err
    assert listing(tmp_path) == {}


@pytest.mark.parametrize(("option", "message"), FILES)
def test_a_mapping_or_policy_that_cannot_be_is_one_line(option, message, clinic, tmp_path):
    given = written(tmp_path, FILES[option, message])
    before = listing(tmp_path)
    for command in (("evaluate", clinic, *YEAR, "--out", tmp_path / "result"), ("check", clinic)):
        ended = lumbar(*command, option, given)
        assert_one_clear_line(ended)
        assert message in ended.err
        assert listing(tmp_path) == before


def test_a_mapping_that_is_no_text_is_one_line(clinic, tmp_path):
    (tmp_path / "given.toml").write_bytes(b"\xff\xfe")
    assert_one_clear_line(lumbar("check", clinic, "--mapping", tmp_path / "given.toml"))
    assert_one_clear_line(lumbar("check", clinic, "--mapping", tmp_path))


def test_an_output_folder_that_exists_is_left_as_it_is(clinic, result):
    before = listing(result.parent)
    ended = lumbar("evaluate", clinic, *YEAR, "--out", result)
    assert_one_clear_line(ended)
    assert "exists; choose another --out or add --overwrite" in ended.err
    assert listing(result.parent) == before


def test_overwrite_replaces_a_result_and_nothing_else(clinic, result, tmp_path):
    (result / "rate.parquet").unlink()
    assert lumbar("evaluate", clinic, *YEAR, "--out", result, "--overwrite", "--no-report").code == 0
    assert (result / "rate.parquet").is_file()
    assert not (result / "report.html").exists()
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter1.txt").write_text("long work")
    for target in (mine, mine / "chapter1.txt"):
        before = listing(tmp_path)
        ended = lumbar("evaluate", clinic, *YEAR, "--out", target, "--overwrite")
        assert_one_clear_line(ended)
        assert listing(tmp_path) == before


def test_the_records_themselves_are_never_taken_for_an_output_folder(tmp_path):
    source = tables_folder(tmp_path / "records")
    before = listing(tmp_path)
    for overwrite in ((), ("--overwrite",)):
        assert_one_clear_line(lumbar("evaluate", source, *YEAR, "--out", source, *overwrite))
        assert listing(tmp_path) == before


def test_a_bad_run_with_overwrite_leaves_the_old_result(clinic, result, tmp_path):
    before = listing(tmp_path)
    bad = tables_folder(tmp_path.parent / f"{tmp_path.name}-bad", score="score_id;patient_id\n")
    assert_one_clear_line(lumbar("evaluate", bad, *YEAR, "--out", result, "--overwrite"))
    assert listing(tmp_path) == before


@pytest.mark.parametrize("episode_id", ["nobody@2025-01-01", "nobody", "@", "", "a@b@c", "p@2025-02-30"])
def test_an_episode_that_is_not_there_is_one_line(episode_id, evaluated):
    for format_ in ("text", "json"):
        assert_one_clear_line(lumbar("explain", evaluated, episode_id, "--format", format_))


@pytest.mark.parametrize("command", [("explain", "p@2025-01-01"), ("report",), ("purge", "--yes")])
def test_a_folder_that_is_no_result_is_one_line_and_stays(command, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "mine.txt"):
        ended = lumbar(command[0], folder, *command[1:])
        assert_one_clear_line(ended)
        assert "is no result folder" in ended.err
    assert listing(tmp_path) == {"mine.txt": b"x"}


@pytest.mark.parametrize("part", ["outcome.parquet", "rate.parquet", "run.json", "clinical/score.parquet"])
def test_a_damaged_result_is_one_line(part, result):
    (result / part).write_bytes(b"PAR1")
    before = listing(result)
    ended = lumbar("report", result)
    assert_one_clear_line(ended)
    assert part.split("/")[-1] in ended.err
    assert listing(result) == before


def _without_root_rights():
    """In the child: not even root reads what its owner may not."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        if hasattr(libc, "prctl"):  # Linux
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


def tables_in_a_folder(folder):
    tables_folder(folder)
    (folder / "score").mkdir()
    (folder / "score.csv").rename(folder / "score" / "part.csv")


UNREADABLE = {
    "score.csv": tables_folder,
    "score": tables_in_a_folder,
    "Procedure.ndjson": fhir_folder,
    "score.csv.gz": packed(gzip.compress(b"score_id\n")),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_without_permission_to_read_is_told_as_such(name, tmp_path):
    UNREADABLE[name](tmp_path)
    (tmp_path / name).chmod(0)
    ended = shell("check", tmp_path, before=_without_root_rights)
    (tmp_path / name).chmod(0o700)
    assert_one_clear_line(ended)
    assert name in ended.err
    assert ended.err.endswith("Permission denied\n")


DAMAGED_FACTS = {
    "as_of": "soon",
    "year": "2026",
    "measures": ["999"],
    "policy": {"postoperative": "best"},
    "inputs": None,
    "mapping": 5,
    "format": None,
    "code_lists": [],
    "warnings": None,
}


@pytest.mark.parametrize("fact", DAMAGED_FACTS)
def test_a_damaged_run_json_is_one_line_that_names_the_fact_whatever_is_asked(fact, result, evaluated, tmp_path):
    run = json.loads((result / "run.json").read_text())
    (result / "run.json").write_text(json.dumps({**run, fact: DAMAGED_FACTS[fact]}))
    asked = [("report", result), ("ledger", result), ("worklist", result), ("persistent-pain", result)]
    asked += [
        ("diff", evaluated, result),
        ("score", result, "--practice", "small"),
        ("explain", result, "p@2025-01-01"),
    ]
    asked.append(("export", "measure-report", result, "--out", tmp_path / "out.json"))
    for words in asked:
        ended = lumbar(*words)
        assert_one_clear_line(ended)
        assert fact in ended.err, (words, ended.err)


def test_a_result_of_another_rule_set_is_not_explained_by_ours(result):
    text = (result / "run.json").read_text()
    hash_line = next(line for line in text.splitlines() if "rule_set_hash" in line)
    (result / "run.json").write_text(text.replace(hash_line, f'  "rule_set_hash": "{"0" * 64}",'))
    ended = lumbar("report", result)
    assert_one_clear_line(ended)
    assert "another rule set" in ended.err


def test_demo_synth_and_template_write_into_new_folders_only(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    for command in (("demo", "--out", tmp_path), ("synth", tmp_path), ("template", tmp_path)):
        assert_one_clear_line(lumbar(*command))
        assert listing(tmp_path) == {"mine.txt": b"x"}
    assert_one_clear_line(lumbar("demo", "--out", tmp_path, "--overwrite"))
    assert listing(tmp_path) == {"mine.txt": b"x"}


def test_the_real_command_ends_the_same_way(tmp_path):
    """Once as a process of its own: no traceback, exit 2."""
    ended = shell("evaluate", tmp_path / "nowhere", *YEAR, "--out", tmp_path / "result")
    assert_one_clear_line(ended)
    assert ended.err == f"lumbar: {tmp_path / 'nowhere'}: no such folder\n"


def test_a_bad_row_is_never_an_error(tmp_path):
    """One of each kind beside a good one: the evaluation is done, the rows are counted and told."""
    source = tables_folder(
        tmp_path / "records",
        score="score_id,patient_id,instrument,scale,value,assessed_on\n"
        "s1,p1,back_pain,nrs,7,2025-02-24\ns2,p1,back_pain,nrs,eleven,2025-02-25\ns3,nobody,odi,percent,5,2025-02-25\n"
        "s4,p1,back_pain,nrs\ns5,p1,back_pain,nrs,3,2025-02-30\n",
    )
    ended = lumbar("evaluate", source, *YEAR, "--out", tmp_path / "result", "--no-report")
    assert ended.code == 0
    assert "4 input rows were rejected" in ended.out


def test_what_fails_inside_shows_no_value_and_says_how_to_see_more(tmp_path, monkeypatch):
    """An error we did not foresee may hold a patient's values in its text: only its kind is told."""
    from lumbar.workflow import evaluating

    def fail(*args, **kwargs):
        raise ValueError("ann-0042 was born on 1961-07-08")

    monkeypatch.setattr(evaluating, "read", fail)
    ended = lumbar("check", tables_folder(tmp_path))
    assert ended.code == 2
    assert "something went wrong inside (ValueError)" in ended.err
    assert not any(secret in ended.err for secret in SECRETS)


def test_in_a_folder_that_is_gone_it_says_so(tmp_path):
    gone = tmp_path / "gone"

    def stand_in_it():
        gone.mkdir()
        os.chdir(gone)
        gone.rmdir()

    ended = shell("demo", before=stand_in_it)
    assert ended == (2, "", "lumbar: the current folder is gone; change to another one, then run this again\n")
