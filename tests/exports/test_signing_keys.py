"""The key a bundle is signed with: the user's own, in the forms OpenSSL and OpenSSH write."""

import os
import pty
import subprocess
import sys

import pytest

from command_line import COMMAND, YEAR, lumbar, plain_environment
from lumbar.evidence import signing
from lumbar.synth import write_clinic


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The result of twenty patients; never written to."""
    folder = tmp_path_factory.mktemp("signing")
    write_clinic(folder / "records", 20, 3, "tables")
    assert lumbar("evaluate", folder / "records", *YEAR, "--out", folder / "result", "--no-report").code == 0
    return folder / "result"


@pytest.fixture
def config(tmp_path, monkeypatch):
    """Where the user's own settings are."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "lumbar"


def openssl_key(path, *more, kind="ed25519"):
    subprocess.run(["openssl", "genpkey", "-algorithm", kind, "-out", path, *more], check=True, capture_output=True)
    path.chmod(0o600)
    return path


def test_without_a_key_one_of_the_user_s_own_is_made_once(result, config, tmp_path):
    first = lumbar("bundle", result, "--out", tmp_path / "1.zip")
    assert first.code == 0, first.err
    assert f"A key of your own was made: {config / 'signing-key.pem'}" in first.err
    assert (config / "signing-key.pem").stat().st_mode & 0o777 == 0o600
    second = lumbar("bundle", result, "--out", tmp_path / "2.zip")
    assert "was made" not in second.err
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    ended = lumbar("verify", tmp_path / "1.zip")
    assert ended.code == 0
    assert "your own key" in ended.out


def test_its_fingerprint_is_the_one_ssh_keygen_tells(result, config, tmp_path):
    lumbar("bundle", result, "--out", tmp_path / "b.zip")
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", config / "signing-key.pub"], capture_output=True, text=True, check=True
    )
    fingerprint = told.stdout.split()[1]
    assert f"Signed by: {fingerprint}" in lumbar("bundle", result, "--out", tmp_path / "b.zip").err
    assert fingerprint in lumbar("verify", tmp_path / "b.zip").out


def test_keys_of_openssl_and_of_openssh_are_taken_and_both_forms_of_public_key(result, signing_key, tmp_path):
    pem = openssl_key(tmp_path / "key.pem")
    subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-out", tmp_path / "pub.pem"], check=True)
    for key, public in ((pem, tmp_path / "pub.pem"), (signing_key, f"{signing_key}.pub")):
        ended = lumbar("bundle", result, "--out", tmp_path / "b.zip", "--key", key)
        assert ended.code == 0, ended.err
        ended = lumbar("verify", tmp_path / "b.zip", "--public-key", public)
        assert (ended.code, ended.err) == (0, "")
        assert "the key given" in ended.out


def test_a_key_that_others_can_read_is_warned_of(result, tmp_path):
    key = openssl_key(tmp_path / "key.pem")
    key.chmod(0o644)
    ended = lumbar("bundle", result, "--out", tmp_path / "b.zip", "--key", key)
    assert ended.code == 0
    assert "Others can read the private key" in ended.err


def test_what_is_no_such_key_is_one_clear_line(result, signing_key, tmp_path):
    """Another kind, a public key, a text, a damaged key, no file, a folder."""
    (tmp_path / "text").write_text("hello")
    (tmp_path / "damaged").write_text("-----BEGIN PRIVATE KEY-----\nabcd\n-----END PRIVATE KEY-----\n")
    other = openssl_key(tmp_path / "x25519.pem", kind="x25519")
    for key, said in (
        (other, "not of the kind Ed25519"),
        (f"{signing_key}.pub", "holds no private key"),
        (tmp_path / "text", "holds no private key"),
        (tmp_path / "damaged", "cannot be read: it is damaged"),
        (tmp_path / "nowhere", "no such key file"),
        (tmp_path, "cannot be read"),
    ):
        ended = lumbar("bundle", result, "--out", tmp_path / "b.zip", "--key", key)
        assert ended.code == 2
        assert said in ended.err
        assert ended.err.count("\n") == 1
        assert not (tmp_path / "b.zip").exists()


def test_a_public_key_that_is_none_is_one_clear_line(bundled, signing_key, tmp_path):
    (tmp_path / "text").write_text("hello")
    for key, said in (
        (signing_key, "is a private key; give the public one"),
        (tmp_path / "text", "holds no Ed25519 public key"),
        (tmp_path / "nowhere", "no such key file"),
    ):
        ended = lumbar("verify", bundled, "--public-key", key)
        assert (ended.code, ended.out) == (2, "")
        assert said in ended.err
        assert ended.err.count("\n") == 1


