"""A fetch against a real server: authorisation, polling, downloads that break off, checksums, and what is left behind."""

import json
import stat

import pytest

from bulk_server import TRANSACTION_TIME, BulkServer, Fault, assert_every_file_is_there_once, fetched, serving
from lumbar.errors import FetchError
from lumbar.fetching import USUAL_TYPES, fetched_lines, job


def test_an_export_is_asked_for_waited_for_fetched_and_taken_away(bulk, client, hours, tmp_path):
    """Two polls answered "half done", after one second and two; then nine types, eleven files."""
    told = []
    with serving(bulk):
        ended = fetched(bulk, tmp_path / "out", hours, client, on_progress=lambda *words: told.append(words))
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    kick_off = bulk.of("/fhir/$export")[0]
    assert kick_off.query == {"_type": [",".join(USUAL_TYPES)]}
    assert kick_off.headers["prefer"] == "respond-async"
    assert hours.waited == [1.0, 2.0]
    assert ("wait", "half done") in told
    assert bulk.paths("DELETE") == ["/jobs/1"]
    assert bulk.jobs == {}
    assert ended.is_taken_away is True
    assert ended.account["transaction_time"] == TRANSACTION_TIME


def test_only_the_owner_can_read_what_was_fetched(bulk, client, hours, tmp_path):
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}


def test_an_open_server_needs_no_client(bulk, hours, tmp_path):
    bulk.public_keys = {}
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours)
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    assert all("authorization" not in asked.headers for asked in bulk.asked)


@pytest.mark.parametrize(
    ("options", "path"),
    [({"group": "spine-1"}, "/fhir/Group/spine-1/$export"), ({"patients_only": True}, "/fhir/Patient/$export")],
)
def test_a_group_and_all_patients_are_levels_of_their_own(options, path, bulk, client, hours, tmp_path):
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client, types=["Patient"], since="2026-01-31", **options)
    assert bulk.of(path)[0].query == {"_type": ["Patient"], "_since": ["2026-01-31T00:00:00Z"]}


def test_the_job_is_kept_where_that_is_asked(bulk, client, hours, tmp_path):
    with serving(bulk):
        ended = fetched(bulk, tmp_path / "out", hours, client, keep_job=True)
    assert ended.is_taken_away is None
    assert list(bulk.jobs) == ["/jobs/1"]


def test_a_job_that_cannot_be_deleted_harms_nothing(bulk, client, hours, tmp_path):
    bulk.faults["/jobs/1"] = [Fault(), Fault(), Fault(), Fault(500)]
    with serving(bulk):
        ended = fetched(bulk, tmp_path / "out", hours, client)
    assert ended.is_taken_away is False
    assert_every_file_is_there_once(tmp_path / "out", bulk)


# ---- tokens


def test_a_token_is_renewed_before_it_ends(bulk, client, hours, tmp_path):
    """It holds 40 s and is renewed after 30; eight polls take 183 s: four tokens at least, and none is refused."""
    bulk.token_seconds, bulk.n_polls = 40, 8
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert len(bulk.tokens) >= 4
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    n_asked_with_a_token = sum("authorization" in asked.headers for asked in bulk.asked)
    assert n_asked_with_a_token == 1 + 9 + len(bulk.files) + 1


