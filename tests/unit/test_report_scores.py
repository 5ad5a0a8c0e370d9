"""The clinical reading beside the measure, as the report counts it."""

from report_page import Clinic, read


def test_worse_by_the_threshold_and_worse_at_all_are_told_apart() -> None:
    """2 to 3 is worse, yet by less than 2.0 points, and met; 0 to 2 is both; 4 to 9 is worse and not met."""
    clinic = Clinic().operated("a-little", "2", "3").operated("met", "0", "2").operated("not-met", "4", "9")
    heads, *rows = read(clinic.page()).one("table", id="clinical-table").rows()
    (row,) = (row for row in rows if row[0] == "Back pain, discectomy at three months")
    counted = dict(zip(heads, row, strict=True))
    assert "Worse" not in heads
    assert counted["Worse by the threshold"].startswith("2: 66.7")
    assert counted["Responders"].startswith("0:")
    assert counted["Met, worse at all"] == "2"


def test_the_shares_of_responders_and_worse_count_whom_the_flags_count() -> None:
    clinic = Clinic()
    for n, pair in enumerate(("8 6", "8 6.5", "3 5", "3 4.5", "9 1", "9 8", "5 5")):
        clinic.operated(f"p{n}", *pair.split())
    tree = read(clinic.page())
    heads, *rows = tree.one("table", id="clinical-table").rows()
    label = "Back pain, discectomy at three months"
    counted = dict(zip(heads, next(r for r in rows if r[0] == label), strict=True))
    flagged = {row[0]: row[2] for row in tree.one("table", id="flag-table").rows()[1:]}
    assert counted["Responders"].split(":")[0] == flagged["responder"] == "2"
    assert counted["Worse by the threshold"].split(":")[0] == flagged["worse"] == "1"
    assert dict(row[::6] for row in tree.one("table", id="change-table").rows())[label] == "+1.0 (−2.0 to +8.0)"
