"""How likely a patient is to answer: published shares and odds, put together for one call (facts of a response model)."""

from dataclasses import dataclass
from functools import cache

from lumbar.codelists.rows import rows
from lumbar.tables.results import ONE_YEAR

LANGUAGE = "language"
RACE = "race"
GROUPS = (LANGUAGE, RACE)


@dataclass(frozen=True, slots=True)
class ResponseModel:
    """Shares (fractions 0-1), odds multipliers and one multiplier of a chance; the table says what each is.

    `portal`, `reminders`, `reached` and `completes` are shares; `one_year`, `aged_65`, `language` and `race` multiply
    odds; `further_attempt` multiplies the chance of a call for each attempt before it.
    """

    portal: float
    reminders: float
    reached: float
    completes: float
    one_year: float
    aged_65: float
    language: float
    race: float
    further_attempt: float


@dataclass(frozen=True, slots=True)
class Answering:
    """What the chance of an answer rests on: window, age, groups that answer less. No result is among it."""

    timepoint: str
    aged_65: bool
    groups: tuple[str, ...]  # of GROUPS, in that order


@cache
def response_model() -> ResponseModel:
    """The model as published, unvaried."""
    return ResponseModel(**{row["name"]: float(row["value"]) for row in rows("lumbar.codelists.followup", "response_model")})


@cache
def call_chance(model: ResponseModel, who: Answering, attempts: int) -> float:
    """The chance, 0-1, that one call now gives the scores due, after so many attempts before it."""
    return shifted(model.reached * model.completes, odds(model, who)) * model.further_attempt**attempts


def odds(model: ResponseModel, who: Answering) -> float:
    """The product of the odds multipliers that apply."""
    product = model.one_year if who.timepoint == ONE_YEAR else 1.0
    product *= model.aged_65 if who.aged_65 else 1.0
    product *= model.language if LANGUAGE in who.groups else 1.0
    return product * (model.race if RACE in who.groups else 1.0)


def shifted(share: float, by: float) -> float:
    """A share, 0 to below 1, with its odds multiplied."""
    return share * by / (1 - share + share * by)
