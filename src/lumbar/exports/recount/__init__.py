"""The recount: a written file is read back by code that did not write it and compared with the result.

A recounter sees the file and what the result says, never the writer nor what the writer counted.
"""

import csv
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa

from lumbar.errors import RecountError
from lumbar.exports.recount.claim_837p import differences as claim_837p
from lumbar.exports.recount.expected import Expected
from lumbar.exports.recount.measure_report import differences as measure_report
from lumbar.exports.recount.outcomes import deidentified_differences, identified_differences, limited_differences
from lumbar.exports.recount.qpp import differences as qpp
from lumbar.exports.recount.qrda3 import differences as qrda3

# One line each: what the file says, what the result says, and where.
Recounter = Callable[[Path, Expected], list[str]]

RECOUNTERS: dict[str, Recounter] = {
    **{
        f"measure-report {reports}": partial(measure_report, reports=reports)
        for reports in ("all", "summary", "individual", "data-collection")
    },
    "qpp": qpp,
    "qrda3": qrda3,
    "837p": claim_837p,
    "outcomes-identified": identified_differences,
    "outcomes-limited": limited_differences,
    "outcomes-deidentified": deidentified_differences,
}

_MOST_TOLD = 5
# What a reader of a damaged file meets: a place that is not there, or holds another kind of value.
_NOT_THE_FORM = (
    *(LookupError, TypeError, ValueError, AttributeError, SyntaxError, OSError, ArithmeticError, RecursionError),
    *(csv.Error, struct.error, zipfile.BadZipFile, zlib.error, pa.ArrowException),
)


def recount(kind: str, path: Path, expected: Expected) -> None:
    """Compares a file with the result it was written from. Raises RecountError when they differ."""
    try:
        found = RECOUNTERS[kind](path, expected)
    except _NOT_THE_FORM as error:
        raise RecountError(
            f"the file was not released: read back, it has not the form of {kind} ({type(error).__name__})"
        ) from None
    if found:
        more = f"; and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        raise RecountError(
            f"the file was not released: its recount differs from the result: {'; '.join(found[:_MOST_TOLD])}{more}"
        )
