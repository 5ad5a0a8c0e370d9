"""How likely a patient is to answer: published shares and odds, put together for one call. No result is among them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from lumbar.codelists.followup import values, words_of
from lumbar.tables.results import ONE_YEAR

LANGUAGE = "language"
RACE = "race"
GROUPS = {LANGUAGE: "language other than English", RACE: "Black or another under-represented race"}


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
    """What a patient's chance to answer rests on: the window, the age, and `groups`, of GROUPS, that answer less."""

    timepoint: str
    aged_65: bool
    groups: tuple[str, ...]


@cache
def response_model() -> ResponseModel:
    """The model as published."""
    return ResponseModel(**values("response_model"))


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
    """A share, a fraction, with its odds multiplied."""
    return share * by / (1 - share + share * by)


def answering(patient: Mapping[str, Any], contact_language: str | None, timepoint: str, as_of: date) -> Answering:
    """What is known of a row of `patient` that bears on an answer.

    The language of `contact` stands in where the patient's is not said. Who is not known to be of a group is not.
    """
    said = {LANGUAGE: patient["language"] or contact_language, RACE: patient["race"]}
    groups = tuple(group for group in GROUPS if _is_of(group, said[group]))
    return Answering(timepoint, _age(patient["birth_date"], as_of) >= values("call_rule")["aged_from"], groups)


def _is_of(group: str, said: str | None) -> bool:
    """Whether what is said is known and not the majority's.

    All of it is looked up, then its first word: `en` of `en-US`, `white` of `White or Caucasian`. A number that is not
    listed, a bare concept id, is not known.
    """
    whole = " ".join((said or "").lower().split())
    parts = re.findall(r"[^\W_]+", whole)
    if not parts or whole.isdecimal():
        return False
    return not {whole, parts[0]} & words_of(group).keys()


def _age(born: date | None, on: date) -> int:
    """Whole years, 0 where the date of birth is not known."""
    return 0 if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))
