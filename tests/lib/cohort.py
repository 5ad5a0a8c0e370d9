"""Generated patients: each aimed at the edges of the rules, each independent, the same for the same seed.

Dates fall on window edges and a day to either side, scores on the targets and a step to either side, in
the steps of their scale. Rows are clean rows of the waist; readers have their own tests.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from lumbar.codelists import code_list
from lumbar.measures import for_year
from lumbar.tables.clinical import BACK_PAIN, INSTRUMENTS, LEG_PAIN, MODES, ODI, PAYERS, RESPONDENTS
from lumbar.tables.results import DISCECTOMY, FUSION

Row = dict[str, Any]

AS_OF_DATES = (date(2026, 11, 21), date(2026, 2, 28), date(2025, 12, 31), date(2025, 6, 3), date(2026, 5, 12))

YEAR = for_year(2026)
PERIODS = [stratum.period for stratum in YEAR.measures[0].strata]
ROW_CODES = sorted(
    code
    for measure in YEAR.measures
    for stratum in measure.strata
    for code in (stratum.codes.met, stratum.codes.not_met, stratum.codes.not_assessed, stratum.codes.excluded)
)
EXCLUSION_CODES = sorted({stratum.codes.excluded for measure in YEAR.measures for stratum in measure.strata})
QUALIFYING = {
    DISCECTOMY: [entry.code for entry in code_list(2026, "procedure_discectomy")],
    FUSION: [entry.code for entry in code_list(2026, "procedure_fusion")],
}
UNVERIFIED = [entry.code for entry in code_list(2026, "procedure_discectomy_unverified")]
ADD_ONS = [entry.code for entry in code_list(2026, "procedure_addon")]
ELSEWHERE = ["22551", "22556", "63020", "63045", "22857", "99214", "0275T"]
FLAG_MODIFIERS = ["54", "58", "62", "78"]
SILENT_MODIFIERS = ["22", "52", "59", "LT", "RT"]
BARRING_MODIFIERS = [
    "AS",
    "80",
    "81",
    "82",
    "AA",
    "AD",
    "QK",
    "QX",
    "QY",
    "QZ",
    "23",
    "53",
    "73",
    "74",
    "55",
    "56",
    "as",
]
DIAGNOSES = {
    name: [entry.code for entry in code_list(2026, f"diagnosis_{name}")]
    for name in ("cancer", "acute_fracture", "infection", "scoliosis", "uncertain_tumour")
}
HARMLESS_DIAGNOSES = ["M51.26", "M48.061", "M41.86", "S32.010D", "M46.44"]
TIMES = ["00:00:00", "07:29:59", "07:30:00", "07:30:01", "08:00:00", "13:15:00", "23:59:59"]
NPIS = ["1111111112", "2222222228", "3333333334"]
LEAP_DAY = date(2024, 2, 29)
LEGS_OF_ONE_DATE: list[list[str | None]] = [
    ["left", "right"],
    ["left", "right", None],
    ["left", None],
    ["right", "right"],
]


def plus_months(day: date, months: int) -> date:
    """The day so many calendar months on, or the last day of that month; used for aiming only."""
    years, month0 = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month0 + 1, min(day.day, monthrange(day.year + years, month0 + 1)[1]))


def plus_days(day: date, days: int) -> date:
    return day + timedelta(days=days)


def windows(index_date: date) -> dict[str, tuple[date, date]]:
    """The three windows of an index date; used for aiming only."""
    return {
        "preoperative": (plus_months(index_date, -3), index_date),
        "three_month": (plus_days(index_date, 42), plus_days(index_date, 140)),
        "one_year": (plus_months(index_date, 9), plus_months(index_date, 15)),
    }


@dataclass
class _Chart:
    """One patient's rows while they are written."""

    patient_id: str
    random: Random
    as_of: date
    tables: dict[str, list[Row]] = field(default_factory=dict)
    n_ids: int = 0

    def add(self, table: str, **columns: Any) -> None:
        self.tables.setdefault(table, []).append({"patient_id": self.patient_id, **columns})

    def new_id(self) -> str:
        """An id whose text order is not the order of writing."""
        self.n_ids += 1
        return f"{self.patient_id}.{self.random.choice('abABz19')}{self.n_ids}"

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def near(self, day: date) -> date:
        """That day, the day before, or the day after."""
        return plus_days(day, self.random.choice((-1, 0, 0, 1)))


