"""`lumbar fetch-fhir` as a newcomer meets it: what it prints, and one clear line for each thing that is wrong."""

import base64
import hashlib
import json
import shutil
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from bulk_server import CLIENT_ID, BulkServer, Fault, assert_every_file_is_there_once, serving
from command_line import assert_one_clear_line, lumbar
from lumbar.fetching import client_key


@pytest.fixture
def open_server(exported):
    """A server that lets everybody in, finished at once."""
    with serving(BulkServer(exported, n_polls=0)) as bulk:
        yield bulk


def fetched(url, out, *words):
    return lumbar("fetch-fhir", url, "--out", out, *words)


def test_what_was_fetched_is_told_with_the_next_command(open_server, tmp_path):
    out = tmp_path / "export"
    ended = fetched(f"{open_server.base}/fhir/", out)
    n_patients = open_server.files["Patient-0"].count(b"\n")
    assert ended.code == 0, ended.err
    assert f"  Patient                 {n_patients:>10,} in 1 file\n" in ended.out
    assert "  Observation " in ended.out
    assert " in 3 files\n" in ended.out
    assert ended.out.endswith(f"Next: lumbar check {out}\n")
    assert_every_file_is_there_once(out, open_server)


def test_a_type_that_was_asked_for_and_did_not_come_is_told(open_server, tmp_path):
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out", "--type", "Patient", "--type", "ExplanationOfBenefit")
    assert ended.code == 0
    assert ended.err == "Asked for, and none came: ExplanationOfBenefit\n"


def test_what_the_server_said_of_the_export_stands_among_the_warnings_of_the_run(exported, tmp_path):
    """Issues, what did not come, deleted ids and a wrong count: told when the records are checked and evaluated."""
    issue = json.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "hidden"}]})
    gone = {"resourceType": "Bundle", "entry": [{"request": {"method": "DELETE", "url": "Patient/hidden"}}]}
    said = {"errors": {"OperationOutcome-0": f"{issue}\n{issue}\n".encode()}}
    said["deleted"] = {"Bundle-0": json.dumps(gone).encode() + b"\n"}
    out, result = tmp_path / "export", tmp_path / "result"
    with serving(BulkServer(exported, n_polls=0, counts={"Coverage-0": 999}, **said)) as bulk:
        words = ("--type", "Patient", "--type", "ExplanationOfBenefit", "--since", "2020-01-01")
        assert fetched(f"{bulk.base}/fhir", out, *words).code == 0
    noted = json.loads((out / "fetch.json").read_text())
    n_lines = next(file["lines"] for file in noted["files"] if file["type"] == "Coverage")
    expected = [
        "fetch.json: Asked for, and none came: ExplanationOfBenefit",
        f"fetch.json: Coverage.1.ndjson: {n_lines} resources came, twice; the server counts 999",
        "fetch.json: The server tells of issues (2 error): see OperationOutcome.1.ndjson",
        "fetch.json: Deleted at the server since (1 Patient): their ids are in Bundle.1.ndjson",
        "fetch.json: Only what changed since then is here; a result needs all records of its patients",
    ]
    checked = lumbar("check", out, "--format", "json")
    assert json.loads(checked.out)["warnings"][: len(expected)] == expected
    ended = lumbar("evaluate", out, "--year", "2026", "--as-of", "2026-11-21", "--no-report", "--out", result)
    assert ended.code == 0
    assert json.loads((result / "run.json").read_text())["warnings"][: len(expected)] == expected
    for told in (ended.out + ended.err, (result / "run.json").read_text(), checked.out):
        assert "hidden" not in told
        assert bulk.base not in told
    assert all(warning in ended.out + ended.err for warning in expected)


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "[]",
        '{"files": [], "types": ["Bearer abc hidden"], "since": null, "issues": {}, "deleted": {}}',
        '{"files": [{"file": "x?token=hidden", "kind": "error", "type": "x", "lines": 1, "count": 2}], "types": []}',
    ],
)
def test_a_foreign_fetch_json_is_told_and_not_repeated(content, clinic, tmp_path):
    folder = tmp_path / "records"
    shutil.copytree(clinic, folder)
    (folder / "fetch.json").write_text(content)
    checked = lumbar("check", folder, "--format", "json")
    assert json.loads(checked.out)["warnings"][0] == (
        "fetch.json is no account of a fetch; what the server said of the export is not known"
    )
    assert "hidden" not in checked.out


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("fhir.example.org", "URL is no web address"),
        ("ftp://fhir.example.org", "URL is no web address"),
        ("http://fhir.example.org/r4", "give its address with https://"),
        ("https://name:hidden@fhir.example.org/r4", "holds a name, a password or a query"),
        ("https://fhir.example.org/r4?key=hidden", "holds a name, a password or a query"),
        ("https://fhir.example.org/r4/Patient/$export", "without $export"),
        ("https://no-such-host.invalid/r4", "no-such-host.invalid cannot be reached"),
        ("http://127.0.0.1:9/r4", "127.0.0.1:9 cannot be reached"),
        ("https://fhir.example.org:port/r4", "URL is no web address"),
        ("http://[::1/r4", "URL is no web address"),
    ],
)
def test_a_wrong_address_is_one_clear_line_and_leaves_nothing(url, said, tmp_path):
    ended = fetched(url, tmp_path / "out")
    assert_one_clear_line(ended, "hidden")
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--type", "procedures"], "--type 'procedures' is no FHIR resource type"),
        (["--group", "a b"], "--group 'a b' is no FHIR id"),
        (["--group", "a", "--patient-level"], "two levels; give one"),
        (["--since", "yesterday"], "--since 'yesterday' is no day and no instant"),
        (["--since", "2026-01-31T08:00:00"], "no instant with its zone"),
        (["--client-id", "x"], "--client-id and --key go together"),
        (["--client-id", "x", "--key", "no-such-file"], "no-such-file: no such key file"),
    ],
)
def test_a_wrong_option_is_one_clear_line(words, said, open_server, tmp_path):
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out", *words)
    assert_one_clear_line(ended)
    assert said in ended.err
    assert open_server.asked == []


