"""Pieces of work on one session: in their order, as many at once as asked, and ended when nobody waits for them."""

import threading
from contextlib import suppress
from functools import partial

import duckdb
import pytest

from lumbar.side_by_side import meanwhile, n_threads, side_by_side

ENDLESS = "select count(*) from range(1000000000000) as r(n) where hash(n) = 1 and hash(n + 1) = 2"


@pytest.fixture
def session():
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


def endless(ends, cursor):
    try:
        cursor.execute(ENDLESS).fetchall()
    except duckdb.Error as error:
        ends.append(type(error))
        raise


def threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_results_come_in_the_order_of_the_pieces(session):
    def piece(number, cursor):
        return cursor.execute("select count(*) from range(?)", [(10 - number) * 10_000]).fetchall()[0][0]

    found = side_by_side(session, [partial(piece, number) for number in range(10)], 4)
    assert list(found) == [(10 - number) * 10_000 for number in range(10)]
    assert n_threads(session) == 2


def test_closed_before_its_end_it_ends_the_statements_in_work(session):
    ends = []
    found = side_by_side(session, [lambda cursor: 1, partial(endless, ends), partial(endless, ends)], 2)
    assert next(found) == 1
    found.close()
    assert ends == [duckdb.InterruptException] * len(ends)
    assert ends
    assert not threads()
    assert session.execute("select 1").fetchall() == [(1,)]


def test_an_error_of_one_piece_ends_the_others(session):
    def broken(cursor):
        raise ValueError("broken")

    ends = []
    with pytest.raises(ValueError, match="broken"):
        list(side_by_side(session, [broken, partial(endless, ends)], 2))
    assert set(ends) <= {duckdb.InterruptException}
    assert not threads()


def test_what_is_done_meanwhile_can_be_asked_for(session):
    with meanwhile(session, lambda cursor: cursor.execute("select 42").fetchall()) as begun:
        assert session.execute("select 1").fetchall() == [(1,)]
        assert begun.result() == [(42,)]
    assert not threads()


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_what_is_done_meanwhile_is_ended_by_an_error(session, error):
    """Also where one statement follows on another: none is begun again for long."""
    ends, begun = [], threading.Event()

    def statements(cursor):
        begun.set()
        for _ in range(2):
            with suppress(duckdb.InterruptException):
                endless(ends, cursor)

    def fail():
        with meanwhile(session, statements):
            begun.wait()
            raise error

    with pytest.raises(error):
        fail()
    assert ends == [duckdb.InterruptException] * 2
    assert not threads()
    assert session.execute("select 1").fetchall() == [(1,)]
