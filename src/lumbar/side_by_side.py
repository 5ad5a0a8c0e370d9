"""Pieces of work on one DuckDB session, several at once: each by a thread and a cursor of its own."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import duckdb

_T = TypeVar("_T")


def side_by_side(
    session: duckdb.DuckDBPyConnection, pieces: Sequence[Callable[[duckdb.DuckDBPyConnection], _T]], at_once: int
) -> Iterator[_T]:
    """What the pieces make, in their order, so many of them in work at once, and no more waiting than that.

    A statement is one thread's work where there are as many pieces as threads: the engine starts fewer of its own,
    for a thread that waits for the end of another's statement takes as much of the processor as one that works.
    """
    n_at_once = max(1, min(at_once, n_threads(session), len(pieces)))
    session.execute(f"set external_threads = {n_at_once}")
    begun: deque[Future[_T]] = deque()
    with ThreadPoolExecutor(n_at_once) as pool:
        try:
            for piece in pieces:
                begun.append(pool.submit(_by_cursor, session, piece))
                if len(begun) > n_at_once:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
    session.execute("set external_threads = 1")


def n_threads(session: duckdb.DuckDBPyConnection) -> int:
    """How many threads the session may use."""
    return int(session.execute("select current_setting('threads')").fetchall()[0][0])


def _by_cursor(session: duckdb.DuckDBPyConnection, piece: Callable[[duckdb.DuckDBPyConnection], _T]) -> _T:
    with session.cursor() as cursor:
        return piece(cursor)
