"""The bits of a few results, written down once: another machine or Python version must give them too."""

import random
from decimal import Decimal

from lumbar.statistics.case_mix import Cases, adjust
from lumbar.statistics.funnel import funnel
from lumbar.statistics.missing import Answers, weighted_rate
from lumbar.statistics.run_charts import p_chart


def some_cases() -> list[Cases]:
    """Two hundred patients; `random()` is promised to stay the same."""
    draw = random.Random(44).random
    return [
        Cases(
            unit=f"s{int(draw() * 4)}",
            age_years=40 + int(draw() * 30),
            sex="FM"[int(draw() * 2)],
            preoperative=Decimal(int(draw() * 101)) / 10,
            kind=("discectomy", "fusion")[int(draw() * 2)],
            payer=("Aetna", "Cigna", "Medicare")[int(draw() * 3)],
            met=int(draw() < 0.55),
        )
        for _ in range(200)
    ]


def test_the_bits_of_case_mix() -> None:
    found = adjust(some_cases())
    assert [number.hex() for number in found.model.coefficients] == [
        "0x1.69b2afea92379p-2",
        "-0x1.4d239dfd879d1p-2",
        "-0x1.1858115df7222p-2",
        "0x1.381e11865c267p-4",
        "0x1.86dd68b6647f7p-2",
        "-0x1.6dc1767a93693p-2",
        "0x1.0e72e4a1a7a28p-2",
        "0x1.3531cef5b7277p-3",
        "0x1.fc75ef403d3aep-5",
    ]
    assert [unit.adjusted.hex() for unit in found.units] == [
        "0x1.34836de7fdc12p-1",
        "0x1.354dca6d3987bp-1",
        "0x1.4798ceb2446fap-1",
        "0x1.fd7e43989e843p-2",
    ]
    assert found.calibration.brier.hex() == "0x1.e132d9eb7eadbp-3"


def test_the_bits_of_a_funnel() -> None:
    found = funnel([(15 + i * 7 % 30, 50 + i) for i in range(12)])
    limits = found.units[3]
    numbers = (found.dispersion.tau_squared, limits.exact.low_95, limits.exact.high_998, limits.widened.low_95)
    assert [number.hex() for number in numbers] == [
        "0x1.0a1195668a774p-6",
        "0x1.797a5e8b42b16p-2",
        "0x1.772fb8ebdeae9p-1",
        "0x1.d6a41f807f576p-3",
    ]


def test_the_bits_of_a_weighted_rate() -> None:
    cells = [Answers(("young",), 47, 13, 8), Answers(("old",), 61, 37, 15), Answers(("very old",), 53, 41, 17)]
    found = weighted_rate(("age",), cells)
    assert [number.hex() for number in (found.rate, found.standard_error, found.low)] == [
        "0x1.e103f8fd545bcp-2",
        "0x1.ce285b0877c21p-5",
        "0x1.73e8e6bdc369cp-2",
    ]


def test_the_bits_of_a_chart() -> None:
    point = p_chart([(3, 10), (90, 170), (80, 230)]).points[1]
    assert [point.low.hex(), point.high.hex()] == [
        "0x1.3bb7618feabafp-2",
        "0x1.12384a394a529p-1",
    ]