def test_a_token_refused_is_renewed(bulk, client, hours, tmp_path):
    """Each token is good for five requests, whatever the server said; more are needed than two of them allow."""
    bulk.uses_of_a_token = 5
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert len(bulk.tokens) >= 3
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_key_the_server_does_not_know_is_one_clear_error_without_the_proof(bulk, client, hours, tmp_path):
    bulk.public_keys = {"another": next(iter(bulk.public_keys.values()))}
    with (
        serving(bulk),
        pytest.raises(FetchError, match="gives this client no token: 400 \\(invalid_client\\)") as error,
    ):
        fetched(bulk, tmp_path / "out", hours, client)
    assert "eyJ" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_files_elsewhere_get_the_token_only_where_the_manifest_says_so(bulk, client, hours, tmp_path, exported):
    """Addresses on another host are signed ones as a rule: a token sent there would be given away."""
    elsewhere = BulkServer(exported, clock=hours.clock)
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.file_base, bulk.requires_access_token = elsewhere.base, False
        fetched(bulk, tmp_path / "out", hours, client)
        assert all("authorization" not in asked.headers for asked in elsewhere.asked)
        bulk.requires_access_token = True
        elsewhere.asked.clear()
        fetched(bulk, tmp_path / "again", hours, client)
        assert all("authorization" in asked.headers for asked in elsewhere.asked)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_status_address_on_another_host_gets_no_token(bulk, client, hours, tmp_path, exported):
    elsewhere = BulkServer(exported, clock=hours.clock, jobs={"/jobs/9": 0})
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.faults["/fhir/$export"] = [Fault(202, {"Content-Location": f"{elsewhere.base}/jobs/9"})]
        with pytest.raises(FetchError, match=f"refers to {elsewhere.base} for the export's status: the token") as error:
            fetched(bulk, tmp_path / "out", hours, client)
    assert elsewhere.asked == []
    assert "/jobs/9" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_a_next_part_of_the_manifest_on_another_host_gets_no_token(bulk, client, hours, tmp_path, exported):
    elsewhere = BulkServer(exported, clock=hours.clock, jobs={"/jobs/9": 0})
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.faults["/jobs/1"] = [part_of_manifest(bulk, f"{elsewhere.base}/jobs/9")]
        with pytest.raises(FetchError, match=f"refers to {elsewhere.base}"):
            fetched(bulk, tmp_path / "out", hours, client)
    assert elsewhere.asked == []


@pytest.mark.parametrize("restart", [False, True])
def test_an_unfinished_fetch_whose_status_lies_on_another_host_gives_no_token_away(
    restart, bulk, client, hours, tmp_path, exported
):
    """As an earlier version left it: it is not gone on with, and neither is it deleted there."""
    elsewhere = BulkServer(exported, clock=hours.clock, jobs={"/jobs/9": 0})
    out = tmp_path / "out"
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.faults["/jobs/1"] = [Fault(500)]
        with pytest.raises(FetchError, match="failed at the server"):
            fetched(bulk, out, hours, client)
        state = json.loads((out / ".fetch" / "state.json").read_text())
        (out / ".fetch" / "state.json").write_text(json.dumps(state | {"status_url": f"{elsewhere.base}/jobs/9"}))
        if restart:
            fetched(bulk, out, hours, client, restart=True)
            assert_every_file_is_there_once(out, bulk)
        else:
            with pytest.raises(FetchError, match=f"refers to {elsewhere.base}"):
                fetched(bulk, out, hours, client)
    assert elsewhere.asked == []


def test_an_open_server_may_have_its_status_elsewhere(bulk, hours, tmp_path, exported):
    bulk.public_keys = {}
    elsewhere = BulkServer(exported, clock=hours.clock, jobs={"/jobs/9": 0})
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.faults["/fhir/$export"] = [Fault(202, {"Content-Location": f"{elsewhere.base}/jobs/9"})]
        fetched(bulk, tmp_path / "out", hours)
    assert_every_file_is_there_once(tmp_path / "out", elsewhere)


def test_a_redirect_to_another_host_carries_no_token(bulk, client, hours, tmp_path, exported):
    elsewhere = BulkServer(exported, clock=hours.clock)
    with serving(elsewhere, "localhost"), serving(bulk):
        bulk.faults["/files/Patient-0"] = [Fault(307, {"Location": f"{elsewhere.base}/files/Patient-0"})]
        fetched(bulk, tmp_path / "out", hours, client)
    (asked,) = elsewhere.asked
    assert "authorization" not in asked.headers
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_redirect_to_a_place_without_tls_is_refused(bulk, client, hours, tmp_path):
    bulk.faults["/files/Patient-0"] = [Fault(307, {"Location": "http://fhir.example.org/Patient-0"})]
    with serving(bulk), pytest.raises(FetchError, match=r"refers to fhir\.example\.org without TLS"):
        fetched(bulk, tmp_path / "out", hours, client)


