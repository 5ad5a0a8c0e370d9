"""The rule set as the page shows it: each rule in words, its source, and how sure we are of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from lumbar.codelists import code_list, code_list_names
from lumbar.measures.model import BothScores, Cite, Measure, PerformanceYear, Stratum
from lumbar.report import wording

CERTAIN = "certain"
CONFIDENCES = tuple(wording.CONFIDENCE)  # the least sure first


@dataclass(frozen=True, slots=True)
class Sourced:
    """One source and its confidence, and the rules of the set that rest on it."""

    cite: Cite
    rules: tuple[str, ...]


def sourced_rules(rules: PerformanceYear) -> list[Sourced]:
    """Every citation of the rule set once, the least sure first, with the rules that rest on it."""
    found: dict[Cite, list[str]] = {}
    for where, cite in _cites("", rules):
        uses = found.setdefault(cite, [])
        if where not in uses:
            uses.append(where)
    order = {confidence: place for place, confidence in enumerate(CONFIDENCES)}
    listed = [Sourced(cite, tuple(uses)) for cite, uses in found.items()]
    return sorted(listed, key=lambda s: order.get(s.cite.confidence, -1))


@dataclass(frozen=True, slots=True)
class CodeListStanding:
    """One code list: how many codes, and how many of each confidence."""

    name: str
    n_codes: int
    by_confidence: tuple[tuple[str, int], ...]
    sources: tuple[str, ...]


def code_list_standings(rules: PerformanceYear) -> list[CodeListStanding]:
    """Every code list of the year by name."""
    standings = []
    for name in code_list_names(rules.year):
        entries = code_list(rules.year, name)
        confidence = Counter(entry.confidence for entry in entries)
        sources = tuple(sorted({entry.source for entry in entries}))
        by_confidence = tuple((c, confidence[c]) for c in CONFIDENCES if confidence[c])
        standings.append(CodeListStanding(name, len(entries), by_confidence, sources))
    return standings


@dataclass(frozen=True, slots=True)
class StratumRules:
    """The rules of one stratum in words."""

    measure: Measure
    stratum: Stratum
    label: str
    target: str
    preoperative: str
    postoperative: str
    period: str
    least_sure: str


def stratum_rules(rules: PerformanceYear) -> list[StratumRules]:
    """One entry per measure and stratum, in order."""
    return [_stratum_rules(measure, stratum) for measure in rules.measures for stratum in measure.strata]


def doubts(rules: PerformanceYear, postoperative: str) -> list[str]:
    """What a reader must know about the rules that are not certain, one sentence each.

    `postoperative` is the policy's choice of the score that counts.
    """
    strata = [stratum for measure in rules.measures for stratum in measure.strata]
    said = (
        (
            [p.cite for p in rules.procedures],
            "The steward’s lists of procedure codes are not public: ours are candidates. "
            "An operation counted here may not be counted by CMS, and the other way round.",
        ),
        (
            [e.cite for m in rules.measures for e in m.exclusions],
            "The lists of excluding diagnoses are engineered from the ICD-10-CM tabular; "
            "only their categories come from the text of the code.",
        ),
        (
            [e.cite for m in rules.measures for e in m.same_date_exclusions],
            "The list of other spine procedures that exclude on the same date is engineered.",
        ),
        (
            [s.period.cite for s in strata],
            "The identification periods and the age date are derived from published windows, not read in the measure.",
        ),
        (
            [s.codes.cite for s in strata],
            "What each quality-data code means is published; which of them a stratum takes is partly our reading.",
        ),
        (
            [m.cite for m in rules.modifiers],
            "What a modifier does to a line follows from its definition, not from the measure.",
        ),
    )
    sentences = [sentence for cites, sentence in said if any(cite.confidence != CERTAIN for cite in cites)]
    return [
        *sentences,
        "Which score counts when a window holds several is not said in public: "
        f"this result took the {postoperative} one, a choice of its policy.",
    ]


def target_words(measure: Measure) -> str:
    """What is met in words: `postoperative score 3.0 or less, or better by 5.0 or more`."""
    target = measure.target
    if isinstance(target, BothScores):
        return (
            f"a score before and one after surgery, which {target.minimum_share:.0%} must have; then the average change"
        )
    return f"postoperative score {target.at_most} or less, or better by {target.improved_by} or more"


def met_words(measure: Measure) -> str:
    """What met means in a word or two: `met`, or `with both scores`."""
    return "with both scores" if isinstance(measure.target, BothScores) else "met"


def _stratum_rules(measure: Measure, stratum: Stratum) -> StratumRules:
    pre, post, period = measure.preoperative, stratum.postoperative, stratum.period
    confidences = {cite.confidence for _, cite in _cites("", stratum)}
    return StratumRules(
        measure=measure,
        stratum=stratum,
        label=wording.stratum_label(stratum),
        target=target_words(measure),
        preoperative=f"{wording.offset(pre.opens)} to {wording.offset(pre.closes)}",
        postoperative=f"{wording.offset(post.opens)} to {wording.offset(post.closes)}",
        period=f"{period.starts_on} to {period.ends_on}; {period.minimum_age_years} or older on {period.age_on}",
        least_sure=next(c for c in CONFIDENCES if c in confidences),
    )


def _cites(where: str, value: object) -> Iterator[tuple[str, Cite]]:
    if isinstance(value, Cite):
        yield where, value
    elif isinstance(value, tuple):
        for item in value:
            yield from _cites(where, item)
    elif is_dataclass(value) and not isinstance(value, type):
        here = _named(where, value)
        for field in fields(value):
            nested = getattr(value, field.name)
            inside = here
            if is_dataclass(nested) and field.name != "cite":
                inside = _joined(here, wording.words(field.name.removesuffix("_cite")))
            yield from _cites(inside, nested)


def _named(where: str, value: object) -> str:
    """The place of a rule in words, from what the value is called."""
    if isinstance(value, Measure):
        return f"measure {value.id}"
    if isinstance(value, Stratum):
        return _joined(where, wording.stratum_label(value))
    category = getattr(value, "category", None)
    if category:
        return _joined(where, f"exclusion: {category}")
    listed = getattr(value, "code_list", None)
    return _joined(where, wording.words(listed)) if listed else where


def _joined(where: str, step: str) -> str:
    return f"{where}, {step}" if where else step
