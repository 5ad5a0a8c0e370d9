"""lumbar verify: files added, removed, swapped, in another order; other signers; parts that do not fit one another."""

import json
import zipfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bundles import forged, held_files, packed
from command_line import lumbar
from lumbar.evidence.signing import public_line
from lumbar.measures import for_year
from lumbar.measures.lock import lock_text

FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def held(bundled):
    return held_files(bundled)


STRANGER = "Anybody could have signed it: ask whom you think it is from for the fingerprint, or give --public-key"


def verified(path, *words):
    """The findings of the command as (part, problem), after its exit code said that there are some."""
    ended = lumbar("verify", path, "--format", "json", *words)
    told = json.loads(ended.out)
    assert (ended.code, told["untouched"]) == ((1, False) if told["findings"] else (0, True))
    return [(finding["part"], finding["problem"]) for finding in told["findings"]]


def test_an_untouched_bundle_is_confirmed_with_what_it_is_of(bundled, signing_key):
    ended = lumbar("verify", bundled, "--public-key", f"{signing_key}.pub")
    assert (ended.code, ended.err) == (0, "")
    first, *told = ended.out.splitlines()
    assert first == "evidence.zip: nothing was changed since it was signed"
    assert any(line.startswith("Signed by: SHA256:") and line.endswith(", the key given") for line in told)
    assert "This lumbar: 0.1.0, with the same rules and code lists" in told
    assert "Exports: submission.json (qpp) recounted and equal" in told


def test_without_a_public_key_it_says_whose_fingerprint_to_compare(bundled):
    ended = lumbar("verify", bundled)
    assert ended.code == 0
    assert "a key not known here" in ended.out
    assert ended.err == f"{STRANGER}\n"
    assert json.loads(lumbar("verify", bundled, "--format", "json").out)["signer"] == "unknown"


def test_the_key_given_is_told_to_a_program(bundled, signing_key):
    told = json.loads(lumbar("verify", bundled, "--public-key", f"{signing_key}.pub", "--format", "json").out)
    assert (told["untouched"], told["signer"]) == (True, "given")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_added_file_is_named(method, bundled, tmp_path):
    """By a program that adds to the archive as it is."""
    path = tmp_path / "b.zip"
    path.write_bytes(bundled.read_bytes())
    with zipfile.ZipFile(path, "a", method) as archive:
        archive.writestr("rules/more.txt", "x" * 100)
    assert verified(path) == [("rules/more.txt", "was added: the manifest does not name it")]


@pytest.mark.parametrize(
    "name", ["result/outcome.parquet", "exports/submission.json", "signer.pem", "manifest.json.sig"]
)
def test_a_removed_file_is_named(name, held, tmp_path):
    del held[name]
    assert (name, "was removed") in verified(packed(held, tmp_path / "b.zip"))


def test_a_removed_manifest_is_named(held, tmp_path):
    del held["manifest.json"]
    assert verified(packed(held, tmp_path / "b.zip")) == [("manifest.json", "was removed")]


def test_a_changed_file_is_named_also_when_all_is_packed_anew(held, tmp_path):
    held["result/rate.parquet"] += b"x"
    assert verified(packed(held, tmp_path / "b.zip")) == [("result/rate.parquet", "was changed")]


def test_packed_anew_with_nothing_changed_it_says_just_that(held, tmp_path):
    (finding,) = verified(packed(held, tmp_path / "b.zip"))
    assert finding == ("the archive", "was packed anew, not as lumbar packs it; its files are unchanged")


