"""Pieces of work on one DuckDB session, several at once: each by a thread and a cursor of its own."""

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar

import duckdb

_T = TypeVar("_T")
_BETWEEN_INTERRUPTS_S = 0.05


def side_by_side(
    session: duckdb.DuckDBPyConnection, pieces: Sequence[Callable[[duckdb.DuckDBPyConnection], _T]], at_once: int
) -> Generator[_T, None, None]:
    """What the pieces make, in their order, so many of them in work at once, and no more waiting than that.

    A statement is one thread's work where there are as many pieces as threads: the engine starts fewer of its own,
    for a thread that waits for the end of another's statement takes as much of the processor as one that works.
    By an exception or when it is closed, what is in work is interrupted, and no thread is left behind.
    """
    n_at_once = max(1, min(at_once, n_threads(session), len(pieces)))
    session.execute(f"set external_threads = {n_at_once}")
    begun: deque[Future[_T]] = deque()
    cursors = _Cursors(session)
    with ThreadPoolExecutor(n_at_once) as pool:
        try:
            for piece in pieces:
                begun.append(pool.submit(cursors.work, piece))
                if len(begun) > n_at_once:
                    wait([begun[0]])
                    yield begun.popleft().result()
            while begun:
                wait([begun[0]])
                yield begun.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            cursors.end(begun)
    session.execute("set external_threads = 1")


@contextmanager
def meanwhile(
    session: duckdb.DuckDBPyConnection, piece: Callable[[duckdb.DuckDBPyConnection], _T]
) -> Iterator[Future[_T]]:
    """Inside it the piece is in work beside the caller's own; what is still in work at its end is interrupted."""
    cursors = _Cursors(session)
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(cursors.work, piece)
        try:
            yield begun
        finally:
            cursors.end([begun])


def n_threads(session: duckdb.DuckDBPyConnection) -> int:
    """How many threads the session may use."""
    return int(session.execute("select current_setting('threads')").fetchall()[0][0])


class _Cursors:
    """The cursors in work, by which another thread can interrupt their statements."""

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self._session = session
        self._in_work: list[duckdb.DuckDBPyConnection] = []
        self._lock = Lock()  # a cursor is not interrupted while it is being closed

    def work(self, piece: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
        with self._session.cursor() as cursor, self._known(cursor):
            return piece(cursor)

    def end(self, begun: Collection[Future[Any]]) -> None:
        """Interrupts the statements in work until all that was begun is done; between two of them it is met later."""
        while in_work := [future for future in begun if not future.done()]:
            with self._lock:
                for cursor in self._in_work:
                    cursor.interrupt()
            wait(in_work, _BETWEEN_INTERRUPTS_S)

    @contextmanager
    def _known(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        with self._lock:
            self._in_work.append(cursor)
        try:
            yield
        finally:
            with self._lock:
                self._in_work.remove(cursor)