# ---- servers that are something else


def test_a_server_that_is_no_fhir_server_is_named_as_such(open_server, tmp_path):
    open_server.is_fhir = False
    ended = fetched(open_server.base, tmp_path / "out")
    assert_one_clear_line(ended)
    assert f"no FHIR server answers at {open_server.base}; give its FHIR base" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_bulk_export_is_told_from_one_without_fhir(open_server, tmp_path):
    open_server.has_bulk = False
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out", "--group", "g1")
    assert_one_clear_line(ended)
    assert "the server has no bulk export of Group/g1 (404)" in ended.err


def test_a_server_that_answers_at_once_has_no_bulk_export(open_server, tmp_path):
    open_server.faults["/fhir/$export"] = [Fault(200, body=b'{"resourceType": "Bundle"}')]
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended)
    assert "answered at once (200) and started no export" in ended.err


def test_the_servers_own_words_say_what_it_refuses(open_server, tmp_path):
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"diagnostics": "type Coverage is\n not \x1b[31mexported"}],
    }
    open_server.faults["/fhir/$export"] = [Fault(400, body=json.dumps(outcome).encode())]
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended, "\x1b")
    assert "refuses the export of the whole server (400): type Coverage is not [31mexported" in ended.err


@pytest.mark.parametrize(
    "address", ["http://[::1/jobs", "https://x:port/jobs", "ftp://127.0.0.1/jobs", "http://a.example/j"]
)
def test_an_address_of_the_servers_that_cannot_be_is_one_clear_line(address, open_server, tmp_path):
    open_server.faults["/fhir/$export"] = [Fault(202, {"Content-Location": address})]
    assert_one_clear_line(fetched(f"{open_server.base}/fhir", tmp_path / "out"))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"output": 3}', b'{"output": [{}]}', b'{"output": [{"url": "x", "type": "../x"}]}']
)
def test_a_manifest_that_is_none_is_one_clear_line(body, open_server, tmp_path):
    open_server.faults["/jobs/1"] = [Fault(200, body=body)]
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended)
    assert "manifest" in ended.err


def test_a_server_that_wants_to_know_who_asks_says_so(open_server, tmp_path, rsa_key):
    open_server.public_keys = {"k": rsa_key.public_key()}
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended)
    assert "the server asks who you are (401): give --client-id and --key" in ended.err


def test_an_open_server_has_no_use_for_a_client(open_server, tmp_path, key_file):
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out", "--client-id", CLIENT_ID, "--key", key_file)
    assert_one_clear_line(ended)
    assert "has no SMART configuration (404)" in ended.err


def test_an_export_of_nothing_is_told(open_server, tmp_path):
    open_server.files = {}
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert ended.code == 0
    assert "Asked for, and none came: Patient, Procedure" in ended.err


# ---- keys


def written(tmp_path, content):
    path = tmp_path / "given"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    path.chmod(0o600)
    return path


def pem(key, encryption=None):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def wrong_keys():
    small = rsa.generate_private_key(65537, 1024)
    yield "nothing", b"", "holds no private key"
    yield "letter", b"dear", "holds no private key"
    yield "damaged", b"-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n", "cannot be read: it is damaged"
    yield "small", pem(small), "RSA with 2048 bits or more"
    yield "curve", pem(ec.generate_private_key(ec.SECP256R1())), "cannot sign here"
    yield "locked", pem(small, BestAvailableEncryption(b"hidden")), "has a passphrase; run this in a terminal"
    yield "public", {"keys": [{"kty": "RSA", "n": "x", "e": "AQAB"}]}, "only public ones"
    yield "other", {"kty": "OKP", "crv": "Ed25519", "d": "hidden"}, "no key for RS384 or ES384"
    yield "broken", {"kty": "EC", "crv": "P-384", "d": "hidden"}, "its JWK is damaged"
    yield "list", {"keys": 3}, "is no JWK and no JWKS"


