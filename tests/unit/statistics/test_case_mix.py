"""Case-mix adjustment against a row-by-row regression of statsmodels."""

import random
import time
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.stats.proportion import proportion_confint

from lumbar.statistics.case_mix import Cases, adjust
from lumbar.statistics.logit import Logit, NoFit

BANDS = ((0, 44), (45, 54), (55, 64), (65, 74), (75, 120))


def clinic(seed: int, n: int) -> list[Cases]:
    """Patients of three surgeons, of two ages, kinds, payers and sexes, one in seven without a preoperative score."""
    draw = np.random.default_rng(seed)
    drawn = {
        "unit": draw.choice(["s1", "s2", "s3"], n, p=[0.2, 0.3, 0.5]),
        "age": draw.choice([50, 60], n),
        "sex": draw.choice(["F", "M"], n),
        "kind": draw.choice(["fusion", "discectomy"], n),
        "payer": draw.choice(["Aetna", "Cigna"], n),
        "score": draw.integers(0, 6, n) * 2.0,
        "lacks": draw.random(n) < 0.14,
    }
    odds = 0.8 * (drawn["age"] == 50) - 0.5 * (drawn["kind"] == "fusion") - 0.2 * (drawn["score"] - 5)
    met = draw.random(n) < expit(odds + draw.normal(0, 0.3))
    return [
        Cases(
            unit=str(drawn["unit"][i]),
            age_years=int(drawn["age"][i]),
            sex=str(drawn["sex"][i]),
            preoperative=None if drawn["lacks"][i] else Decimal(str(drawn["score"][i])),
            kind=str(drawn["kind"][i]),
            payer=str(drawn["payer"][i]),
            met=int(met[i]),
        )
        for i in range(n)
    ]


def columns_by_hand(cases: list[Cases], with_lacking: bool) -> np.ndarray:
    """Row by row; a missing score is the mean of the others, and a column of its own when enough lack it."""
    known = np.mean([float(c.preoperative) for c in cases if c.preoperative is not None])
    columns = [
        [1.0, c.age_years == 50, c.sex == "F", c.kind == "fusion", c.payer == "Aetna",
         known if c.preoperative is None else float(c.preoperative)]
        + ([c.preoperative is None] if with_lacking else [])
        for c in cases
    ]  # fmt: skip
    return np.array(columns, dtype=float)


def test_a_thousand_random_clinics_are_adjusted_as_by_statsmodels_row_by_row() -> None:
    with_and_without = {True: 0, False: 0}
    for seed in range(1000):
        cases = clinic(seed, 160)
        ours = adjust(cases)
        assert isinstance(ours.model, Logit)
        lacking = ("preoperative score", "none") in ours.columns
        with_and_without[lacking] += 1
        met = np.array([c.met for c in cases])
        model = sm.GLM(met, columns_by_hand(cases, lacking), family=sm.families.Binomial())
        chances = model.fit(tol=1e-13, tol_criterion="params").fittedvalues
        for unit in ours.units:
            own = np.array([c.unit == unit.unit for c in cases])
            observed, n, expected = met[own].sum(), own.sum(), chances[own].sum()
            interval = np.array(proportion_confint(observed, n, method="wilson")) * n
            rates = np.minimum(1, np.array([observed, *interval]) / expected * met.mean())
            assert (unit.observed, unit.n) == (observed, n)
            found = (unit.expected, unit.ratio, unit.adjusted, unit.low, unit.high)
            assert found == pytest.approx((expected, observed / expected, *rates), rel=0, abs=1e-9)
    assert min(with_and_without.values()) > 100


def test_the_expected_of_all_units_are_the_observed_and_the_fit_is_right_on_the_whole() -> None:
    found = adjust(clinic(1, 500))
    assert sum(unit.expected for unit in found.units) == pytest.approx(sum(unit.observed for unit in found.units))
    assert found.calibration.in_the_large == pytest.approx(0, abs=1e-9)
    assert found.calibration.slope == pytest.approx(1)
    assert found.calibration.brier < found.calibration.brier_of_rate
    assert sum(group.observed.n for group in found.calibration.groups) == 500


def test_a_unit_with_harder_cases_and_average_results_is_average_when_adjusted() -> None:
    """The hard half meets in 2 of 10, the easy half in 8 of 10, at both surgeons; they differ in how many of each."""
    hard = Cases("", 50, "F", Decimal(5), "fusion", "Aetna", 0)
    easy = Cases("", 50, "F", Decimal(5), "discectomy", "Aetna", 0)
    cases = [
        replace(hard, unit="a", met=16, n=80),
        replace(easy, unit="a", met=16, n=20),
        replace(hard, unit="b", met=4, n=20),
        replace(easy, unit="b", met=64, n=80),
    ]
    a, b = adjust(cases).units
    assert (a.observed / a.n, b.observed / b.n) == (0.32, 0.68)
    assert (a.adjusted, b.adjusted) == pytest.approx((0.5, 0.5))
    assert a.low < 0.5 < a.high


