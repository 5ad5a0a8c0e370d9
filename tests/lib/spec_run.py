"""Runs the specification: all paragraphs of one as-of date and policy in one evaluation, each told apart by a prefix.

Rates need a clinic of their own, so paragraphs that expect rates are evaluated alone.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date

from engines import ENGINES, Evaluated
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


def evaluate_all(engine: str, paragraphs: tuple[Paragraph, ...]) -> list[Evaluated]:
    """What the engine says of each paragraph, in their order."""
    results = [Evaluated([], []) for _ in paragraphs]
    for together in _groups(paragraphs):
        first = paragraphs[together[0]]
        tables: dict[str, list[Row]] = defaultdict(list)
        for number in together:
            for name, rows in clinic(paragraphs[number]).items():
                tables[name] += [_renamed(row, lambda text, n=number: f"{n:04}/{text}") for row in rows]
        outcome, rate = ENGINES[engine](tables, rules(first), first.policy, date.fromisoformat(first.as_of))
        for row in outcome:
            results[int(row["patient_id"][:4])].outcome.append(_renamed(row, lambda text: text[5:]))
        if first.rates:
            results[together[0]].rate.extend(rate)
    return results


def _groups(paragraphs: tuple[Paragraph, ...]) -> list[list[int]]:
    groups: dict[object, list[int]] = defaultdict(list)
    for number, paragraph in enumerate(paragraphs):
        alone = number if paragraph.rates else None
        groups[paragraph.as_of, paragraph.policy, paragraph.age_on, alone].append(number)
    return list(groups.values())


def _renamed(row: Row, rename: Callable[[str], str]) -> Row:
    return {name: rename(value) if name in PREFIXED and value is not None else value for name, value in row.items()}