def patient(seed: int, index: int, as_of: date) -> dict[str, list[Row]]:
    """The clinical rows of one generated patient, by table."""
    chart = _Chart(f"p{index:06}", Random(f"{seed}/{index}"), as_of)
    index_dates = _index_dates(chart)
    _person(chart)
    for index_date in index_dates:
        times = _lines(chart, index_date)
        for instrument in INSTRUMENTS:
            _answers(chart, index_date, instrument, times)
    for write in (_diagnoses, _coverages, _reported_codes):
        write(chart, chart.random.choice(index_dates))
    return chart.tables


def cohort(seed: int, indices: Iterable[int], as_of: date) -> dict[str, list[Row]]:
    """Many generated patients in one clinic; every clinical table the engines read is present."""
    tables: dict[str, list[Row]] = {
        name: [] for name in ("patient", "procedure", "score", "condition", "coverage", "reported_code")
    }
    for index in indices:
        for name, rows in patient(seed, index, as_of).items():
            tables[name] += rows
    return tables


def _index_dates(chart: _Chart) -> list[date]:
    random = chart.random
    first = _index_date(chart)
    dates = [first]
    while len(dates) < 4 and chart.chance(0.35):
        last = dates[-1]
        edges = [edge for window in windows(last).values() for edge in window]
        gap = random.choice(
            [
                chart.near(random.choice(edges[2:])),
                plus_days(last, 1),
                plus_days(last, random.randrange(2, 42)),
                plus_days(last, random.randrange(60, 140)),
                plus_days(last, random.randrange(141, 700)),
            ]
        )
        if gap > last:
            dates.append(gap)
    return dates


def _index_date(chart: _Chart) -> date:
    random = chart.random
    aim = random.random()
    if aim < 0.2:
        period = random.choice(PERIODS)
        return chart.near(random.choice([period.starts_on, period.ends_on]))
    if aim < 0.4:  # a window edge falls on the as-of date
        days = random.choice([0, -42, -140])
        by_days = plus_days(chart.as_of, days)
        by_months = plus_months(chart.as_of, random.choice([-9, -15]))
        return chart.near(random.choice([by_days, by_months]))
    if aim < 0.6:  # the end of a month
        month = date(random.choice([2024, 2025, 2025]), random.randrange(1, 13), 1)
        return plus_days(plus_months(month, 1), -random.randrange(1, 4))
    if aim < 0.7:  # windows that touch a leap day
        leap = [
            LEAP_DAY,
            date(2023, 5, 31),
            date(2023, 5, 30),
            date(2022, 11, 30),
            date(2024, 5, 31),
            date(2024, 5, 30),
        ]
        return random.choice(
            [*leap, date(2024, 1, 18), plus_days(LEAP_DAY, -140), date(2024, 11, 30), date(2024, 11, 29)]
        )
    return plus_days(date(2024, 9, 1), random.randrange(0, 500))


def _person(chart: _Chart) -> None:
    random = chart.random
    adult = plus_days(date(1940, 1, 1), random.randrange(0, 20_000))
    eighteen = chart.near(plus_months(random.choice(PERIODS).age_on, -216))
    birth_date = random.choices([adult, eighteen, None, date(2004, 2, 29), date(2012, 2, 29)], [80, 12, 4, 2, 2])[0]
    deceased_on = None
    deceased = random.choices([None, False], [5, 1])[0]
    if chart.chance(0.1):
        deceased_on = random.choice([chart.near(chart.as_of), plus_days(chart.as_of, -200), None])
        deceased = True if deceased_on is None else random.choice([True, None])
    chart.add("patient", birth_date=birth_date, deceased_on=deceased_on, deceased=deceased)


def _lines(chart: _Chart, index_date: date) -> list[str]:
    """Writes the procedure lines of one date; returns the times of day they carry."""
    random = chart.random
    kinds = random.choices(
        [
            [DISCECTOMY],
            [FUSION],
            [DISCECTOMY, FUSION],
            [DISCECTOMY, DISCECTOMY],
            ["unverified"],
            ["add_on"],
            ["elsewhere"],
        ],
        [40, 32, 8, 8, 5, 4, 3],
    )[0]
    extra = random.choices([[], ["add_on"], ["elsewhere"], ["assistant"], ["add_on", "assistant"]], [60, 12, 6, 14, 8])[
        0
    ]
    times = []
    for kind in [*kinds, *extra]:
        if kind == "add_on":
            code = random.choice(ADD_ONS)
        elif kind == "elsewhere":
            code = random.choice(ELSEWHERE)
        elif kind == "unverified":
            code = random.choice(UNVERIFIED)
        else:
            code = random.choice(QUALIFYING[kind if kind in QUALIFYING else random.choice([DISCECTOMY, FUSION])])
        time = random.choice(TIMES) if chart.chance(0.5) else None
        if time is not None:
            times.append(time)
        chart.add(
            "procedure",
            procedure_id=chart.new_id(),
            performed_on=index_date,
            performed_time=time,
            system=random.choices(["cpt", "hcpcs", "snomed", None, "CPT"], [95, 2, 1, 1, 1])[0],
            code=code if chart.chance(0.995) else None,
            modifiers=_modifiers(chart, must_bar=kind == "assistant"),
            surgeon_npi=random.choice([*NPIS, None]),
            facility=None,
        )
    return times


