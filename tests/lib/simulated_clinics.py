"""Simulated clinics whose every answer, early or late, is known: a forecast made on a day can be held against the end.

Rows of `outcome` and `score` are made at once for whole clinics, as the engine would on each as-of date (a test holds
some of them against the engine). One measure, back pain in 2026: discectomies at three months, fusions at one year.
The answers follow the published response model, its parameters below by their names; `response` multiplies every
chance of an answer, so that a clinic differs from the model by 30 % and no forecast is told.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from arrow_tables import Row
from cohort import windows
from lumbar.measures import for_year
from lumbar.measures.policy import Policy
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, OVERALL, THREE_MONTH

RULES = for_year(2026)
MEASURE = next(measure for measure in RULES.measures if measure.id == "459")
POLICY = Policy()
LAST_DAY = date(2027, 1, 31)  # every window of an operation of the year has closed
_EPOCH = date(1970, 1, 1)

# The response model: share answering, or odds multiplier, by name as in its source.
PORTAL_ALONE = 0.35  # portal or e-mail invitation alone
TWO_TEXT_REMINDERS = 0.17  # of the silent who then answer
REMINDED_AFTER = (7, 12)
CALL_REACHES = 0.40
REACHED_COMPLETE = 0.75
ONE_YEAR_ODDS = 0.6
AGE_65_ODDS = 1.3
LANGUAGE_ODDS = 0.6
RACE_ODDS = 0.68
FURTHER_ATTEMPT = 0.7


@dataclass(frozen=True)
class World:
    """How clinics differ from the response model, and from themselves.

    `response` multiplies each chance of an answer, always; `this_year` once more for operations of the measured year;
    `spread` is the standard deviation from clinic to clinic of the log odds of an answer.
    """

    response: float = 1.0
    this_year: float = 1.0
    spread: float = 0.4


@dataclass(frozen=True)
class SimulatedClinic:
    """Operations with the days (since 1970) of all that happens to them; NEVER where it does not. Arrays alike long."""

    is_fusion: Any
    index: Any
    opens: Any
    closes: Any
    first_on: Any
    second_on: Any
    first_met: Any
    second_met: Any
    died_on: Any

    @property
    def n(self) -> int:
        return len(self.index)


NEVER = np.int64(10**6)


def day_number(day: date) -> int:
    return (day - _EPOCH).days


@cache
def _window_table(start: date, end: date) -> dict[str, Any]:
    """For each date from start to end, the days both postoperative windows open and close."""
    laid = [windows(date.fromordinal(n)) for n in range(start.toordinal(), end.toordinal() + 1)]
    return {
        name: np.array([[day_number(edge) for edge in one[name]] for one in laid]) for name in (THREE_MONTH, ONE_YEAR)
    }


def clinic(seed: int, world: World) -> SimulatedClinic:
    """One clinic: 150 to 1,500 operations a year, one to three years of history before the measured year."""
    random = np.random.default_rng([seed, 6])
    a_year = float(np.exp(random.uniform(np.log(150), np.log(1500))))
    n_years = int(random.integers(1, 4))
    start, end = date(2024 - n_years, 10, 1), date(2025, 12, 31)
    n_days = (end - start).days + 1
    n = random.poisson(a_year * n_days / 365.25)
    place = random.integers(0, n_days, n)
    is_fusion = random.random(n) < random.uniform(0.25, 0.6)
    laid = _window_table(start, end)
    edges = np.where(is_fusion[:, None], laid[ONE_YEAR][place], laid[THREE_MONTH][place])
    index, opens, closes = place + day_number(start), edges[:, 0], edges[:, 1]

    odds = np.exp(random.normal(0, world.spread)) * np.where(is_fusion, ONE_YEAR_ODDS, 1.0)
    for share, multiplier in ((0.4, AGE_65_ODDS), (0.12, LANGUAGE_ODDS), (0.15, RACE_ODDS)):
        odds = odds * np.where(random.random(n) < share, multiplier, 1.0)
    in_year = np.array([_in_period(f, i) for f, i in zip(is_fusion, index, strict=True)])
    factor = world.response * np.where(in_year, world.this_year, 1.0)
    first_on = _answered(random, n, opens, closes, odds, factor, n_calls=int(random.integers(0, 4)))

    died_on = np.where(random.random(n) < 0.01, index + random.integers(1, 500, n), NEVER)
    first_on = np.where(first_on < died_on, first_on, NEVER)
    again = (random.random(n) < 0.06) & (first_on < closes)
    second_on = np.where(
        again, first_on + 1 + random.integers(0, np.maximum(closes - np.minimum(first_on, closes), 1)), NEVER
    )
    second_on = np.where((second_on <= closes) & (second_on < died_on), second_on, NEVER)
    share_met = np.where(is_fusion, random.beta(12, 8), random.beta(13, 7))
    first_met = random.random(n) < share_met
    second_met = np.where(random.random(n) < 0.7, first_met, random.random(n) < share_met)
    return SimulatedClinic(is_fusion, index, opens, closes, first_on, second_on, first_met, second_met, died_on)


def _answered(random: Any, n: int, opens: Any, closes: Any, odds: Any, factor: Any, n_calls: int) -> Any:
    """The day of the first answer: invitation, two reminders, calls, each a chance of its own."""
    answered = np.full(n, NEVER)
    call = CALL_REACHES * REACHED_COMPLETE
    asked = [(0, PORTAL_ALONE), *((day, TWO_TEXT_REMINDERS / 2) for day in REMINDED_AFTER)]
    asked += [(21 + 14 * k, call * FURTHER_ATTEMPT**k) for k in range(n_calls)]
    for after, chance in asked:
        moved = chance / (1 - chance) * odds
        answers = random.random(n) < np.minimum(factor * moved / (1 + moved), 0.97)
        day = opens + after + np.minimum(random.geometric(0.25, n) - 1, 60)
        answered = np.where((answered == NEVER) & answers & (day <= closes), day, answered)
    return answered


def _periods() -> dict[bool, tuple[int, int]]:
    return {s.kind == FUSION: (day_number(s.period.starts_on), day_number(s.period.ends_on)) for s in MEASURE.strata}


def _in_period(is_fusion: bool, index: int) -> bool:
    starts, ends = _periods()[bool(is_fusion)]
    return bool(starts <= index <= ends)


def tables_on(one: SimulatedClinic, as_of: date) -> tuple[pa.Table, pa.Table]:
    """`outcome`, as far as a ledger looks at it, and `score`, as they are on a day."""
    today = day_number(as_of)
    keep = one.index <= today
    is_fusion, index, opens, closes = one.is_fusion[keep], one.index[keep], one.opens[keep], one.closes[keep]
    first_on, second_on = (np.where(on[keep] <= today, on[keep], NEVER) for on in (one.first_on, one.second_on))
    n = len(index)
    number = np.arange(one.n)[keep]
    has_first, has_second = first_on < NEVER, second_on < NEVER
    met = np.where(has_second, one.second_met[keep], one.first_met[keep])
    waits = np.where(today < opens, "upcoming", np.where(today <= closes, "open", "not_assessed"))
    status = np.where(has_first, np.where(met, "met", "not_met"), waits)
    periods = _periods()
    inside = np.where(
        is_fusion,
        (index >= periods[True][0]) & (index <= periods[True][1]),
        (index >= periods[False][0]) & (index <= periods[False][1]),
    )
    patient = np.char.add("p", number.astype(str))
    score_id = np.where(has_second, np.char.add(patient, ".2"), np.char.add(patient, ".1"))
    outcome = pa.table(
        {
            "patient_id": pa.array(patient),
            "index_date": _dates(index),
            "kind": pa.array(np.where(is_fusion, FUSION, DISCECTOMY)),
            "surgeon_npi": pa.nulls(n, pa.string()),
            "payer": pa.array(np.full(n, "unknown")),
            "instrument": pa.array(np.full(n, MEASURE.instrument)),
            "measure_id": pa.array(np.full(n, MEASURE.id)),
            "timepoint": pa.array(np.where(is_fusion, ONE_YEAR, THREE_MONTH)),
            "window_opens": _dates(opens),
            "window_closes": _dates(closes),
            "postoperative_score_id": pa.array(score_id, mask=~has_first),
            "status": pa.array(status),
            "provisional": pa.array(has_first & (today <= closes)),
            "in_measure": pa.array(inside),
            "not_in_measure_because": pa.array(np.full(n, "outside_identification_period"), mask=inside),
            "flags": pa.array(np.where(one.died_on[keep] <= today, "deceased", "")),
        }
    )
    return outcome, _scores(patient, first_on, second_on)


def _scores(patient: Any, first_on: Any, second_on: Any) -> pa.Table:
    """The scores of the answers, without their values: a forecast does not look at them."""
    who = [patient[on < NEVER] for on in (first_on, second_on)]
    n = sum(map(len, who))
    columns = {
        "score_id": pa.array(
            np.concatenate([np.char.add(ids, end) for ids, end in zip(who, (".1", ".2"), strict=True)])
        ),
        "patient_id": pa.array(np.concatenate(who)),
        "instrument": pa.array(np.full(n, MEASURE.instrument)),
        "scale": pa.array(np.full(n, "nrs")),
        "assessed_on": _dates(np.concatenate([on[on < NEVER] for on in (first_on, second_on)])),
        "recorded_on": pa.nulls(n, pa.date32()),
    }
    return pa.table(columns)


def _dates(days: Any) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def records(one: SimulatedClinic) -> dict[str, list[Row]]:
    """The same clinic as clinical records, for the engine: a score of 8 before, and after it 2 (met) or 7 (not met)."""
    day = lambda number: date.fromordinal(_EPOCH.toordinal() + int(number))  # noqa: E731
    clinic_rows: dict[str, list[Row]] = {name: [] for name in ("patient", "procedure", "score")}
    for i in range(one.n):
        patient = f"p{i}"
        died_on = day(one.died_on[i]) if one.died_on[i] < NEVER else None
        clinic_rows["patient"].append({"patient_id": patient, "birth_date": date(1960, 1, 1), "deceased_on": died_on})
        clinic_rows["procedure"].append(
            {
                "procedure_id": f"{patient}.op",
                "patient_id": patient,
                "performed_on": day(one.index[i]),
                "system": "cpt",
                "code": "22612" if one.is_fusion[i] else "63030",
            }
        )
        before = (f"{patient}.0", one.index[i], Decimal(8))
        answers = [
            (f"{patient}.{k}", on[i], Decimal(2) if met[i] else Decimal(7))
            for k, on, met in ((1, one.first_on, one.first_met), (2, one.second_on, one.second_met))
            if on[i] < NEVER
        ]
        for score_id, on, value in (before, *answers):
            clinic_rows["score"].append(
                {
                    "score_id": score_id,
                    "patient_id": patient,
                    "instrument": MEASURE.instrument,
                    "scale": "nrs",
                    "value": value,
                    "assessed_on": day(on),
                }
            )
    return clinic_rows


def final_counts(one: SimulatedClinic, as_of: date) -> dict[str, tuple[int, int]]:
    """By stratum and overall: of the operations counted on a day, how many will be met in the end, and how many are."""
    answered = one.first_on < NEVER
    met = answered & np.where(one.second_on < NEVER, one.second_met, one.first_met)
    counts = {}
    for stratum in MEASURE.strata:
        starts, ends = _periods()[stratum.kind == FUSION]
        own = (one.is_fusion == (stratum.kind == FUSION)) & (starts <= one.index) & (one.index <= ends)
        own &= one.index <= day_number(as_of)
        counts[stratum.name] = (int((met & own).sum()), int(own.sum()))
    counts[OVERALL] = tuple(map(sum, zip(*counts.values(), strict=True)))  # type: ignore[assignment]
    return counts
