"""A benchmark file in the form CMS publishes: a JSON list, one object a measure, year and submission method."""

import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from lumbar.errors import InputError
from lumbar.statistics.deciles import decile_points

# How these measures reach CMS: MIPS CQMs, which its benchmark files call `registry`.
SUBMITTED_BY = "registry"

# The percentiles at which deciles 1 to 10 begin. The 99th stands in the file too and begins no decile.
_OPENS_AT = ("1", "10", "20", "30", "40", "50", "60", "70", "80", "90")
_BEST_PERCENT, _WORST_PERCENT = Decimal(100), Decimal(0)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One measure's benchmark: where its ten deciles begin, in the unit of the rate (percent 0-100).

    `capped` is CMS's isToppedOutByProgram: topped out for two years in a row or more.
    """

    measure_id: str
    performance_year: int
    benchmark_year: int | None
    submission_method: str
    inverse: bool
    topped_out: bool
    capped: bool
    metric_type: str
    opens: tuple[Decimal, ...]

    def points(self, value: Fraction) -> tuple[int, Decimal]:
        """The decile, 0 before the first, and the points of a value before floor and cap."""
        return decile_points(value, self.opens, inverse=self.inverse)


class BenchmarkFile:
    """The objects of a benchmark file; one is looked at closely when it is asked for."""

    def __init__(self, path: Path, entries: list[dict[str, Any]]) -> None:
        self.path, self.entries = path, entries

    def of(self, measure_id: str, year: int, submission_method: str = SUBMITTED_BY) -> Benchmark | None:
        """The benchmark of a measure in a year, none when the file has none.

        Raises InputError when there are two, or when it lacks a part or its percentiles turn back.
        """
        wanted = (measure_id, year, submission_method)
        found = [e for e in self.entries if self._key(e) == wanted and _has_deciles(e)]
        if len(found) > 1:
            raise self._error(measure_id, "stands in it twice for one year and submission method")
        return self._benchmark(found[0], wanted) if found else None

    def passed_over(self, measure_id: str, year: int, submission_method: str = SUBMITTED_BY) -> list[str]:
        """What the file holds of a measure that does not apply to it, in words."""
        return [
            f"performance year {entry.get('performanceYear')}, submitted by {entry.get('submissionMethod')}"
            for entry in self.entries
            if entry.get("measureId") == measure_id and self._key(entry) != (measure_id, year, submission_method)
        ]

    def _key(self, entry: dict[str, Any]) -> tuple[Any, Any, Any]:
        return entry.get("measureId"), entry.get("performanceYear"), entry.get("submissionMethod")

    def _error(self, measure_id: str, what: str) -> InputError:
        return InputError(f"benchmark file: {self.path}: measure {measure_id} {what}")

    def _benchmark(self, entry: dict[str, Any], key: tuple[str, int, str]) -> Benchmark:
        flags = {name: entry.get(name, False) for name in ("isInverse", "isToppedOut", "isToppedOutByProgram")}
        for name, value in flags.items():
            if not isinstance(value, bool):
                raise self._error(key[0], f"has {name} neither true nor false")
        metric_type = str(entry.get("metricType") or "")
        benchmark_year = entry.get("benchmarkYear")
        return Benchmark(
            measure_id=key[0],
            performance_year=key[1],
            benchmark_year=benchmark_year if isinstance(benchmark_year, int) else None,
            submission_method=key[2],
            inverse=flags["isInverse"],
            topped_out=flags["isToppedOut"],
            capped=flags["isToppedOutByProgram"],
            metric_type=metric_type,
            opens=self._opens(entry, key[0], inverse=flags["isInverse"], share=metric_type != "nonProportion"),
        )

    def _opens(self, entry: dict[str, Any], measure_id: str, *, inverse: bool, share: bool) -> tuple[Decimal, ...]:
        """Where deciles 1 to 10 begin: from `percentiles`, or from the older `deciles`, which begin with the second."""
        percentiles, deciles = entry.get("percentiles"), entry.get("deciles")
        if isinstance(percentiles, dict):
            missing = [key for key in _OPENS_AT if key not in percentiles]
            if missing:
                raise self._error(measure_id, f"lacks percentile {missing[0]}")
            found = [percentiles[key] for key in _OPENS_AT]
        elif isinstance(deciles, list) and len(deciles) == len(_OPENS_AT) - 1:
            found = [_BEST_PERCENT if inverse else _WORST_PERCENT, *deciles]
        else:
            raise self._error(measure_id, "has neither percentiles by number nor nine deciles")
        opens = [self._number(value, measure_id, share) for value in found]
        try:
            decile_points(Fraction(0), opens, inverse=inverse)
        except ValueError:
            order = "descending, as it is inverse" if inverse else "ascending"
            raise self._error(measure_id, f"has percentiles that are not {order}") from None
        return tuple(opens)

    def _number(self, value: object, measure_id: str, share: bool) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._error(measure_id, "has a percentile that is no number")
        number = Decimal(value)
        if not number.is_finite() or (share and not _WORST_PERCENT <= number <= _BEST_PERCENT):
            raise self._error(measure_id, "has a percentile outside 0 to 100; rates are compared in percent")
        return number


def read_benchmarks(path: Path) -> BenchmarkFile:
    """The benchmarks in a file. Raises InputError when it is missing, no JSON, or no list of objects."""
    if not path.is_file():
        raise InputError(f"benchmark file: {path}: no such file")
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal, parse_constant=Decimal)
    except (OSError, ValueError, RecursionError):
        raise InputError(f"benchmark file: {path} cannot be read as JSON in UTF-8") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"benchmark file: {path} is no list of benchmarks, the form in which CMS publishes them")
    return BenchmarkFile(path, entries)


def _has_deciles(entry: dict[str, Any]) -> bool:
    """CMS also lists measures without a benchmark, their percentiles absent or null."""
    return entry.get("percentiles") is not None or entry.get("deciles") is not None