@pytest.mark.parametrize(("content", "said"), [pytest.param(c, s, id=name) for name, c, s in wrong_keys()])
def test_a_key_that_cannot_be_used_is_one_clear_line(content, said, open_server, tmp_path):
    path = written(tmp_path, content)
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out", "--client-id", CLIENT_ID, "--key", path)
    assert_one_clear_line(ended, "hidden")
    assert said in ended.err
    assert open_server.asked == []


def jwk(key, key_id):
    """A private key on P-384 or an RSA one as a JWK."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key, as_dict=True), "kid": key_id}


@pytest.mark.parametrize("form", ["pem", "jwk", "jwks"])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_a_key_is_taken_as_pem_jwk_or_jwks(form, kind, rsa_key, ec_key, exported, tmp_path):
    """A PEM goes by its RFC 7638 thumbprint, a JWK by its own id; the server checks the signature."""
    key = {"rsa": rsa_key, "ec": ec_key}[kind]
    public = {"kty": "RSA", "n": "x", "e": "AQAB", "kid": "public"}
    content = {"pem": pem(key), "jwk": jwk(key, "id-1"), "jwks": {"keys": [public, jwk(key, "id-1")]}}[form]
    path = written(tmp_path, content)
    key_id = client_key(path, lambda: "").key_id
    assert (key_id == "id-1") is (form != "pem")
    with serving(BulkServer(exported, {key_id: key.public_key()}, n_polls=0)) as bulk:
        ended = fetched(f"{bulk.base}/fhir", tmp_path / "out", "--client-id", CLIENT_ID, "--key", path)
    assert ended.code == 0, ended.err
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_key_without_an_id_goes_by_the_thumbprint_of_the_standard(ec_key, tmp_path):
    """RFC 7638: the SHA-256 of the required members in the order of their names, without spaces."""
    public = jwk(ec_key, "")
    told = f'{{"crv":"P-384","kty":"EC","x":"{public["x"]}","y":"{public["y"]}"}}'
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(told.encode()).digest()).decode().rstrip("=")
    assert client_key(written(tmp_path, pem(ec_key)), lambda: "").key_id == thumbprint


def test_a_key_others_can_read_is_warned_of(exported, rsa_key, client, key_file, tmp_path):
    key_file.chmod(0o644)
    with serving(BulkServer(exported, {client.key.key_id: rsa_key.public_key()}, n_polls=0)) as bulk:
        ended = fetched(f"{bulk.base}/fhir", tmp_path / "out", "--client-id", CLIENT_ID, "--key", key_file)
    assert ended.code == 0
    assert f"Others can read the private key {key_file}: chmod 600 it\n" in ended.err


# ---- TLS


@pytest.fixture
def tls(tmp_path):
    """A socket wrapped with a certificate for 127.0.0.1 that signs itself, and the file of that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority = tmp_path / "authority.pem"
    authority.write_bytes(certificate.public_bytes(Encoding.PEM))
    both = written(tmp_path, authority.read_bytes() + pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return lambda socket: context.wrap_socket(socket, server_side=True, do_handshake_on_connect=False), authority


def test_a_certificate_that_is_not_trusted_is_refused(tls, exported, tmp_path):
    wrap, _ = tls
    with serving(BulkServer(exported, n_polls=0), wrap=wrap) as bulk:
        ended = fetched(f"{bulk.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended)
    assert "shows a certificate that is not trusted" in ended.err
    assert bulk.asked == []


def test_an_authority_of_the_users_own_is_trusted_when_it_is_named(tls, exported, tmp_path, monkeypatch):
    wrap, authority = tls
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with serving(BulkServer(exported, n_polls=0), wrap=wrap) as bulk:
        ended = fetched(f"{bulk.base}/fhir", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert_every_file_is_there_once(tmp_path / "out", bulk)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "SSL_CERT_FILE names no file"), (b"dear", "SSL_CERT_FILE names a file that holds no")]
)
def test_authorities_that_cannot_be_read_are_not_told_as_a_fault_of_the_folder(
    content, said, open_server, tmp_path, monkeypatch
):
    authorities = tmp_path / "authorities.pem"
    if content is not None:
        authorities.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    ended = fetched(f"{open_server.base}/fhir", tmp_path / "out")
    assert_one_clear_line(ended)
    assert said in ended.err
    assert "cannot be written" not in ended.err
    assert not (tmp_path / "out").exists()
    assert open_server.asked == []
