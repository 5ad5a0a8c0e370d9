"""What an attacker gets out of the published text of a hundred random clinics, and of hostile ones: nothing."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from disclosure_attack import MET, NOT_ASSESSED, NOT_MET, SMALL, Attack, cells_of
from lumbar.statistics.intervals import wilson
from random_clinics import AS_OF, FIRST_CLOSE, Clinic, Made, clinic_of

COUNTS = ("closed", "met", "not_met", "not_assessed")


def rows(text: str) -> Iterator[dict[str, Any]]:
    """Every figure of the text: one measure of one group, or overall."""
    for period in json.loads(text)["periods"]:
        groups = [row["figures"] for breakdown in period["breakdowns"] for row in breakdown["rows"]]
        yield from (own for figures in (period["overall"], *groups) for own in figures.values())


def recovered(clinic: Clinic, text: str) -> list[Any]:
    """What the attack gets: cells of one measure, and of who stands so in one measure and otherwise in another."""
    if not json.loads(text)["periods"]:
        return []
    cells = cells_of(clinic.groups, len(clinic.measures))
    return Attack(text, clinic.groups).recovered(cells, clinic.truth())


def test_no_cell_of_a_hundred_random_clinics_is_known_to_be_1_to_10(published):
    """All counts and sums of a clinic at once, over the full cross of groups and of standings in every measure."""
    found = {place: recovered(*one) for place, one in enumerate(published)}
    assert {place: told for place, told in found.items() if told} == {}


def test_enough_of_the_hundred_publish_and_break_down_for_the_attack_to_mean_something(published):
    periods = [period for _, text in published for period in json.loads(text)["periods"]]
    assert len(periods) >= 50
    assert sum(len(period["breakdowns"]) > 1 for period in periods) >= 10
    assert sum(row["group"] is None for p in periods for b in p["breakdowns"] for row in b["rows"]) >= 20


def test_no_number_of_1_to_10_stands_as_a_count_anywhere_in_the_text(published):
    def whole_numbers(value: Any) -> Iterator[int]:
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from whole_numbers(inner)
        elif isinstance(value, int) and not isinstance(value, bool):
            yield value

    for _, text in published:
        assert not [n for n in whole_numbers(json.loads(text)) if n in SMALL]
        assert not re.search(r"[:\[,]\s*(?:[1-9]|10)\s*[,}\]\n]", text)


def test_zero_cells_stay(published):
    zeros = [
        row for _, text in published for row in rows(text) if row["closed"] and 0 in (row["met"], row["not_assessed"])
    ]
    assert len(zeros) >= 5


def test_every_fraction_is_made_of_the_counts_beside_it(published):
    """So a percentage, an interval or a bound, turned back into counts, tells nothing that is not told."""
    for _, text in published:
        for row in rows(text):
            met, closed, missing = row["met"], row["closed"], row["not_assessed"]
            assert [row["rate"]] == [met / closed if closed else None]
            assert (row["rate_low"], row["rate_high"]) == (wilson(met, closed) if closed else (None, None))
            is_known = closed and missing is not None
            assert row["response_rate"] == ((closed - missing) / closed if is_known else None)
            assert (row["bound_low"], row["bound_high"]) == (
                (met / closed, (met + missing) / closed) if is_known else (None, None)
            )
        for period in json.loads(text)["periods"]:
            whole = sum(own["closed"] for own in period["overall"].values())
            for breakdown in period["breakdowns"]:
                others = [row["figures"] for row in breakdown["rows"] if row["group"] is None]
                share = sum(own["closed"] for figures in others for own in figures.values()) / whole
                assert breakdown["all_others_share"] == share


def test_a_response_that_is_not_told_is_60_percent_or_more_and_only_the_good_is_said(published):
    """So nobody's figures can hide many who never answered, and no reader learns an upper limit of the assessed."""
    hidden = [row for _, text in published for row in rows(text) if row["closed"] and row["not_assessed"] is None]
    assert hidden
    assert {row["response_at_least"] for row in hidden} == {0.6}