def test_order_and_grouping_do_not_change_a_bit() -> None:
    cases = clinic(2, 300)
    first = adjust(cases)
    shuffled = cases.copy()
    random.Random(3).shuffle(shuffled)
    assert adjust(shuffled) == first
    counted: dict[Cases, list[int]] = {}
    for some in cases:
        had = counted.setdefault(replace(some, met=0), [0, 0])
        had[0] += some.met
        had[1] += 1
    assert adjust([replace(alike, met=met, n=n) for alike, (met, n) in counted.items()]) == first


@pytest.mark.parametrize(("age", "band"), [(44, 0), (45, 1), (54, 1), (55, 2), (64, 2), (65, 3), (74, 3), (75, 4)])
def test_ages_fall_into_five_bands_whose_first_year_is_inside(age: int, band: int) -> None:
    """Every band has a column but the most frequent, here the one looked for: then its age predicts as its others."""
    one_each = [
        Cases("s", years, "F", None, "fusion", "Aetna", 10 + place, 40 + (100 if place == band else 0))
        for place, bounds in enumerate(BANDS)
        for years in bounds
    ]
    found = adjust([*one_each, Cases("t", age, "F", None, "fusion", "Aetna", 1, 1)])
    names = ("under 45", "45-54", "55-64", "65-74", "75 and over")
    assert ("age", names[band]) in found.design.references
    expected = found.units[1].expected
    assert expected == pytest.approx((2 * (10 + band) + 1) / (2 * 140 + 1))


def test_an_unknown_age_is_a_level_of_its_own() -> None:
    cases = [
        Cases("s", 50, "F", None, "fusion", "Aetna", 20, 40),
        Cases("s", None, "F", None, "fusion", "Aetna", 10, 30),
    ]
    assert adjust(cases).columns == (("age", "unknown"), ("preoperative score", "points of preoperative score"))


def test_a_score_of_zero_points_is_a_score() -> None:
    cases = [
        Cases("s", 50, "F", Decimal(points), "fusion", "Aetna", met, 40) for points, met in ((0, 30), (5, 20), (10, 10))
    ]
    slope = adjust(cases).model.coefficients[-1]
    assert slope == pytest.approx(-0.2197, abs=0.0005)  # from 3 in 4 to 1 in 4 over ten points: 2 ln 3 / 10


def test_without_cases_nothing_is_defined() -> None:
    found = adjust([])
    assert (found.rate, found.model, found.calibration, found.units) == (None, NoFit("nobody"), None, ())


def test_a_unit_without_cases_has_no_expectation() -> None:
    cases = [Cases("a", 50, "F", None, "fusion", "Aetna", 20, 40), Cases("b", 50, "F", None, "fusion", "Aetna", 0, 0)]
    _, nobody = adjust(cases).units
    assert (nobody.expected, nobody.ratio, nobody.adjusted, nobody.low, nobody.high) == (None,) * 5


@pytest.mark.parametrize(("met", "rate"), [(0, 0.0), (40, 1.0)])
def test_when_none_or_all_met_there_is_nothing_to_adjust(met: int, rate: float) -> None:
    found = adjust([Cases("a", 50, "F", None, "fusion", "Aetna", met, 40)])
    assert (found.rate, found.model, found.calibration) == (rate, NoFit("one_outcome"), None)
    assert (found.units[0].observed, found.units[0].adjusted) == (met, None)


@pytest.mark.parametrize("met", [0, 40])
def test_a_unit_where_none_or_all_met_is_adjusted_and_has_an_interval(met: int) -> None:
    cases = [
        Cases("a", 50, "F", None, "fusion", "Aetna", met, 40),
        Cases("b", 50, "F", None, "fusion", "Aetna", 20, 40),
    ]
    a, _ = adjust(cases).units
    assert a.adjusted == met / 40
    assert 0 <= a.low < a.high <= 1


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(ValueError, match="met must"):
        adjust([Cases("a", 50, "F", None, "fusion", "Aetna", 2, 1)])


def test_twenty_thousand_patients_take_seconds_of_the_processor() -> None:
    """About one second when written; three times as much would be noticed."""
    draw = random.Random(27)
    cases = [
        Cases(
            f"s{draw.randrange(25)}", draw.randrange(18, 95), draw.choice("FM"),
            None if draw.random() < 0.1 else Decimal(draw.randrange(11)), draw.choice(["fusion", "discectomy"]),
            f"payer {draw.randrange(10)}", int(draw.random() < 0.5),
        )
        for _ in range(20_000)
    ]  # fmt: skip
    before = time.process_time()
    assert isinstance(adjust(cases).model, Logit)
    assert time.process_time() - before < 3