def test_files_in_another_order_are_named(held, tmp_path):
    names = list(held)
    names[5], names[6] = names[6], names[5]
    ((part, problem),) = verified(packed({name: held[name] for name in names}, tmp_path / "b.zip"))
    assert (part, problem) == (names[5], f"is out of order: it stands where {names[6]} should")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_stands_twice_is_named(bundled, tmp_path):
    path = tmp_path / "b.zip"
    path.write_bytes(bundled.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("result/run.json", "{}")
    assert ("result/run.json", "stands 2 times in the archive") in verified(path)


def test_a_swapped_rule_set_is_named(held, tmp_path):
    """Put into the archive as it is: the lock of 2025 where that of 2026 stood."""
    held["rules/lock-2026.txt"] = lock_text(for_year(2025)).encode()
    assert verified(packed(held, tmp_path / "b.zip")) == [("rules/lock-2026.txt", "was changed")]


SWAPPED = ("rules/lock-2026.txt", "is not the rule set that run.json names")


def test_a_swapped_rule_set_with_a_manifest_made_to_fit_is_named_and_so_is_the_signature(held, tmp_path):
    held["rules/lock-2026.txt"] = lock_text(for_year(2025)).encode()
    found = verified(forged(held, tmp_path / "b.zip"))
    assert SWAPPED in found
    assert ("manifest.json.sig", "is not the signer's signature of manifest.json: one of the two was changed") in found
    assert len(found) == 2


def test_a_swapped_rule_set_signed_anew_by_another_is_named_and_so_is_the_signer(held, signing_key, tmp_path):
    held["rules/lock-2026.txt"] = lock_text(for_year(2025)).encode()
    path = forged(held, tmp_path / "b.zip", FORGER)
    assert verified(path) == [SWAPPED]
    found = verified(path, "--public-key", f"{signing_key}.pub")
    assert SWAPPED in found
    assert [part for part, _ in found] == ["signer.pem", "rules/lock-2026.txt"]
    assert "is another key, SHA256:" in found[0][1]


def test_a_bundle_all_made_to_fit_and_signed_by_another_is_known_by_its_signer_alone(held, signing_key, tmp_path):
    """Rule set and run.json changed alike: nothing but the key tells, so its fingerprint is always shown."""
    (tmp_path / "forger.pub").write_text(public_line(FORGER.public_key()))
    path = forged(held, tmp_path / "b.zip", FORGER)
    assert verified(path, "--public-key", tmp_path / "forger.pub") == []
    assert [part for part, _ in verified(path, "--public-key", f"{signing_key}.pub")] == ["signer.pem"]


def changed_run(held, **changes):
    run = {**json.loads(held["result/run.json"]), **changes}
    return {**held, "result/run.json": json.dumps(run).encode()}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("rules/lock-2026.txt", "is not the rule set that run.json names"),
        ("rules/code-lists/diagnosis_cancer.csv", "is not the code list that run.json names"),
        ("rules/policy.toml", "says not what it was that run.json names"),
        ("rules/mapping.toml", "says not what it was that run.json names"),
        ("inputs.b3", "says not what it was that run.json names"),
        ("packages.txt", "says not what it was that run.json names"),
        ("rules/sql/engine/10_judged.sql", "is not that of lumbar 0.1.0, which made the result"),
        ("rules/default-mapping.toml", "is not that of lumbar 0.1.0, which made the result"),
        ("README.txt", "is not that of lumbar 0.1.0, which made the result"),
    ],
)
def test_a_part_that_run_json_contradicts_is_named_whoever_signed(name, problem, held, tmp_path):
    held[name] += b"\n# more"
    assert verified(forged(held, tmp_path / "b.zip", FORGER)) == [(name, problem)]
    del held[name]
    assert verified(forged(held, tmp_path / "c.zip", FORGER)) == [(name, "is not in the bundle")]


def test_a_code_list_that_run_json_does_not_name_is_named(held, tmp_path):
    held["rules/code-lists/diagnosis_more.csv"] = b"system,code\n"
    found = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert found == [("rules/code-lists/diagnosis_more.csv", "is no code list that run.json names")]


def test_an_export_that_the_result_does_not_bear_out_is_named_by_measure_and_figure(held, tmp_path):
    submission = json.loads(held["exports/submission.json"])
    submission["measurementSets"][0]["measurements"][0]["value"]["strata"][0]["performanceMet"] += 1
    held["exports/submission.json"] = json.dumps(submission).encode()
    ((part, problem),) = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert part == "exports/submission.json"
    assert "its recount differs from the result: measure 459" in problem


def test_an_export_that_its_list_does_not_name_is_named_and_the_other_way_round(held, tmp_path):
    more = {**held, "exports/more.json": b"{}"}
    found = verified(forged(more, tmp_path / "b.zip", FORGER))
    assert found == [("exports/more.json", "is not in exports.json")]
    del held["exports/submission.json"]
    found = verified(forged(held, tmp_path / "c.zip", FORGER))
    assert found == [("exports/submission.json", "is not in the bundle, but in exports.json")]


@pytest.mark.parametrize(
    "changes",
    [
        {"year": "soon"},
        {"code_lists": None},
        {"inputs": [1]},
        {"n_episodes": None},
        {"n_patients": True},
        {"measures": None},
        {"measures": []},
        {"measures": ["999"]},
        {"as_of": 5},
        {"as_of": "soon"},
        {"format": "x"},
        {"mapping": "colour = 1\n"},
        {"policy": {"postoperative": "latest"}},
        {"timezone": "Europe/Berlin"},
        {"python": "\ud800"},
    ],
)
def test_a_run_json_that_is_none_is_named(changes, held, records, tmp_path):
    path = forged(changed_run(held, **changes), tmp_path / "b.zip", FORGER)
    for words in ((), ("--inputs", records)):
        assert "result/run.json" in [part for part, _ in verified(path, *words)]


