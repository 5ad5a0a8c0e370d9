"""Which counts are told: merging, the order of breakdowns, and the account of what is not."""

import random
from collections import Counter
from itertools import permutations

import pytest

from lumbar.codelists.disclosure import age_groups, limit
from lumbar.errors import InternalError
from lumbar.statistics.disclosure import Alike, Figures, Suppressed, suppressed, told
from lumbar.statistics.disclosure.limits import (
    LARGEST_SMALL_CELL,
    LEAST_CASES_TO_COMPARE,
    LEAST_RESPONSE_TO_COMPARE,
    is_small,
)
from lumbar.statistics.disclosure.proof import is_hidden
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET


def group(name: str, met: int, not_met: int, not_assessed: int = 0, excluded: int = 0) -> list[Alike]:
    """One group of one breakdown, judged by one measure."""
    counts = {MET: met, NOT_MET: not_met, NOT_ASSESSED: not_assessed, EXCLUDED: excluded}
    return [Alike(n, (standing,), (name,)) for standing, n in counts.items() if n]


def rows(*groups: list[Alike], compared: bool = False) -> dict[str | None, Figures]:
    """The rows told of one breakdown."""
    what = told([alike for some in groups for alike in some], 1, ["payer"], ["payer"] if compared else [])
    assert what is not None
    return {row.group: row.figures[0] for breakdown in what.breakdowns for row in breakdown.rows}


def test_the_numbers_are_those_of_the_rules():
    assert (LARGEST_SMALL_CELL, LEAST_CASES_TO_COMPARE, LEAST_RESPONSE_TO_COMPARE) == (10, 20, 0.6)
    assert [n for n in range(13) if is_small(n)] == list(range(1, 11))
    assert [first for first, _ in age_groups()] == [0, 45, 65, 75]
    labels = [label for _, label in age_groups()]
    assert labels == sorted(labels), "groups stand in the order of their names"
    with pytest.raises(InternalError):
        limit("no such rule")


def test_groups_of_zero_and_of_11_or_more_are_told_by_name():
    assert rows(group("a", 11, 0, 30), group("b", 12, 13, 14)) == {
        "a": Figures(11, 30, 30),
        "b": Figures(12, 27, 14),
    }


def test_a_group_with_a_small_cell_and_the_smallest_other_become_all_others():
    """One group alone would be told by its absence; b, of 33, is smaller than c, of 66."""
    told_rows = rows(group("a", 40, 10, 20), group("b", 11, 11, 11), group("c", 22, 22, 22))
    assert told_rows == {"c": Figures(22, 44, 22), None: Figures(51, 52, 31)}


def test_all_others_grow_until_they_may_be_told():
    told_rows = rows(group("a", 1, 0), group("b", 9, 0), group("c", 30, 30, 30), group("d", 40, 40, 40))
    assert told_rows == {"d": Figures(40, 80, 40), None: Figures(40, 60, 30)}


def test_a_breakdown_of_all_others_alone_is_left_out():
    assert rows(group("a", 50, 40, 30), group("b", 5, 40, 30)) == {}


def test_few_not_assessed_stand_inside_the_not_met_where_enough_answered():
    """8 and 9 of the not assessed may not be told; 92 and 91 % answered, so the rate may."""
    assert rows(group("a", 50, 42, 8), group("b", 50, 41, 9)) == {
        "a": Figures(50, 50, None),
        "b": Figures(50, 50, None),
    }


def test_no_rate_stands_without_its_response_where_too_few_answered():
    """12 of 22 answered, 55 %, and the 10 must not be told; of 24 and 10, 71 % answered."""
    assert told([*group("a", 12, 0, 10), *group("b", 0, 1)], 1, ["payer"]) is None
    assert told(group("a", 12, 12, 10), 1, ["payer"]) is not None


def test_nothing_is_told_of_nobody_or_of_a_few():
    assert told([], 1, ["payer"]) is None
    assert told(group("a", 10, 0), 1, ["payer"]) is None
    assert told(group("a", 0, 0, 0, excluded=50), 1, ["payer"]) is None


@pytest.mark.parametrize(("excluded", "shown"), [(0, (0,)), (1, None), (10, None), (11, (11,))])
def test_the_excluded_obey_the_rule_too(excluded, shown):
    what = told(group("a", 20, 20, 20, excluded), 1, ["payer"])
    assert what is not None
    assert what.excluded == shown


def test_a_surgeon_of_fewer_than_20_cases_or_60_percent_response_is_not_named():
    """a: 19 cases; b: 29 of 49 answered, below 60 %; c and d may be compared."""
    groups = group("a", 19, 0), group("b", 15, 14, 20), group("c", 30, 30, 12), group("d", 20, 0)
    assert set(rows(*groups)) == {"a", "b", "c", "d"}
    assert rows(*groups, compared=True) == {
        "c": Figures(30, 42, 12),
        "d": Figures(20, 0, 0),
        None: Figures(34, 34, 20),
    }


def test_a_surgeon_is_not_told_by_being_the_only_other():
    """a has 19 cases; alone under all others it would be known who that is, so the smallest other joins."""
    groups = group("a", 19, 0), group("b", 20, 20), group("c", 40, 40)
    assert rows(*groups, compared=True) == {"c": Figures(40, 40, 0), None: Figures(39, 20, 0)}