def test_no_token_and_no_address_of_a_file_is_left_behind(bulk, client, hours, tmp_path):
    bulk.faults["/files/Coverage-0"] = [Fault(403)] * 2
    with serving(bulk):
        with pytest.raises(FetchError, match=r"Coverage\.1\.ndjson: the server does not give it") as error:
            fetched(bulk, tmp_path / "out", hours, client)
        kept = list((tmp_path / "out" / ".fetch").iterdir())
        assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
        written = b"".join(path.read_bytes() for path in kept).decode() + str(error.value)
        assert not any(token in written for token in bulk.tokens)
        bulk.faults.clear()
        fetched(bulk, tmp_path / "out", hours, client)
    assert "/files/" not in (tmp_path / "out" / "fetch.json").read_text()


# ---- a busy server, and waiting


@pytest.mark.parametrize("path", ["/fhir/$export", "/jobs/1", "/token", "/files/Patient-0"])
def test_a_busy_server_is_given_the_time_it_asks_for(path, bulk, client, hours, tmp_path):
    bulk.faults[path] = [Fault(429, {"Retry-After": "37"}), Fault(503)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert 37.0 in hours.waited
    assert 2.0 in hours.waited, "the second time, unasked"
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_server_that_stays_busy_is_left_after_some_minutes_and_gone_on_with_later(bulk, client, hours, tmp_path):
    bulk.faults["/files/Patient-0"] = [Fault(503)] * 9
    with serving(bulk):
        with pytest.raises(FetchError, match=r"too busy \(503\).*run the same command again later"):
            fetched(bulk, tmp_path / "out", hours, client)
        assert hours.waited[-8:] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    assert len(bulk.of("/fhir/$export")) == 1, "the same export"


def test_polling_without_a_word_from_the_server_slows_down_to_a_minute(bulk, client, hours, tmp_path):
    bulk.faults["/jobs/1"] = [Fault(202)] * 8
    bulk.n_polls = 0
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert hours.waited == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]


@pytest.mark.parametrize("asked", ["0", "Sat, 01 Jan 2000 00:00:00 GMT"])
def test_a_server_that_asks_for_no_pause_or_whose_clock_is_behind_is_not_hammered(asked, bulk, client, hours, tmp_path):
    bulk.faults["/jobs/1"] = [Fault(202, {"Retry-After": asked})] * 4 + [Fault(503, {"Retry-After": asked})] * 2
    bulk.n_polls = 0
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert hours.waited == [1.0, 2.0, 4.0, 8.0, 1.0, 2.0]


def test_an_export_that_is_never_ready_is_left_after_a_day_and_waited_for_again_later(bulk, client, hours, tmp_path):
    bulk.faults["/jobs/1"] = [Fault(202, {"Retry-After": "3600"})] * 40
    with serving(bulk):
        with pytest.raises(FetchError, match="not ready after 24 hours; run the same command again to wait on"):
            fetched(bulk, tmp_path / "out", hours, client)
        assert 23 * 3600 <= sum(hours.waited) <= 24 * 3600
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    assert len(bulk.of("/fhir/$export")) == 1, "the same export"


def part_of_manifest(bulk, following):
    """An answer with all files and a link to another part."""
    return Fault(200, body=json.dumps(bulk.manifest() | {"link": [{"relation": "next", "url": following}]}).encode())


