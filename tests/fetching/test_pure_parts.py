"""What needs no network: how long to wait, what a manifest says, which scopes are asked for, which types."""

import pytest

from lumbar.fetching import CLAIM_TYPES, USUAL_TYPES
from lumbar.fetching.authorisation import scope
from lumbar.fetching.manifest import manifest_of, next_page
from lumbar.fetching.request import may_speak_to, origin
from lumbar.fetching.settling import checksums
from lumbar.fetching.waiting import pause
from lumbar.readers.fhir_shapes import SHAPES

SATURDAY = 1795243800.0  # Sat, 21 Nov 2026 06:50:00 GMT


def test_the_types_asked_for_are_those_the_reader_reads():
    assert set(USUAL_TYPES) == set(SHAPES) - set(CLAIM_TYPES)


@pytest.mark.parametrize(
    ("n_before", "retry_after", "seconds"),
    [
        (0, None, 1),
        (3, None, 8),
        (6, None, 60),
        (10_000, None, 60),
        (5, "120", 120),
        (5, "120.5", 120.5),
        (0, "0", 1),
        (5, "0", 32),
        (5, "20", 32),
        (10_000, "0", 60),
        (0, "-3", 1),
        (0, "86400", 3600),
        (0, "Sat, 21 Nov 2026 06:51:40 GMT", 100),
        (0, "Sat, 21 Nov 2026 06:00:00 GMT", 1),
        (4, "Sat, 21 Nov 2026 06:00:00 GMT", 16),
        (2, "soon", 4),
        (2, "nan", 4),
        (2, "", 4),
    ],
)
def test_waiting_doubles_up_to_a_minute_and_the_server_can_only_make_it_longer(n_before, retry_after, seconds):
    assert pause(n_before, retry_after, SATURDAY) == seconds


def test_files_are_numbered_by_type_in_the_order_of_the_manifest():
    manifest = manifest_of(
        [
            {"transactionTime": "t", "output": [{"type": "Patient", "url": "a"}, {"type": "Observation", "url": "/b"}]},
            {"output": [{"type": "Patient", "url": "https://c", "count": 3}], "error": [{"url": "d", "count": True}]},
        ],
        "https://fhir.example.org/jobs/1",
    )
    assert [(file.name, file.url, file.count) for file in manifest.files] == [
        ("Patient.1.ndjson", "https://fhir.example.org/jobs/a", None),
        ("Observation.1.ndjson", "https://fhir.example.org/b", None),
        ("Patient.2.ndjson", "https://c", 3),
        ("OperationOutcome.1.ndjson", "https://fhir.example.org/jobs/d", None),
    ]
    assert manifest.requires_access_token is False


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ({"link": [{"relation": "next", "url": "2"}]}, "https://x/2"),
        ({"link": [{"relation": "self", "url": "2"}]}, None),
        ({"link": 3}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_manifest_in_parts_names_its_next_part(page, address):
    assert next_page(page, "https://x/1") == address


@pytest.mark.parametrize(
    ("configuration", "asked"),
    [
        ({}, "system/Patient.read system/Coverage.read"),
        ({"capabilities": ["permission-v2"]}, "system/Patient.rs system/Coverage.rs"),
        ({"scopes_supported": ["system/*.read"]}, "system/*.read"),
        ({"capabilities": ["permission-v2"], "scopes_supported": ["system/*.read", "system/*.rs"]}, "system/*.rs"),
        (
            {"scopes_supported": ["system/*.read", "system/Patient.read", "system/Coverage.read"]},
            "system/Patient.read system/Coverage.read",
        ),
        ({"scopes_supported": ["openid"], "capabilities": 3}, "system/Patient.read system/Coverage.read"),
    ],
)
def test_no_more_is_asked_to_be_allowed_than_is_needed_where_the_server_knows_it(configuration, asked):
    assert scope(["Patient", "Coverage"], configuration) == asked


@pytest.mark.parametrize(
    ("url", "base", "may"),
    [
        ("https://a.example/x", "https://b.example", True),
        ("http://a.example/x", "https://a.example", False),
        ("http://localhost/x", "https://a.example", False),
        ("http://localhost:8080/x", "http://127.0.0.1:9", True),
        ("http://[::1]/x", "http://localhost", True),
        ("http://localhost.a.example/x", "http://localhost", False),
        ("http://127.0.0.1.a.example/x", "http://localhost", False),
        ("ftp://localhost/x", "http://localhost", False),
        ("/x", "http://localhost", False),
    ],
)
def test_without_tls_only_this_machine_is_spoken_to_and_only_by_its_own_word(url, base, may):
    assert may_speak_to(url, base) is may


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example/r4", "https://A.example:443/jobs/1", True),
        ("https://a.example/r4", "http://a.example/jobs/1", False),
        ("https://a.example/r4", "https://a.example:8443/jobs/1", False),
        ("https://a.example/r4", "https://a.example.evil.example/jobs/1", False),
        ("https://a.example/r4", "https://a.example@evil.example/jobs/1", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(one, other, same):
    assert (origin(one) == origin(other)) is same


@pytest.mark.parametrize(
    ("headers", "is_all", "found"),
    [
        ({"digest": "SHA-256=abc=,md5=def=="}, True, {"sha-256": "abc=", "md5": "def=="}),
        ({"repr-digest": "sha-512=:abc=:"}, False, {"sha-512": "abc="}),
        ({"content-digest": "sha-256=:abc=:", "content-md5": "def=="}, True, {"sha-256": "abc=", "md5": "def=="}),
        ({"content-digest": "sha-256=:abc=:", "content-md5": "def=="}, False, {}),
        ({"digest": "crc32c=abc", "etag": '"d41d8cd98f00b204e9800998ecf8427e"'}, True, {}),
    ],
)
def test_checksums_are_taken_from_the_headers_that_are_about_the_whole_file(headers, is_all, found):
    assert checksums(headers, is_all) == found
