"""The order of calls: what one call now is expected to gain, how soon it is lost, and whom calls leave behind.

Nothing here knows a score. Who is called first depends on what is missing, on dates, on attempts, and on groups.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

from lumbar.codelists.followup import values
from lumbar.errors import UsageError
from lumbar.followup.response_model import GROUPS, Answering, ResponseModel, call_chance

NEXT_BEST = "next-best"
DUE_DATE = "due-date"
ORDERS = (NEXT_BEST, DUE_DATE)

CALL, WAIT, SOON = "call", "wait", "soon"


@dataclass(frozen=True, slots=True)
class Due:
    """The scores due of one operation in one window, as far as the order of calls looks at it.

    `n_pairs` scores would complete a pair, `n_counted` can count in the measure; `attempts` calls were made
    about them; `tried_on` is the patient's last call, whatever it was about. Both ends of the window count.
    """

    who: Answering
    opens: date
    closes: date
    n_pairs: int
    n_counted: int
    attempts: int = 0
    tried_on: date | None = None


@dataclass(frozen=True, slots=True)
class CallRules:
    """When to call, days, and what a score is worth, points; `weights` multiply by group, 1 is none."""

    first_call_after: int
    days_between_calls: int
    last_call_before: int
    days_soon: int
    days_to_act: int
    pair_worth: float
    counted_worth: float
    weights: Mapping[str, float]


@cache
def call_rules() -> CallRules:
    """The rules of the table `call_rule`, which says why."""
    value = values("call_rule")
    return CallRules(
        first_call_after=int(value["first_call_after"]),
        days_between_calls=int(value["days_between_calls"]),
        last_call_before=int(value["last_call_before"]),
        days_soon=int(value["days_soon"]),
        days_to_act=int(value["days_to_act"]),
        pair_worth=value["pair_worth"],
        counted_worth=value["counted_worth"],
        weights=MappingProxyType({group: value[f"{group}_weight"] for group in GROUPS}),
    )


def parsed_weights(given: Iterable[str]) -> dict[str, float]:
    """Weights as a user writes them, `language=1.5`, by group. Raises UsageError for another group or no number."""
    weights = {}
    for text in given:
        group, _, factor = text.partition("=")
        if group not in GROUPS or not re.fullmatch(r"\d+(\.\d+)?", factor) or not float(factor):
            raise UsageError(
                f"--weight {text!r}: write {' or '.join(GROUPS)}, =, and a number above 0, as language=1.5"
            )
        weights[group] = float(factor)
    return weights


def call_from(due: Due, rules: CallRules) -> date:
    """The first day to call: the reminders are over and the last call is some days ago; never after the close."""
    first = due.opens + timedelta(days=rules.first_call_after)
    if due.tried_on is not None:
        first = max(first, due.tried_on + timedelta(days=rules.days_between_calls))
    return min(first, due.closes)


def worth(due: Due, rules: CallRules) -> float:
    """What the scores due are worth: complete pairs, and scores the rate can count."""
    return due.n_pairs * rules.pair_worth + due.n_counted * rules.counted_worth


def phase(due: Due, as_of: date, rules: CallRules) -> str:
    """`call` now; `wait` while reminders or the last attempt are recent; `soon` while the window is not open."""
    if due.opens > as_of:
        return SOON
    return WAIT if call_from(due, rules) > as_of else CALL


def urgency(due: Due, as_of: date, rules: CallRules) -> float:
    """How much is lost by waiting, 0 to 1: 1 on the last day, one half `days_to_act` days before it."""
    return rules.days_to_act / (rules.days_to_act + (due.closes - as_of).days)


def weight(due: Due, rules: CallRules) -> float:
    """The product of the weights of the patient's groups."""
    product = 1.0
    for group in due.who.groups:
        product *= rules.weights[group]
    return product


def rank(due: Due, as_of: date, by: str, model: ResponseModel, rules: CallRules) -> tuple[float, date]:
    """What is sorted by, ascending, among those at one stage; `by` is one of ORDERS.

    By due date the day the window closes; by next best the expected gain of one call times urgency and weights,
    the earlier close first among equals.
    """
    if by == DUE_DATE:
        return 0.0, due.closes
    gain = worth(due, rules) * call_chance(model, due.who, due.attempts)
    return -gain * urgency(due, as_of, rules) * weight(due, rules), due.closes


def place(due: Due, as_of: date, by: str, model: ResponseModel, rules: CallRules) -> tuple[int, float, date]:
    """What a list is sorted by: first whom to call now, then who waits, then windows not yet open; each by rank."""
    return (CALL, WAIT, SOON).index(phase(due, as_of, rules)), *rank(due, as_of, by, model, rules)