def test_a_manifest_in_parts_is_read_to_its_last(bulk, client, hours, tmp_path):
    files, bulk.files = bulk.files, {name: content for name, content in bulk.files.items() if name != "Coverage-0"}
    with serving(bulk):
        bulk.faults["/jobs/1"] = [part_of_manifest(bulk, "/jobs/1/2")]
        bulk.files = {"Coverage-0": files["Coverage-0"]}
        bulk.faults["/jobs/1/2"] = [Fault(200, body=json.dumps(bulk.manifest()).encode())]
        bulk.files = {name: files[name] for name in [*(n for n in files if n != "Coverage-0"), "Coverage-0"]}
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_manifest_whose_parts_go_in_a_circle_is_one_clear_error(bulk, client, hours, tmp_path):
    with serving(bulk):
        bulk.faults["/jobs/1"] = [part_of_manifest(bulk, "/jobs/1/2")] * 5
        bulk.faults["/jobs/1/2"] = [part_of_manifest(bulk, "/jobs/1")] * 5
        with pytest.raises(FetchError, match="manifest does not end: 2 parts came"):
            fetched(bulk, tmp_path / "out", hours, client)
    assert bulk.paths().count("/jobs/1") == bulk.paths().count("/jobs/1/2") == 1


def test_a_manifest_that_always_names_another_part_is_one_clear_error(bulk, client, hours, tmp_path, monkeypatch):
    assert job._MOST_PAGES == 1_000
    monkeypatch.setattr(job, "_MOST_PAGES", 30)
    bulk.files = {}
    with serving(bulk):
        bulk.faults["/jobs/1"] = [part_of_manifest(bulk, f"/jobs/1?page={n}") for n in range(40)]
        with pytest.raises(FetchError, match="manifest does not end: 30 parts came"):
            fetched(bulk, tmp_path / "out", hours, client)
    assert bulk.paths().count("/jobs/1") == 30


def test_a_failure_the_server_calls_passing_is_waited_out(bulk, client, hours, tmp_path):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "transient"}]}
    bulk.faults["/jobs/1"] = [Fault(500, body=json.dumps(outcome).encode())]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "no longer knows this export \\(404\\): it has expired; start anew with --restart"),
        (410, "expired"),
        (500, "the export failed at the server \\(500\\); start anew with --restart"),
    ],
)
def test_an_export_that_ended_is_started_anew_only_when_asked(status, said, bulk, client, hours, tmp_path):
    bulk.faults["/jobs/1"] = [Fault(status)]
    with serving(bulk):
        with pytest.raises(FetchError, match=said):
            fetched(bulk, tmp_path / "out", hours, client)
        fetched(bulk, tmp_path / "out", hours, client, restart=True)
    assert len(bulk.of("/fhir/$export")) == 2
    assert_every_file_is_there_once(tmp_path / "out", bulk)


# ---- downloads


def test_a_download_that_breaks_off_goes_on_where_it_was(bulk, client, hours, tmp_path):
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=10_000), Fault(cut_at=5_000)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    asked = bulk.of("/files/Observation-0")
    assert [request.headers.get("range") for request in asked] == [None, "bytes=10000-", "bytes=15000-"]
    assert all("if-range" in request.headers for request in asked[1:])
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_server_without_ranges_gives_the_file_anew(bulk, client, hours, tmp_path):
    bulk.ranges = False
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=10_000)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert [request.headers.get("range") for request in bulk.of("/files/Observation-0")] == [None, None]
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_server_that_ignores_the_range_gives_the_file_anew(bulk, client, hours, tmp_path):
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=10_000), Fault(without_range=True)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_file_that_changed_meanwhile_is_taken_anew(bulk, client, hours, tmp_path):
    """If-Range names the old bytes, so the server gives all of the new ones."""
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=10_000), Fault(503)]
    lines = bulk.files["Observation-0"].splitlines(keepends=True)

    async def changing(seconds):
        bulk.files = {**bulk.files, "Observation-0": b"".join(reversed(lines))}

    hours.sleep = changing
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_what_comes_packed_is_unpacked_also_when_it_broke_off(bulk, client, hours, tmp_path):
    bulk.packs = True
    bulk.faults["/files/Observation-0"] = [Fault(cut_at=500)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert bulk.of("/files/Observation-0")[1].headers["range"] == "bytes=500-"
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_wrong_checksum_is_asked_for_again(bulk, client, hours, tmp_path):
    bulk.faults["/files/Patient-0"] = [Fault(spoiled=True)]
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
    assert len(bulk.of("/files/Patient-0")) == 2
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_checksum_that_stays_wrong_ends_the_fetch_with_nothing_published(bulk, client, hours, tmp_path):
    bulk.faults["/files/Patient-0"] = [Fault(spoiled=True)] * 20
    with serving(bulk), pytest.raises(FetchError, match=r"Patient.1.ndjson: its sha-256 is not the one"):
        fetched(bulk, tmp_path / "out", hours, client)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".fetch"]