def _modifiers(chart: _Chart, must_bar: bool) -> str | None:
    random = chart.random
    words = random.sample(FLAG_MODIFIERS, random.choices([0, 1, 2], [85, 12, 3])[0])
    words += random.sample(SILENT_MODIFIERS, random.choices([0, 1], [85, 15])[0])
    if must_bar or chart.chance(0.08):
        words += random.sample(BARRING_MODIFIERS, random.choices([1, 2], [9, 1])[0])
    random.shuffle(words)
    return " ".join(words) if words else random.choice([None, None, ""])


def _answers(chart: _Chart, index_date: date, instrument: str, times: list[str]) -> None:
    """Writes the scores of one instrument around one operation."""
    random = chart.random
    before = _value(chart, instrument)
    limits = windows(index_date)
    targets = {"three_month": plus_months(index_date, 3), "one_year": plus_months(index_date, 12)}
    for phase, (opens, closes) in limits.items():
        for _ in range(random.choices([0, 1, 2, 3], [28, 45, 18, 9])[0]):
            day = random.choice(
                [
                    chart.near(opens),
                    chart.near(closes),
                    plus_days(opens, random.randrange((closes - opens).days + 1)),
                    plus_days(opens, random.randrange((closes - opens).days + 1)),
                ]
            )
            value = before if phase == "preoperative" else _after(chart, instrument, before)
            if phase != "preoperative" and chart.chance(0.15):  # as far before the target date as after it
                distance = random.randrange(1, 40)
                _score(chart, instrument, plus_days(targets[phase], -distance), value, times)
                _score(chart, instrument, plus_days(targets[phase], distance), _value(chart, instrument), times)
            elif phase == "preoperative" and chart.chance(0.2):
                _score(chart, instrument, index_date, value, times)
            else:
                _score(chart, instrument, day, value, times)
    if chart.chance(0.05):
        _score(chart, instrument, plus_days(index_date, random.randrange(-400, 800)), _value(chart, instrument), times)


def _step(instrument: str) -> Decimal:
    return Decimal(2) if instrument == ODI else Decimal("0.1")


def _value(chart: _Chart, instrument: str) -> Decimal:
    """A score of any height, often at the target, in the steps of its scale."""
    random = chart.random
    if instrument == ODI:
        items = Decimal(random.randrange(0, 51) * 2)
        odd = (Decimal(100) * random.randrange(0, 46) / 45).quantize(Decimal("0.0001"))
        edge = random.choice([Decimal(20), Decimal(22), Decimal(24), Decimal("22.2222"), Decimal("22.0001")])
        return random.choices([items, odd, edge, Decimal("52.3")], [60, 10, 25, 5])[0]
    whole = Decimal(random.randrange(0, 11))
    tenth = Decimal(random.randrange(0, 101)) / 10
    edge = random.choice([Decimal("2.9"), Decimal(3), Decimal("3.1"), Decimal("3.0001")])
    return random.choices([whole, tenth, edge], [45, 30, 25])[0]


def _after(chart: _Chart, instrument: str, before: Decimal) -> Decimal:
    """A later score: often improved, or worse, by exactly a threshold or a step beside it."""
    random = chart.random
    step = random.choice([-1, 0, 0, 1]) * _step(instrument)
    thresholds = (
        [Decimal(30), Decimal(10), Decimal(-10)] if instrument == ODI else [Decimal(5), Decimal(2), Decimal(-2)]
    )
    aimed = before - random.choice(thresholds) + step
    if chart.chance(0.5) and 0 <= aimed <= (100 if instrument == ODI else 10):
        return aimed
    return _value(chart, instrument)


