"""The codes the synthetic clinic writes, from `terminology.csv`, by what they are used for."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lumbar.errors import InternalError


@dataclass(frozen=True, slots=True)
class Term:
    """One code in its system; `weight` is how often it is drawn among those of the same use."""

    system: str
    code: str
    weight: float
    text: str


@cache
def terms(use: str) -> tuple[tuple[Term, float], ...]:
    """The codes of one use with their weights, in file order. Raises InternalError when there is none."""
    with (files("lumbar.synth") / "terminology.csv").open(encoding="utf-8") as stream:
        found = [
            Term(row["system"], row["code"], float(row["weight"]), row["text"])
            for row in csv.DictReader(stream)
            if row["use"] == use
        ]
    if not found:
        raise InternalError(f"no synthetic terminology for {use}")
    return tuple((term, term.weight) for term in found)


def term(use: str) -> Term:
    """The first code of one use. Raises InternalError when there is none."""
    return terms(use)[0][0]
