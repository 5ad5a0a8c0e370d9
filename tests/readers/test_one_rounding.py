"""A value is read to four decimals, half up, once: on the instrument's own scale, never before and never again."""

from decimal import Decimal

import pytest

from source_folder import SCORE, intake, tables_folder

# As written, and in points: the arithmetic in the comment.
WRITTEN = {
    ("back_pain", "nrs", "3.0000"): "3.0000",
    ("back_pain", "nrs", "3.00004999"): "3.0000",
    ("back_pain", "nrs", "3.00005"): "3.0001",
    ("back_pain", "nrs", "3.000049999999999999999"): "3.0000",
    ("back_pain", "vas_mm", "30.0004"): "3.0000",  # 3.00004
    ("back_pain", "vas_mm", "30.0005"): "3.0001",  # 3.00005
    ("back_pain", "vas_mm", "62.00045"): "6.2000",  # 6.200045; rounded before the division it would be 6.2001
    ("back_pain", "vas_mm", "62.000449999999"): "6.2000",
    ("odi", "percent", "22.22225"): "22.2223",
    ("odi", "points_50", "11.00005"): "22.0001",  # 22.0001 exactly; rounded before doubling it would be 22.0002
    ("odi", "points_50", "11.000024999"): "22.0000",  # 22.000049998
}


@pytest.mark.parametrize(("written", "points"), WRITTEN.items(), ids=[" ".join(written) for written in WRITTEN])
def test_a_value_is_rounded_once_on_the_instruments_own_scale(tmp_path, written, points) -> None:
    instrument, scale, value = written
    score = {**SCORE, "instrument": instrument, "scale": scale, "value": value}
    (row,) = intake(tables_folder(tmp_path / "in", score=[score])).tables["score"]
    assert row["value"] == Decimal(points)