def typed(words, answer):
    """The command on a terminal, where an answer is typed; its exit code and all it printed."""
    ours, theirs = pty.openpty()
    environment = {**plain_environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    with subprocess.Popen([COMMAND, *words], env=environment, start_new_session=True, **streams) as process:
        os.close(theirs)
        shown = b""
        while not shown.endswith(b"key.pem: "):  # its last space says that what is typed is no longer shown
            shown += os.read(ours, 1024)
        os.write(ours, f"{answer}\n".encode())
        try:
            while more := os.read(ours, 1024):
                shown += more
        except OSError:  # the terminal closes with the process
            process.wait()
    os.close(ours)
    return process.returncode, shown.decode()


def test_a_passphrase_is_asked_for_on_a_terminal_and_not_shown(result, tmp_path):
    key = openssl_key(tmp_path / "key.pem", "-aes256", "-pass", "pass:correct horse")
    words = ["bundle", str(result), "--out", str(tmp_path / "b.zip"), "--key", str(key)]
    code, shown = typed(words, "correct horse")
    assert code == 0, shown
    assert "correct horse" not in shown
    assert lumbar("verify", tmp_path / "b.zip").code == 0
    (tmp_path / "b.zip").unlink()
    code, shown = typed(words, "wrong")
    assert code == 2
    assert "the passphrase is wrong, or it is damaged" in " ".join(shown.split())
    assert not (tmp_path / "b.zip").exists()


def test_a_passphrase_cannot_be_asked_for_where_nobody_types(result, tmp_path):
    key = openssl_key(tmp_path / "key.pem", "-aes256", "-pass", "pass:x")
    ended = lumbar("bundle", result, "--out", tmp_path / "b.zip", "--key", key)
    assert ended.code == 2
    assert "has a passphrase; run this in a terminal" in ended.err


def test_an_openssh_key_with_a_passphrase_is_taken_or_says_what_it_needs(tmp_path):
    """Reading one takes the library bcrypt."""
    path = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "correct horse", "-f", path], check=True)
    try:
        import bcrypt  # noqa: F401
    except ImportError:
        with pytest.raises(signing.UsageError, match="a passphrase of this kind needs bcrypt installed"):
            signing.private_key(path, lambda: "correct horse")
    else:
        key = signing.private_key(path, lambda: "correct horse")
        public = signing.public_key(path.with_suffix(".pub"))
        assert signing.same_key(key.public_key(), public)
        with pytest.raises(signing.UsageError, match="the passphrase is wrong"):
            signing.private_key(path, lambda: "wrong")


def test_where_no_key_can_be_kept_it_says_to_give_one(result, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    ended = lumbar("bundle", result, "--out", tmp_path / "b.zip")
    assert ended.code == 2
    assert "give one with --key" in ended.err
    assert ended.err.count("\n") == 1


def test_no_key_is_made_for_what_is_no_result(config, tmp_path):
    assert lumbar("bundle", tmp_path, "--out", tmp_path / "b.zip").code == 2
    assert not config.exists()


def test_of_keys_made_at_once_one_stays_and_all_sign_with_it(tmp_path):
    """Four processes that wait for a line and then all see that there is none yet."""
    code = (
        "import sys; from pathlib import Path; from lumbar.evidence import signing; print(flush=True); input();"
        "key, made = signing.own_key(Path(sys.argv[1])); print(made, signing.fingerprint(key.public_key()))"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "own")]
    environment = {**plain_environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    processes = [subprocess.Popen(words, **pipes) for _ in range(4)]
    for process in processes:
        process.stdout.readline()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate()[0].split() for process in processes]
    assert sorted(made for made, _ in told) == ["False", "False", "False", "True"]
    kept = signing.fingerprint(signing.own_public_key(tmp_path / "own"))
    assert {fingerprint for _, fingerprint in told} == {kept}
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["signing-key.pem", "signing-key.pub"]


def test_a_public_key_that_is_gone_is_written_again(tmp_path):
    key, _ = signing.own_key(tmp_path)
    (tmp_path / "signing-key.pub").unlink()
    again, made = signing.own_key(tmp_path)
    assert not made
    assert signing.same_key(signing.own_public_key(tmp_path), key.public_key())
    assert signing.same_key(again.public_key(), key.public_key())