def test_a_group_must_be_tellable_in_every_measure():
    """One of a is not assessed in the second measure alone; the group is merged in both."""
    alike = [
        *[Alike(20, (MET, MET), (name,)) for name in "abc"],
        *[Alike(20, (NOT_MET, NOT_MET), (name,)) for name in "abc"],
        Alike(1, (MET, NOT_ASSESSED), ("a",)),
        Alike(50, (NOT_ASSESSED, NOT_ASSESSED), ("b",)),
        Alike(60, (NOT_ASSESSED, NOT_ASSESSED), ("c",)),
    ]
    what = told(alike, 2, ["payer"])
    assert what is not None
    assert [row.group for row in what.breakdowns[0].rows] == ["c", None]


def test_who_is_excluded_from_one_measure_alone_is_not_told_by_the_other():
    """The second measure excludes nobody: 43 closed of payer a in it, less 40 in the first, would be 3 excluded."""
    alike = [
        *(Alike(20, (standing, standing), (name,)) for name in "abc" for standing in (MET, NOT_MET)),
        Alike(30, (MET, MET), ("b",)),
        Alike(50, (MET, MET), ("c",)),
        Alike(3, (EXCLUDED, MET), ("a",)),
        Alike(11, (EXCLUDED, MET), ("b",)),
    ]
    what = told(alike, 2, ["payer"])
    assert what is not None
    assert what.excluded == (14, 0)
    assert [[row.group, row.figures[0].closed, row.figures[1].closed] for row in what.breakdowns[0].rows] == [
        ["c", 90, 90],
        [None, 110, 124],
    ]
    assert told([*alike, Alike(7, (MET, EXCLUDED), ("c",))], 2, ["payer"]) is None


def test_the_amount_suppressed_is_reported():
    """Overall and three groups of 3 cells: 12; told are the overall and c, 6. All the others are not told by name."""
    alike = [*group("a", 40, 10, 20), *group("b", 11, 11, 11), *group("c", 22, 22, 22)]
    account = suppressed(alike, 1, ["payer"], told(alike, 1, ["payer"]))
    assert account == Suppressed(12, 6, 3, 1, ())
    assert account.share == 0.5


def test_the_amount_suppressed_is_all_of_it_where_nothing_is_told():
    alike = group("a", 5, 5, 5)
    account = suppressed(alike, 1, ["payer"], told(alike, 1, ["payer"]))
    assert account == Suppressed(6, 0, 1, 0, ("payer",))
    assert account.share == 1


def test_what_is_called_hidden_can_be_zero_or_eleven_by_swapping_groups():
    """On small clinics, every order of the second breakdown's groups within each standing is tried.

    The limits worked out are then exactly the least and the most that swapping reaches, of every crossing.
    """
    draw = random.Random(1)
    verdicts = Counter()
    for _ in range(150):
        # Two standings of up to 3 blocks of 6 operations: few orders, and counts on both sides of 10.
        clinic = [(s, draw.choice("ab"), draw.choice("xy")) for s in (MET, NOT_MET) for _ in range(draw.randint(1, 3))]
        whole = Counter({(s,): 6 * sum(o[0] == s for o in clinic) for s, _, _ in clinic})
        ways = [
            {g: Counter({p: 6 * sum((o[0],) == p and o[at] == g for o in clinic) for p in whole}) for g in groups}
            for at, groups in ((1, "ab"), (2, "xy"))
        ]
        verdict = is_hidden(ways, whole)
        verdicts[verdict] += 1
        assert verdict == _is_hidden_by_trial(clinic)
    assert min(verdicts[True], verdicts[False]) >= 10


def _is_hidden_by_trial(clinic):
    first = [[o[1] for o in clinic if o[0] == s] for s in (MET, NOT_MET)]
    second = [[o[2] for o in clinic if o[0] == s] for s in (MET, NOT_MET)]
    for a in "ab":
        for b in "xy":
            reached = [
                {6 * sum(pair == (a, b) for pair in zip(own, order, strict=True)) for order in permutations(others)}
                for own, others in zip(first, second, strict=True)
            ]
            both = {m + n for m in reached[0] for n in reached[1]}
            for values in (*reached, both):
                if min(values) > 0 and max(values) <= 10:
                    return False
    return True


def test_all_but_one_group_count_as_a_group_too():
    """Of 100 alike, 4 are in b, 4 in c, and 95 in x: each may have none in x, both together have 3 to 8."""
    first = {"a": Counter({(MET,): 92}), "b": Counter({(MET,): 4}), "c": Counter({(MET,): 4})}
    second = {"x": Counter({(MET,): 95}), "y": Counter({(MET,): 5})}
    assert not is_hidden([first, second], Counter({(MET,): 100}))


def test_three_breakdowns_can_tell_what_no_two_of_them_tell():
    """Eight who met all are surely in a, x and p; any two of these may share six more, but never all three."""
    whole, inside = Counter({(MET, MET, MET): 8}), {key: Counter({(MET, MET, MET): 8}) for key in "axp"}
    for standing, shared in ((NOT_MET, "ax"), (NOT_ASSESSED, "ap"), (EXCLUDED, "xp")):
        for measure in range(3):
            profile = tuple(MET if place == measure else standing for place in range(3))
            whole[profile] = 30
            for name in shared:
                inside[name] = inside[name] + Counter({profile: 6})
    ways = [{name: own, f"not {name}": whole - own} for name, own in inside.items()]
    assert all(is_hidden([one, other], whole) for one in ways for other in ways if one is not other)
    assert not is_hidden(ways, whole)
