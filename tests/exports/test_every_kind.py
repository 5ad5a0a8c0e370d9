"""What holds of every kind of file: limited to a measure and a surgeon, the same bytes, held and recounted in a bundle."""

import json
import shutil

import pytest

from command_line import assert_one_clear_line, listing, lumbar
from export_kinds import KINDS
from lumbar.exports.recount import RECOUNTERS
from lumbar.workflow.result import stored


@pytest.fixture
def copied(closed, tmp_path):
    return shutil.copytree(closed, tmp_path / "result")


@pytest.fixture(scope="module")
def surgeon(closed):
    """The surgeon with the fewest operations that count, so that the files are small."""
    rows = stored(closed).outcome.to_pylist()
    counted = [row["surgeon_npi"] for row in rows if row["in_measure"] and row["surgeon_npi"]]
    return min(sorted(set(counted)), key=counted.count)


def export(kind, folder, out, surgeon):
    words, name, _ = KINDS[kind]
    ended = lumbar("export", *words, folder, "--out", out / name, "--npi", surgeon, "--measure", "461")
    assert ended.code == 0, ended.err
    return out / name


def test_every_command_of_export_is_here():
    from lumbar.cli.export import export

    assert sorted(command.name or command.callback.__name__ for command in export.registered_commands) == sorted(KINDS)
    assert {counted_as for *_, counted_as in KINDS.values()} <= set(RECOUNTERS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_result_gives_the_same_bytes(kind, copied, surgeon, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        export(kind, copied, tmp_path / name, surgeon)
    assert listing(tmp_path / "one") == listing(tmp_path / "two") != {}


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_readable_by_their_owner_alone(kind, copied, surgeon, tmp_path):
    """They are, or may be, patient data."""
    (tmp_path / "out").mkdir()
    export(kind, copied, tmp_path / "out", surgeon)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}


def test_a_bundle_holds_every_kind_and_counts_each_again(copied, surgeon, signing_key, tmp_path):
    """The claims with the list of what was left out of them."""
    (tmp_path / "out").mkdir()
    files = [export(kind, copied, tmp_path / "out", surgeon) for kind in KINDS]
    told = [word for path in files for word in ("--export", path)]
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key, *told)
    assert ended.code == 0, ended.err
    ended = lumbar("verify", tmp_path / "b.zip", "--format", "json")
    assert ended.code == 0, ended.err
    exports = json.loads(ended.out)["exports"]
    for _, name, counted_as in KINDS.values():
        assert f"{name} ({counted_as}) recounted and equal" in exports


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_by_other_rules_is_refused(kind, copied, tmp_path):
    """The rule set's hash is not that of this version's rules."""
    run = json.loads((copied / "run.json").read_text(encoding="utf-8"))
    (copied / "run.json").write_text(json.dumps({**run, "rule_set_hash": "0" * 64}), encoding="utf-8")
    (tmp_path / "out").mkdir()
    words, name, _ = KINDS[kind]
    who = ("--group",) if kind == "qpp" else ()
    ended = lumbar("export", *words, *who, copied, "--out", tmp_path / "out" / name)
    assert_one_clear_line(ended)
    assert "another rule set" in ended.err
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("npi", ["1234567890", "123", "12345678931"])
def test_a_wrong_npi_is_refused(kind, npi, copied, tmp_path):
    words, name, _ = KINDS[kind]
    (tmp_path / "out").mkdir()
    assert_one_clear_line(lumbar("export", *words, copied, "--npi", npi, "--out", tmp_path / "out" / name))
    assert list((tmp_path / "out").iterdir()) == []


def test_a_list_that_was_changed_after_its_release_is_not_bundled(copied, surgeon, signing_key, tmp_path):
    """A blank line more in what was left out of the claims."""
    (tmp_path / "out").mkdir()
    claims = export("837p", copied, tmp_path / "out", surgeon)
    with claims.with_name("claims.837.left-out.csv").open("a", encoding="utf-8") as stream:
        stream.write("\r\n")
    ended = lumbar("bundle", copied, "--out", tmp_path / "b.zip", "--key", signing_key, "--export", claims)
    assert ended.code == 2
    assert "is not there as it was released" in ended.err
    assert not (tmp_path / "b.zip").exists()
