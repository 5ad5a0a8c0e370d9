"""The folder of a fetch: whose it is, what an ended run left there, and what is never touched."""

import pytest

from bulk_server import Fault, assert_every_file_is_there_once, fetched, serving
from lumbar.errors import FetchError, UsageError


def test_a_folder_with_other_files_is_left_alone(bulk, client, hours, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with serving(bulk), pytest.raises(UsageError, match="holds other files"):
        fetched(bulk, tmp_path, hours, client)
    assert bulk.asked == []


def test_a_finished_fetch_is_not_fetched_over(bulk, client, hours, tmp_path):
    with serving(bulk):
        fetched(bulk, tmp_path / "out", hours, client)
        n_asked = len(bulk.asked)
        for restart in (False, True):
            with pytest.raises(UsageError, match="holds a finished fetch; choose another --out"):
                fetched(bulk, tmp_path / "out", hours, client, restart=restart)
    assert len(bulk.asked) == n_asked


def test_an_unfinished_fetch_is_gone_on_with_by_the_same_request_alone(bulk, client, hours, tmp_path):
    bulk.faults["/files/Coverage-0"] = [Fault(404)]
    with serving(bulk):
        with pytest.raises(FetchError, match="no longer has it"):
            fetched(bulk, tmp_path / "out", hours, client)
        with pytest.raises(UsageError, match="an unfinished fetch of another export"):
            fetched(bulk, tmp_path / "out", hours, client, types=["Patient"])
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


def test_a_settled_file_that_was_damaged_meanwhile_is_fetched_again(bulk, client, hours, tmp_path):
    bulk.faults["/files/QuestionnaireResponse-0"] = [Fault(403)]
    bulk.faults["/files/Procedure-0"] = [Fault(cut_at=100)]
    with serving(bulk):
        with pytest.raises(FetchError):
            fetched(bulk, tmp_path / "out", hours, client)
        settled = sorted((tmp_path / "out" / ".fetch").glob("*.ndjson"))
        assert settled
        settled[0].write_bytes(settled[0].read_bytes()[:-1] + b" ")
        fetched(bulk, tmp_path / "out", hours, client)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


@pytest.mark.parametrize("content", ["", "[]", '{"format": 2}', '{"format": 1, "manifest": 3}'])
def test_a_state_that_cannot_be_read_says_to_start_anew(content, bulk, client, hours, tmp_path):
    (tmp_path / "out" / ".fetch").mkdir(parents=True)
    (tmp_path / "out" / ".fetch" / "state.json").write_text(content)
    with serving(bulk):
        with pytest.raises(FetchError, match="start anew with --restart"):
            fetched(bulk, tmp_path / "out", hours, client)
        fetched(bulk, tmp_path / "out", hours, client, restart=True)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


@pytest.mark.parametrize("content", ["", "{}", "3"])
def test_a_note_of_a_file_that_cannot_be_read_says_to_start_anew(content, bulk, client, hours, tmp_path):
    bulk.faults["/files/Coverage-0"] = [Fault(403)]
    with serving(bulk):
        with pytest.raises(FetchError):
            fetched(bulk, tmp_path / "out", hours, client)
        (tmp_path / "out" / ".fetch" / "Patient.1.ndjson.json").write_text(content)
        with pytest.raises(FetchError, match="start anew with --restart"):
            fetched(bulk, tmp_path / "out", hours, client)
        fetched(bulk, tmp_path / "out", hours, client, restart=True)
    assert_every_file_is_there_once(tmp_path / "out", bulk)


@pytest.fixture
def published(bulk, client, hours, tmp_path):
    """A fetch that ended when every file stood in its place and the work was not yet taken away; the server at work."""
    sleep = hours.sleep

    async def ended(_):
        hours.sleep = sleep
        raise KeyboardInterrupt

    bulk.n_polls, hours.sleep = 0, ended
    bulk.faults["/jobs/1"] = [Fault(), Fault(503)]  # the second is the deletion, and is waited for
    with serving(bulk):
        with pytest.raises(KeyboardInterrupt):
            fetched(bulk, tmp_path / "out", hours, client)
        assert (tmp_path / "out" / ".fetch" / "state.json").is_file()
        yield tmp_path / "out"


def test_ended_before_the_work_was_taken_away_it_is_finished_by_the_next_run(published, bulk, client, hours):
    with pytest.raises(UsageError, match="without --restart to end it"):
        fetched(bulk, published, hours, client, restart=True)
    fetched(bulk, published, hours, client)
    assert bulk.given["/files/Patient-0", 200] == 1
    assert_every_file_is_there_once(published, bulk)


def test_ended_while_the_work_was_taken_away_the_fetch_is_finished(published, bulk, client, hours):
    (published / ".fetch" / "state.json").unlink()
    with pytest.raises(UsageError, match="holds a finished fetch"):
        fetched(bulk, published, hours, client)
    assert_every_file_is_there_once(published, bulk)


def test_ended_before_the_account_was_written_nothing_is_fetched_again(published, bulk, client, hours):
    (published / "fetch.json").unlink()
    fetched(bulk, published, hours, client)
    assert bulk.given["/files/Patient-0", 200] == 1
    assert_every_file_is_there_once(published, bulk)


def test_started_anew_when_files_stood_in_their_places_nothing_of_the_old_export_stays(published, bulk, client, hours):
    (published / "fetch.json").unlink()
    del bulk.files["Observation-2"]
    fetched(bulk, published, hours, client, restart=True)
    assert_every_file_is_there_once(published, bulk)


def test_a_folder_that_cannot_be_made_is_one_clear_error(bulk, client, hours, tmp_path):
    (tmp_path / "file").write_text("x")
    with serving(bulk), pytest.raises(FetchError, match="cannot be written: Not a directory"):
        fetched(bulk, tmp_path / "file" / "out", hours, client)
    assert bulk.asked == []