def test_a_wrong_count_is_asked_for_once_more_and_then_told(bulk, client, hours, tmp_path):
    bulk.counts["Patient-0"] = 1_000
    with serving(bulk):
        ended = fetched(bulk, tmp_path / "out", hours, client)
    assert len(bulk.of("/files/Patient-0")) == 2
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    warned = [line for line, warns in fetched_lines(tmp_path / "out", ended.account) if warns]
    n = bulk.files["Patient-0"].count(b"\n")
    assert f"Patient.1.ndjson: {n} resources came, twice; the server counts 1,000" in warned


def test_a_page_of_another_kind_in_the_place_of_a_file_is_not_taken(bulk, client, hours, tmp_path):
    bulk.faults["/files/Patient-0"] = [Fault(200, body=b"<html>please log in</html>")] * 20
    with serving(bulk), pytest.raises(FetchError, match="something else than NDJSON"):
        fetched(bulk, tmp_path / "out", hours, client)


def test_files_are_downloaded_several_at_once_and_at_most_four(bulk, client, hours, tmp_path):
    """The first is held until all others are here, which they could not be one after another."""
    bulk.faults[f"/files/{next(iter(bulk.files))}"] = [Fault(cut_at=10, holds=True)]
    n_files, told = len(bulk.files), []

    def release_at_the_last(stage, item):
        told.append(item)
        if item.startswith(f"{n_files - 1} of {n_files} files"):
            bulk.released.set()

    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client, on_progress=release_at_the_last)
    assert bulk.released.is_set()
    assert told[-1].startswith(f"{n_files} of {n_files} files")
    assert 2 <= bulk.most_open <= 4
    assert_every_file_is_there_once(tmp_path / "out", bulk)


# ---- errors, deleted ids, since


def test_errors_and_deleted_ids_are_kept_and_counted(bulk, client, hours, tmp_path):
    issue = {"severity": "error", "code": "processing"}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue, {**issue, "severity": "warning"}, issue]}
    deletion = {"request": {"method": "DELETE", "url": "Patient/p-17"}}
    bulk.errors = {"OperationOutcome-0": json.dumps(outcome).encode() + b"\n"}
    bulk.deleted = {"Bundle-0": json.dumps({"resourceType": "Bundle", "entry": [deletion] * 2}).encode() + b"\n"}
    with serving(bulk):
        ended = fetched(bulk, tmp_path / "out", hours, client, since="2026-01-31T08:00:00-06:00")
    assert_every_file_is_there_once(tmp_path / "out", bulk)
    assert ended.account["issues"] == {"error": 2, "warning": 1}
    assert ended.account["deleted"] == {"Patient": 2}
    said = "\n".join(line for line, _ in fetched_lines(tmp_path / "out", ended.account))
    assert "The server tells of issues (2 error, 1 warning): see OperationOutcome.1.ndjson" in said
    assert "(2 Patient): their ids are in Bundle.1.ndjson" in said
    assert "a result needs all records" in said
    assert "p-17" not in said
