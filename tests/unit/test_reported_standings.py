"""Where a row stands whose code was, or was not, reported: exactly one place each."""

from itertools import product

import pytest

from lumbar.statistics.reported import STANDINGS, ReportedCounts, count_standings, standing
from lumbar.tables.results import STATUSES


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("met", "G2136", "G2136", True, False), "agreed"),
        (("not_met", "G2137", "G2137", True, False), "agreed"),
        (("not_assessed", "G9943", "G9943", True, False), "agreed"),
        (("excluded", "G9945", "G9945", True, False), "agreed"),
        (("not_met", "G2137", "G2136", False, False), "contradicted"),
        (("met", "G2136", "G9943", False, False), "contradicted"),
        (("excluded", "G9945", "G2136", False, False), "contradicted"),
        # Excluded because a code says so; a later code says met: the two reports contradict each other.
        (("excluded", "G9945", "G2136", False, True), "contradicted"),
        # Met was reported, and no score came before the window closed.
        (("not_assessed", "G9943", "G2136", False, False), "reported_without_evidence"),
        (("open", None, "G2136", None, False), "reported_without_evidence"),
        (("upcoming", None, "G2136", None, False), "reported_without_evidence"),
        # Our code is the reported one because it was taken from it: no diagnosis stands behind it.
        (("excluded", "G9945", "G9945", True, True), "reported_without_evidence"),
        (("met", "G2136", None, None, False), "never_reported"),
        (("not_assessed", "G9943", None, None, False), "never_reported"),
        (("open", None, None, None, False), None),
        (("upcoming", None, None, None, False), None),
    ],
)
def test_a_row_stands_in_one_place(row, expected):
    assert standing(*row) == expected


def test_every_row_with_a_code_has_exactly_one_place_and_no_other_has_any():
    for status, code, reported, alone in product(STATUSES, (None, "x"), (None, "x", "y"), (True, False)):
        agrees = None if code is None or reported is None else code == reported
        place = standing(status, code, reported, agrees, alone)
        assert (place is None) == (code is None and reported is None)
        assert place is None or place in STANDINGS


def test_the_counts_hold_every_row_once():
    counts = count_standings([("agreed", 3), (None, 9), ("contradicted", 2), ("agreed", 1), ("never_reported", 5)])
    assert counts == ReportedCounts(agreed=4, contradicted=2, reported_without_evidence=0, never_reported=5)
    assert counts.reported == 6
    assert set(counts.as_json()) == set(STANDINGS)
