"""Traits as columns, by hand."""

from lumbar.statistics.design import POOLED, design

COUNTS = {
    ("Aetna", "F"): (30, 60),
    ("Aetna", "M"): (20, 50),
    ("Cigna", "F"): (20, 40),
    ("Humana", "M"): (6, 12),
    ("Kaiser", "M"): (5, 10),
    ("Medicaid", "F"): (0, 40),
}


def test_the_most_frequent_level_is_the_reference_and_every_other_has_a_column() -> None:
    """F 50 of 140 and M 31 of 72: F is the reference."""
    plan = design(("payer", "sex"), COUNTS)
    assert plan.references == (("payer", "Aetna"), ("sex", "F"))
    assert plan.columns == (("payer", "Cigna"), ("payer", POOLED), ("sex", "M"))


def test_levels_with_fewer_than_ten_of_either_outcome_share_a_column() -> None:
    """Humana 6 and 6, Kaiser 5 and 5, Medicaid 0 and 40: together 11 and 51, enough for one."""
    plan = design(("payer", "sex"), COUNTS)
    assert plan.pooled == (("payer", "Humana"), ("payer", "Kaiser"), ("payer", "Medicaid"))
    assert plan.row(("Medicaid", "M")) == (0.0, 1.0, 1.0)
    assert plan.row(("Aetna", "F")) == (0.0, 0.0, 0.0)
    assert plan.row(("Cigna", "F")) == (1.0, 0.0, 0.0)


def test_rare_levels_that_are_too_few_together_stand_with_the_reference() -> None:
    plan = design(("payer",), {("Aetna",): (30, 60), ("Kaiser",): (5, 10)})
    assert (plan.columns, plan.pooled) == ((), (("payer", "Kaiser"),))
    assert plan.row(("Kaiser",)) == plan.row(("Aetna",)) == ()


def test_ten_of_each_outcome_are_enough_and_nine_are_not() -> None:
    assert design(("payer",), {("Aetna",): (30, 60), ("Kaiser",): (10, 20)}).columns == (("payer", "Kaiser"),)
    assert design(("payer",), {("Aetna",): (30, 60), ("Kaiser",): (9, 20)}).columns == ()
    assert design(("payer",), {("Aetna",): (30, 60), ("Kaiser",): (11, 20)}).columns == ()


def test_a_level_never_seen_counts_as_rare() -> None:
    assert design(("payer", "sex"), COUNTS).row(("Molina", "F")) == (0.0, 1.0, 0.0)


def test_the_order_of_the_patterns_and_a_tie_change_nothing() -> None:
    tied = {("b",): (20, 40), ("a",): (20, 40), ("c",): (20, 40)}
    assert design(("x",), tied).references == (("x", "a"),)
    assert design(("x",), dict(reversed(tied.items()))) == design(("x",), tied)


def test_nobody_has_no_columns() -> None:
    assert design(("payer",), {}).columns == ()