def test_every_fact_that_run_json_lacks_is_named(held, tmp_path):
    for name in json.loads(held["result/run.json"]):
        run = json.loads(held["result/run.json"])
        del run[name]
        path = forged({**held, "result/run.json": json.dumps(run).encode()}, tmp_path / "b.zip", FORGER)
        assert verified(path) == [("result/run.json", f"has no usable {name}")]


def test_a_run_json_that_says_a_fact_twice_is_named(held, tmp_path):
    """Readers of JSON differ in which of the two they take."""
    held["result/run.json"] = held["result/run.json"].replace(b"{", b'{"n_patients": 1, ', 1)
    found = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert found == [("result/run.json", "is no JSON in UTF-8, or says something twice")]


def test_every_table_of_the_result_is_needed(held, records, tmp_path):
    for name in [name for name in held if name.endswith(".parquet")]:
        path = forged({each: content for each, content in held.items() if each != name}, tmp_path / "b.zip", FORGER)
        assert verified(path, "--inputs", records) == [(name, "is not in the bundle")]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"null", b"[1]", b'{"a": 1}', b"\xff"])
def test_a_list_of_exports_that_is_none_is_named(content, held, tmp_path):
    held["exports.json"] = content
    ((part, problem),) = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert part == "exports.json"
    assert "is no list of released files" in problem


def test_an_export_that_cannot_be_read_back_is_named(held, tmp_path):
    held["exports/submission.json"] = b"[" * 100_000
    ((part, _),) = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert part == "exports/submission.json"


def test_an_export_of_measures_that_are_none_is_named(held, tmp_path):
    held["exports.json"] = held["exports.json"].replace(b'"459"', b'"999"')
    assert [part for part, _ in verified(forged(held, tmp_path / "b.zip", FORGER))] == ["exports/submission.json"]


def test_an_export_of_a_kind_that_this_version_does_not_write_is_named(held, tmp_path):
    held["exports.json"] = held["exports.json"].replace(b'"qpp"', b'"letter"')
    found = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert found == [("exports/submission.json", "is of a kind that lumbar 0.1.0 does not write")]


@pytest.mark.parametrize("path", ["result/run.json/x.parquet", "manifest.json/x", "signer.pem/a/b"])
def test_a_path_below_a_file_is_no_manifest(path, held, tmp_path):
    found = verified(forged({**held, path: b"x"}, tmp_path / "b.zip", FORGER))
    assert found == [("manifest.json", "was changed: it can no longer be read as a manifest")]


@pytest.mark.parametrize("path", ["whatever/evil.exe", "result/extra.parquet", "result/clinical/more.parquet", "x"])
def test_a_file_that_no_bundle_holds_is_named(path, held, tmp_path):
    found = verified(forged({**held, path: b"x"}, tmp_path / "b.zip", FORGER))
    assert found == [(path, "is no file that a bundle holds")]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b"[" * 50_000, b"null"])
def test_a_run_json_that_is_no_facts_at_all_is_named(content, held, tmp_path):
    held["result/run.json"] = content
    assert "result/run.json" in [part for part, _ in verified(forged(held, tmp_path / "b.zip", FORGER))]


@pytest.mark.parametrize("name", ["outcome", "rejected", "clinical/score"])
def test_a_table_that_is_none_is_named_also_where_nothing_was_released(name, held, tmp_path):
    path = f"result/{name}.parquet"
    held[path] = b"PAR1"
    problem = f"{path} cannot be read as the table {name.rpartition('/')[2]}"
    assert verified(forged(held, tmp_path / "b.zip", FORGER)) == [("result/", problem)]
    del held["exports/submission.json"]
    held["exports.json"] = b"[]\n"
    assert verified(forged(held, tmp_path / "b.zip", FORGER)) == [("result/", problem)]


def test_rates_that_the_outcomes_do_not_bear_out_are_named(held, tmp_path):
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(held["result/rate.parquet"]))
    rows = table.to_pylist()
    rows[0]["met"] += 1
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), sink)
    held["result/rate.parquet"] = sink.getvalue()
    ((part, problem),) = verified(forged(held, tmp_path / "b.zip", FORGER))
    assert part == "result/"
    assert problem.startswith("outcome and rate of the result do not agree for measure ")


def test_nobody_s_signature_is_a_finding(held, tmp_path):
    del held["signer.pem"]
    assert ("signer.pem", "is not in the manifest: nobody signed") in verified(forged(held, tmp_path / "b.zip"))


def test_a_bundle_of_another_version_says_what_this_one_has(held, tmp_path):
    """Its SQL may be another; its rules are those run.json names, and this version's."""
    held["rules/sql/engine/10_judged.sql"] += b"\n"
    ended = lumbar("verify", forged(changed_run(held, version="0.2.0"), tmp_path / "b.zip", FORGER))
    assert ended.code == 0, ended.out
    assert "by lumbar 0.2.0" in ended.out
