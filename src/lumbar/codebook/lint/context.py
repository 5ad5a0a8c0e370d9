"""What a check knows beside the words: the day, the rules of the nearest performance year, the subject."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache

from lumbar.codebook.lint.documents import HEADING, Document
from lumbar.codebook.lint.mentions import Mention
from lumbar.codelists import code_list
from lumbar.measures import for_year, years
from lumbar.measures.model import Measure, PerformanceYear, Stratum

_FEWEST_MENTIONS_OF_A_SUBJECT = 3
_FIRST_HEADINGS = 3
_OPENING_BLOCKS = 3


@dataclass(frozen=True, slots=True)
class Context:
    """A document with the codes it names, on a day.

    `subject` is the quality-data code the document is about; none when it is about several, or none.
    """

    document: Document
    mentions: tuple[Mention, ...]
    on: date
    rules: PerformanceYear
    subject: Mention | None

    def names_the_family(self) -> bool:
        """Whether the document names a quality-data code of the measures."""
        family = family_codes(self.rules)
        return any(mention.code in family for mention in self.mentions)


def context_of(document: Document, named: tuple[Mention, ...], on: date) -> Context:
    """The context of a document; a year without rules takes those of the nearest."""
    rules = rules_on(on)
    return Context(document, named, on, rules, _subject(document, named, family_codes(rules)))


def rules_on(on: date) -> PerformanceYear:
    """The rules of the year of a day, or of the nearest year there are rules for (of two as near, the later)."""
    return _rules_nearest(on.year)


def family_codes(rules: PerformanceYear) -> frozenset[str]:
    """The quality-data codes of the measures, those of other years among them."""
    return _family(rules.year)


def strata_of(rules: PerformanceYear, code: str) -> list[tuple[Measure, Stratum]]:
    """The strata of the year whose codes hold this one."""
    return _strata(rules.year).get(code, [])


def codes_of(stratum: Stratum) -> tuple[str, ...]:
    """The quality-data codes of a stratum: met, not met, not assessed, excluded."""
    codes = stratum.codes
    return tuple(dict.fromkeys(c for c in (codes.met, codes.not_met, codes.not_assessed, codes.excluded) if c))


def timepoint_of(rules: PerformanceYear, code: str) -> str | None:
    """The one timepoint a quality-data code stands for; none when it stands for both, or for no result."""
    found = {stratum.timepoint for _, stratum in strata_of(rules, code)}
    return found.pop() if len(found) == 1 else None


def kind_of_procedure(rules: PerformanceYear, code: str) -> str | None:
    """`fusion` or `discectomy` for a procedure that starts an episode; none for any other."""
    return _kinds(rules.year).get(code)


@cache
def _rules_nearest(year: int) -> PerformanceYear:
    return for_year(min(years(), key=lambda known: (abs(known - year), -known)))


@cache
def _family(year: int) -> frozenset[str]:
    return frozenset(entry.code for entry in code_list(year, for_year(year).quality_data_code_list))


@cache
def _strata(year: int) -> dict[str, list[tuple[Measure, Stratum]]]:
    found: dict[str, list[tuple[Measure, Stratum]]] = {}
    for measure in for_year(year).measures:
        for stratum in measure.strata:
            for code in codes_of(stratum):
                found.setdefault(code, []).append((measure, stratum))
    return found


@cache
def _kinds(year: int) -> dict[str, str]:
    return {
        entry.code: procedures.kind
        for procedures in for_year(year).procedures
        for name in (procedures.code_list, procedures.unverified_code_list)
        if name
        for entry in code_list(year, name)
        if entry.system == "cpt"
    }


def _subject(document: Document, named: tuple[Mention, ...], family: frozenset[str]) -> Mention | None:
    """The one code of the family in the first headings; without one, the code of the opening that is named most."""
    of_family = [mention for mention in named if mention.code in family]
    headings = [block for block in document.blocks if block.kind == HEADING]
    in_headings = [mention for mention in of_family if mention.block in headings]
    if in_headings:
        is_one = len({mention.code for mention in in_headings}) == 1
        return in_headings[0] if is_one and in_headings[0].block in headings[:_FIRST_HEADINGS] else None
    counted = Counter(mention.code for mention in of_family)
    if counted:
        code, n = counted.most_common(1)[0]
        first = next(mention for mention in of_family if mention.code == code)
        is_opening = first.block in document.blocks[:_OPENING_BLOCKS]
        if is_opening and n >= _FEWEST_MENTIONS_OF_A_SUBJECT and 2 * n > counted.total():
            return first
    return None