def test_whoever_swaps_groups_among_patients_alike_gets_the_same_text(clinics):
    """Also a reader who knows the program cannot tell the true clinic from one with the groups swapped."""
    draw = random.Random(5)
    told = [clinic for clinic in clinics if len(clinic.operations) > 100][:20]
    for clinic in told:
        for place in range(len(clinic.by)):
            alike: dict[Any, list[int]] = {}
            for number, made in enumerate(clinic.operations):
                alike.setdefault((made.standings, made.closes < AS_OF), []).append(number)
            swapped = list(clinic.operations)
            for numbers in alike.values():
                for to, source in zip(numbers, draw.sample(numbers, len(numbers)), strict=True):
                    groups = list(swapped[to].groups)
                    groups[place] = clinic.operations[source].groups[place]
                    swapped[to] = replace(swapped[to], groups=tuple(groups))
            assert replace(clinic, operations=tuple(swapped)).text() == clinic.text()


def test_the_order_of_rows_changes_no_byte(clinics):
    clinic = max(clinics, key=lambda c: len(c.operations))
    assert replace(clinic, operations=clinic.operations[::-1]).text() == clinic.text()


def many(n: int, standing: str, *groups: str, second: str | None = None) -> list[Made]:
    return [Made(groups, (standing,) if second is None else (standing, second), FIRST_CLOSE)] * n


def one_measure(*operations: list[Made]) -> Clinic:
    return clinic_of(("surgeon", "payer"), ("459",), [made for some in operations for made in some])


BULK = [*many(40, MET, "A", "aetna"), *many(40, NOT_MET, "A", "cigna"), *many(30, NOT_ASSESSED, "A", "aetna")]
HOSTILE = {
    "one patient": one_measure(many(1, MET, "A", "aetna")),
    "all with one payer and one surgeon": one_measure(many(30, MET, "A", "aetna"), many(15, NOT_MET, "A", "aetna")),
    "ten of ten": one_measure(BULK, many(10, MET, "B", "aetna")),
    "eleven and one beside": one_measure(BULK, many(11, MET, "B", "aetna"), many(1, NOT_MET, "B", "aetna")),
    "one who differs": one_measure(BULK, many(1, NOT_MET, "B", "medicaid")),
    "groups of eleven": one_measure(*(many(11, s, g, p) for s in (MET, NOT_MET) for g in "ABC" for p in ("aetna", "cigna"))),
    "everybody met": one_measure(many(50, MET, "A", "aetna"), many(7, MET, "B", "cigna")),
    "ten not assessed": one_measure(many(50, MET, "A", "aetna"), many(40, NOT_MET, "B", "cigna"), many(10, NOT_ASSESSED, "B", "aetna")),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_recovered_from_a_hostile_clinic(name):
    assert recovered(HOSTILE[name], HOSTILE[name].text()) == []


def test_two_breakdowns_that_tell_a_crossing_through_another_measure_are_not_both_told():
    """Payer p is all met and surgeon S all not met in the second measure: nobody is with both.

    In the first measure that leaves, of 16 with q and 15 with T who met, 16 - 12 = 4 with both.
    """
    clinic = clinic_of(
        ("surgeon", "payer"),
        ("459", "461"),
        [
            *many(11, MET, "T", "p", second=MET),
            *many(12, MET, "S", "q", second=NOT_MET),
            *many(2, MET, "T", "q", second=MET),
            *many(2, MET, "T", "q", second=NOT_MET),
            *many(11, NOT_MET, "T", "p", second=MET),
            *many(12, NOT_MET, "S", "q", second=NOT_MET),
            *many(15, NOT_MET, "T", "q", second=MET),
            *many(15, NOT_MET, "T", "q", second=NOT_MET),
        ],
    )
    (period,) = json.loads(clinic.text())["periods"]
    assert [breakdown["by"] for breakdown in period["breakdowns"]] == ["surgeon"]
    assert period["left_out"] == ["payer"]
    assert recovered(clinic, clinic.text()) == []
