"""Points by decile, worked by hand on three benchmarks CMS published for other measures (2026)."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from lumbar.statistics.deciles import decile_points

SAMPLE = Path(__file__).parent.parent / "fixtures" / "scoring" / "other-benchmarks-2026-sample.json"
BENCHMARKS = {entry["measureId"]: entry for entry in json.loads(SAMPLE.read_text(), parse_float=Decimal)}
KEYS = ("1", "10", "20", "30", "40", "50", "60", "70", "80", "90")


def opens(measure_id):
    """Where deciles 1 to 10 begin: the 1st percentile, then every tenth; the 99th begins none."""
    return [Decimal(BENCHMARKS[measure_id]["percentiles"][key]) for key in KEYS]


def of(measure_id, rate):
    decile, points = decile_points(Fraction(rate), opens(measure_id))
    return decile, str(points)


@pytest.mark.parametrize(
    ("measure_id", "rate", "expected"),
    [
        # 182: 57.69, 99.59, then 100 for deciles 3 to 10, of which all but the tenth are empty.
        ("182", "57.68", (0, "1.0")),  # before the first decile
        ("182", "57.69", (1, "1.0")),  # a decile holds the value it begins with
        ("182", "78.64", (1, "1.5")),  # 20.95 of 41.90 is 0.5
        ("182", "99.58", (1, "1.9")),  # 41.89 of 41.90 is 0.9998, which stops at 0.9
        ("182", "99.59", (2, "2.0")),
        ("182", "99.80", (2, "2.5")),  # 0.21 of 0.41 is 0.512
        ("182", "99.99", (2, "2.9")),  # 0.40 of 0.41 is 0.976
        ("182", "100", (10, "10.0")),
        # 220: 15.79, 41.18, 60, 69.57, 78.38, 85.11, 93.75, 97.9, 100, 100.
        ("220", "0", (0, "1.0")),
        ("220", "60", (3, "3.0")),
        ("220", "64.785", (3, "3.5")),  # 4.785 of 9.57 is 0.5
        ("220", "69.56", (3, "3.9")),
        ("220", "85.11", (6, "6.0")),
        ("220", "86.0", (6, "6.1")),  # 0.89 of 8.64 is 0.103
        ("220", "98.95", (8, "8.5")),  # 1.05 of 2.10 is 0.5
        ("220", "100", (10, "10.0")),
        # 478: 23.81, 47.06, 57.14, 68.18, 77.78, 87.235, 95, 100, 100, 100.
        ("478", "50", (2, "2.3")),  # 2.94 of 10.08 is 0.2917
        ("478", "57.13", (2, "2.9")),
        ("478", "87.2", (5, "5.9")),  # 9.42 of 9.455 is 0.996
        ("478", "87.235", (6, "6.0")),
        ("478", "97.75", (7, "7.6")),  # 2.75 of 5.00 is 0.55, half up
        ("478", "99.99", (7, "7.9")),
        ("478", "100", (10, "10.0")),
    ],
)
def test_a_rate_earns_its_decile_and_the_way_through_it(measure_id, rate, expected):
    assert of(measure_id, rate) == expected


def test_a_rate_that_no_decimal_ends_is_compared_exactly():
    """Two thirds are 66.666…: of 60 to 69.57, 6.6667 of 9.57 is 0.697."""
    assert decile_points(Fraction(200, 3), opens("220")) == (3, Decimal("3.7"))


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("99.5", (0, "1.0")),  # worse than the first
        ("99", (1, "1.0")),
        ("94.5", (1, "1.5")),  # 4.5 of the 9 from 99 down to 90
        ("90", (2, "2.0")),
        ("20", (9, "9.0")),
        ("15", (9, "9.5")),
        ("10", (10, "10.0")),
        ("0", (10, "10.0")),
    ],
)
def test_where_lower_is_better_deciles_descend(rate, expected):
    descending = [Decimal(start) for start in (99, 90, 80, 70, 60, 50, 40, 30, 20, 10)]
    decile, points = decile_points(Fraction(rate), descending, inverse=True)
    assert (decile, str(points)) == expected


def test_deciles_that_turn_back_or_are_not_ten_are_refused():
    with pytest.raises(ValueError, match="ten"):
        decile_points(Fraction(50), opens("220")[1:])
    with pytest.raises(ValueError, match="ascend"):
        decile_points(Fraction(50), opens("220")[::-1])
    with pytest.raises(ValueError, match="descend"):
        decile_points(Fraction(50), opens("220"), inverse=True)


@pytest.mark.parametrize("measure_id", sorted(BENCHMARKS))
def test_a_better_rate_never_earns_less(measure_id):
    points = [decile_points(Fraction(n, 20), opens(measure_id))[1] for n in range(2001)]
    assert points == sorted(points)
    assert (min(points), max(points)) == (1, 10)
