"""A synthetic clinic's export, as a bulk server gives it, and a clock that passes without waiting."""

import asyncio
import re
import time
from collections import defaultdict

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bulk_server import CLIENT_ID, BulkServer
from lumbar.fetching import Client, Timing, client_key
from lumbar.readers.intake import open_bytes
from lumbar.synth.write import write_clinic


class Hours:
    """A clock that only waiting moves on; `waited`: seconds, in order."""

    def __init__(self):
        self.now, self.waited = time.time(), []

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    @property
    def timing(self):
        return Timing(self.clock, self.sleep)


@pytest.fixture
def hours():
    return Hours()


@pytest.fixture(scope="session")
def clinic(tmp_path_factory):
    """The folder of a FHIR export of 40 synthetic patients, with its mapping; never written to."""
    folder = tmp_path_factory.mktemp("fetching") / "records"
    write_clinic(folder, 40, 5, "fhir")
    return folder


@pytest.fixture(scope="session")
def exported(clinic):
    """The files of the export as a server has them: `<Type>-<n>`, observations in three pieces."""
    lines = defaultdict(list)
    for path in sorted(clinic.glob("*.ndjson*")):
        with open_bytes(path) as stream:
            lines[re.match("[A-Za-z]+", path.name)[0]] += stream.readlines()
    files = {}
    for kind, of_kind in lines.items():
        n_pieces = 3 if kind == "Observation" else 1
        for n in range(n_pieces):
            files[f"{kind}-{n}"] = b"".join(of_kind[n::n_pieces])
    assert len(files["Observation-0"]) > 20_000
    return files


@pytest.fixture(scope="session")
def rsa_key():
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="session")
def ec_key():
    return ec.generate_private_key(ec.SECP384R1())


def pem(key):
    """A private key as OpenSSL writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def key_file(rsa_key, tmp_path):
    """The client's key in a file its owner alone can read."""
    path = tmp_path / "key.pem"
    path.write_bytes(pem(rsa_key))
    path.chmod(0o600)
    return path


@pytest.fixture
def client(key_file):
    return Client(CLIENT_ID, client_key(key_file, lambda: ""))


@pytest.fixture
def bulk(exported, client, rsa_key, hours):
    """A server that lets this client in, on the test's clock; not yet at work."""
    return BulkServer(dict(exported), {client.key.key_id: rsa_key.public_key()}, clock=hours.clock)