def _score(chart: _Chart, instrument: str, day: date, value: Decimal, times: list[str]) -> None:
    """Writes one score, and now and then others of the same date."""
    random = chart.random
    sides: list[str | None] = [random.choice(["left", "right", None])] if instrument == LEG_PAIN else [None]
    values = [value]
    company = random.random()
    if instrument == LEG_PAIN and company < 0.3:
        sides = random.choice(LEGS_OF_ONE_DATE)
        values = [value, *(random.choice([value, _value(chart, instrument)]) for _ in sides[1:])]
    elif company < 0.15:
        sides = [None, None]
        values = [value, random.choice([value, _value(chart, instrument)])]
    elif instrument == BACK_PAIN and company > 0.97:
        sides = ["left", "right"]
        values = [value, _value(chart, instrument)]
    for side, one in zip(sides, values, strict=True):
        chart.add(
            "score",
            score_id=chart.new_id(),
            instrument=instrument,
            scale=_scale(chart, instrument, one),
            value=one,
            assessed_on=day,
            assessed_time=random.choice([*times, *TIMES]) if chart.chance(0.5) else None,
            side=side,
            recorded_on=_recorded_on(chart, day),
            status=random.choice([None, "final", "amended", "corrected"]),
            respondent=random.choices([None, *RESPONDENTS], [70, 10, 5, 5, 10])[0],
            mode=random.choices([None, *MODES], [60, 15, 15, 5, 5])[0],
        )


def _scale(chart: _Chart, instrument: str, value: Decimal) -> str:
    if instrument == ODI:
        return chart.random.choice(["percent", "points_50"])
    whole = value == value.to_integral_value()
    return chart.random.choices(["nrs", "vas_mm", "vas_cm"], [80, 10, 10] if whole else [15, 60, 25])[0]


def _recorded_on(chart: _Chart, day: date) -> date | None:
    as_of = chart.as_of
    choices = [None, day, plus_days(day, chart.random.randrange(1, 60)), chart.near(as_of), plus_days(day, -1)]
    return chart.random.choices(choices, [70, 10, 10, 8, 2])[0]


def _diagnoses(chart: _Chart, index_date: date) -> None:
    random = chart.random
    for _ in range(random.choices([0, 1, 2], [72, 22, 6])[0]):
        category = random.choice([*DIAGNOSES, "acute_fracture", "harmless"])
        code = random.choice(DIAGNOSES.get(category, HARMLESS_DIAGNOSES))
        onset_on = random.choice(
            [
                None,
                chart.near(index_date),
                chart.near(plus_days(index_date, -90)),
                plus_months(index_date, -3),
                plus_days(index_date, -random.randrange(1, 900)),
            ]
        )
        chart.add(
            "condition",
            condition_id=chart.new_id(),
            system=random.choices(["icd10cm", "icd9cm", "snomed"], [94, 3, 3])[0],
            code=code,
            onset_on=onset_on,
            abated_on=random.choice([None, None, None, chart.near(index_date), plus_days(index_date, 300)]),
            verification=random.choices(
                [None, "confirmed", "unconfirmed", "provisional", "differential", "refuted"], [60, 20, 5, 5, 5, 5]
            )[0],
            recorded_on=random.choice([None, None, None, index_date, chart.near(chart.as_of)]),
        )


def _coverages(chart: _Chart, index_date: date) -> None:
    random = chart.random
    for _ in range(random.choices([0, 1, 2, 3], [15, 55, 20, 10])[0]):
        chart.add(
            "coverage",
            payer=random.choice(PAYERS),
            payer_name=None,
            starts_on=random.choice(
                [None, chart.near(index_date), plus_days(index_date, -500), plus_days(index_date, 90)]
            ),
            ends_on=random.choice(
                [None, chart.near(index_date), plus_days(index_date, 500), plus_days(index_date, -90)]
            ),
            member_id=None,
        )


def _reported_codes(chart: _Chart, index_date: date) -> None:
    random = chart.random
    for _ in range(random.choices([0, 1, 2, 3], [60, 20, 12, 8])[0]):
        edges = [edge for window in windows(index_date).values() for edge in window]
        day = random.choice(
            [
                chart.near(random.choice(edges)),
                plus_days(index_date, random.randrange(42, 141)),
                plus_days(plus_months(index_date, 9), random.randrange(0, 180)),
                chart.near(chart.as_of),
            ]
        )
        code = random.choices(
            [random.choice(ROW_CODES), random.choice(EXCLUSION_CODES), random.choice(["G9942", "99024", "M1037"])],
            [80, 10, 10],
        )[0]
        for _ in range(random.choices([1, 2], [9, 1])[0]):
            chart.add("reported_code", code=code, reported_on=day)
            code = random.choice(ROW_CODES)
