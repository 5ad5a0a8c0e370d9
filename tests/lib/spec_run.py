"""Runs the specification: all paragraphs of one as-of date and policy in one evaluation, each told apart by a prefix.

Rates need a clinic of their own, so paragraphs that expect rates are evaluated alone.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from engines import ENGINES, SPARK, Evaluated
from spec_book import Paragraph, Row, clinic, rules

PREFIXED = (
    "patient_id",
    "procedure_id",
    "score_id",
    "condition_id",
    "episode_id",
    "preoperative_score_id",
    "postoperative_score_id",
)


class SpecRun:
    """One engine over the specification, evaluated group by group as paragraphs are asked for."""

    def __init__(self, engine: str, paragraphs: tuple[Paragraph, ...]) -> None:
        self._engine = (ENGINES | SPARK)[engine]
        self._paragraphs = paragraphs
        self._group_of: dict[int, list[int]] = {}
        self._results: dict[int, Evaluated] = {}
        groups: dict[object, list[int]] = defaultdict(list)
        for number, paragraph in enumerate(paragraphs):
            alone = number if paragraph.rates else None
            group = groups[paragraph.as_of, paragraph.policy, paragraph.age_on, paragraph.year, alone]
            group.append(number)
            self._group_of[number] = group

    def result(self, number: int) -> Evaluated:
        """What the engine says of the paragraph of that number."""
        if number not in self._results:
            self._evaluate(self._group_of[number])
        return self._results[number]

    def _evaluate(self, group: list[int]) -> None:
        first = self._paragraphs[group[0]]
        tables: dict[str, list[Row]] = defaultdict(list)
        for number in group:
            self._results[number] = Evaluated([], [])
            for name, rows in clinic(self._paragraphs[number]).items():
                tables[name] += [_renamed(row, f"{number:04}/".__add__) for row in rows]
        outcome, rate = self._engine(tables, rules(first), first.policy, date.fromisoformat(first.as_of))
        for row in outcome:
            self._results[int(row["patient_id"][:4])].outcome.append(_renamed(row, lambda text: text[5:]))
        if first.rates:
            self._results[group[0]].rate.extend(rate)


def _renamed(row: Row, rename: Callable[[str], str]) -> Row:
    return {name: rename(value) if name in PREFIXED and value is not None else value for name, value in row.items()}
