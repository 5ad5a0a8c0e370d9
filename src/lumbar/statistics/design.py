"""Traits as columns of zeros and ones, for a logistic regression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Fewer of either outcome say too little for a coefficient of their own (Peduzzi and others, Journal of Clinical
# Epidemiology 1996; 49: 1373-1379).
LEAST_OF_EACH_OUTCOME = 10
POOLED = "(rare)"


@dataclass(frozen=True, slots=True)
class Design:
    """Which column stands for which level of which trait, as (trait, level).

    The reference of a trait, its most frequent level, has none. Of the rare levels of a trait those in `pooled` share
    the column `(rare)`, or stand with the reference when together they are still too few.
    """

    traits: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    references: tuple[tuple[str, str], ...]
    pooled: tuple[tuple[str, str], ...]

    def row(self, levels: Sequence[str]) -> tuple[float, ...]:
        """The columns of a pattern, its levels in the order of the traits; a level never seen counts as rare."""
        named = set(zip(self.traits, levels, strict=True))
        own = named & {*self.columns, *self.references}
        named = own | {(trait, POOLED) for trait, level in named - own}
        return tuple(float(column in named) for column in self.columns)


def design(traits: Sequence[str], counts: Mapping[tuple[str, ...], tuple[int, int]]) -> Design:
    """The columns for patterns of levels, each with its (successes, trials); traits and levels in text order.

    A level with fewer than ten successes or ten failures is rare and is pooled with its like.
    """
    columns, references, pooled = [], [], []
    for place, trait in enumerate(traits):
        by_level: dict[str, tuple[int, int]] = {}
        for levels, (successes, trials) in counts.items():
            had = by_level.get(levels[place], (0, 0))
            by_level[levels[place]] = (had[0] + successes, had[1] + trials)
        if not by_level:
            continue
        reference = min(by_level, key=lambda level: (-by_level[level][1], level))
        others = sorted(level for level in by_level if level != reference)
        rare = [level for level in others if not _enough([by_level[level]])]
        columns += [(trait, level) for level in others if level not in rare]
        if _enough([by_level[level] for level in rare]):
            columns.append((trait, POOLED))
        references.append((trait, reference))
        pooled += [(trait, level) for level in rare]
    return Design(tuple(traits), tuple(columns), tuple(references), tuple(pooled))


def _enough(counts: Sequence[tuple[int, int]]) -> bool:
    successes, trials = sum(s for s, _ in counts), sum(n for _, n in counts)
    return min(successes, trials - successes) >= LEAST_OF_EACH_OUTCOME
