"""The same attack on publishers who do less: it must break them, or it proves nothing."""

import json
from collections import Counter
from datetime import date

from careless import careless_text
from disclosure_attack import MET, NOT_MET, SMALL, Attack, Cell, cells_of
from lumbar.statistics.intervals import wilson
from random_clinics import FIRST_CLOSE, Clinic, Made, clinic_of


def broken(clinics: list[Clinic], *, hides_small: bool) -> tuple[int, int]:
    """How many clinics lose a cell to the attack, of how many that have one of 1-10 to lose."""
    n_broken = n_with_one = 0
    for clinic in clinics:
        cells = cells_of(clinic.groups, len(clinic.measures))
        has_one = any(sum(n for o, n in clinic.truth().items() if cell.holds(o)) in SMALL for cell in cells)
        attack = Attack(careless_text(clinic, hides_small=hides_small), clinic.groups)
        n_with_one += has_one
        n_broken += bool(attack.recovered(cells, clinic.truth(), enough=1))
    return n_broken, n_with_one


def test_it_breaks_nearly_all_who_suppress_nothing(clinics):
    n_broken, n_with_one = broken(clinics[:20], hides_small=False)
    assert n_with_one >= 12
    assert n_broken >= 0.8 * n_with_one


def test_it_breaks_many_who_only_blank_the_small_cells(clinics):
    n_broken, n_with_one = broken(clinics[:20], hides_small=True)
    assert n_broken >= 0.4 * n_with_one


def test_it_finds_a_cell_through_the_zeros_of_another_measure():
    """The clinic of the test of that name, published in full: four with q and T met."""
    parts = {
        ("T", "p", MET, MET): 11,
        ("S", "q", MET, NOT_MET): 12,
        ("T", "q", MET, MET): 2,
        ("T", "q", MET, NOT_MET): 2,
        ("T", "p", NOT_MET, MET): 11,
        ("S", "q", NOT_MET, NOT_MET): 12,
        ("T", "q", NOT_MET, MET): 15,
        ("T", "q", NOT_MET, NOT_MET): 15,
    }
    operations = [Made((s, p), (a, b), FIRST_CLOSE) for (s, p, a, b), n in parts.items() for _ in range(n)]
    clinic = clinic_of(("surgeon", "payer"), ("459", "461"), operations)
    text = careless_text(clinic, hides_small=True)
    assert text == careless_text(clinic, hides_small=False), "no single published count is small"
    four = Cell((MET, None), ("T", "q"))
    assert Attack(text, clinic.groups).recovered([four], clinic.truth()) == [four]


def test_a_rate_and_its_interval_alone_give_the_numerator_and_the_denominator():
    """Seven of nineteen, told as 0.368 (0.191 to 0.590), is seven of nineteen and nothing else."""
    rate, (low, high) = round(7 / 19, 6), (round(end, 6) for end in wilson(7, 19))
    fits = [
        (met, n)
        for n in range(1, 1000)
        for met in (round(rate * n),)
        if abs(met / n - rate) < 1e-6
        and max(abs(a - b) for a, b in zip(wilson(met, n), (low, high), strict=True)) < 1e-6
    ]
    assert fits == [(7, 19)]


def test_a_second_release_of_the_same_operations_gives_away_who_came_between(clinics):
    """What the periods are for: without them, one month later minus one month earlier is a small cell."""
    n_told = 0
    for clinic in clinics:
        first, second = (json.loads(clinic.text(day)) for day in (date(2026, 10, 21), date(2026, 11, 21)))
        if first["periods"] and second["periods"]:
            before, after = (release["periods"][0]["overall"] for release in (first, second))
            changes = Counter({(m, k): after[m][k] - before[m][k] for m in before for k in ("met", "closed")})
            n_told += any(abs(change) in SMALL for change in changes.values())
    assert n_told >= 10
