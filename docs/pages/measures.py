"""The rule sets: a page per measure and year, a page per year, and the lock text."""

from collections.abc import Iterator

from lumbar.codelists import code_list
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash, lock_text
from lumbar.measures.model import BothScores, Cite, Measure, PerformanceYear, Stratum
from lumbar.report import wording
from lumbar.tables.clinical import SCALES
from pages import changes
from pages.markdown import code, page, table

_EFFECTS = {
    "not_the_surgeon": "not the surgeon's procedure: the line starts no episode",
    "no_episode": "the line starts no episode",
}


def pages() -> dict[str, str]:
    """The index, every year, every measure of every year, and the lock texts."""
    made = {"measures/index.md": page(*_index())}
    for rules in map(for_year, years()):
        made[f"lock-{rules.year}.txt"] = lock_text(rules)
        made[f"measures/{rules.year}.md"] = page(*_year(rules))
        for measure in rules.measures:
            made[f"measures/{rules.year}-{measure.id}.md"] = page(*_measure(rules, measure))
    return made


def _index() -> Iterator[str]:
    yield "# Measures"
    yield ""
    yield "A measure is one value per performance year, complete in itself, and every rule in it names its source and "
    yield "how sure we are of it:"
    yield ""
    yield from table(("confidence", "means"), wording.CONFIDENCE.items())
    for rules in map(for_year, years()):
        yield f"## Performance year {rules.year}"
        yield ""
        yield f"- [Rules all measures of {rules.year} share]({rules.year}.md)"
        for measure in rules.measures:
            yield f"- [{measure.id}, {measure.title}]({rules.year}-{measure.id}.md)"
        yield f"- [Lock text](../lock-{rules.year}.txt): every leaf of the rule set as one line"
        yield "- [Code lists](../code-lists/index.md)"
        yield ""


def _year(rules: PerformanceYear) -> Iterator[str]:
    yield f"# Performance year {rules.year}"
    yield ""
    yield f"Rule set `py{rules.year}`, lock hash `{lock_hash(rules)}`."
    yield "Every result names the rule set it was made with."
    yield ""
    yield "## Operations that start an episode"
    yield ""
    yield "A line starts an episode when its code is on a list for a kind and in force on its date. A date with any "
    yield "fusion line is a fusion, otherwise a discectomy (which here includes laminectomy)."
    yield ""
    yield from table(
        ("kind", "code list", "behind a policy", "source", "confidence"),
        (
            (
                p.kind,
                _list_link(p.code_list),
                _list_link(p.unverified_code_list) if p.unverified_code_list else "",
                _source(p.cite),
                _standing(p.cite),
            )
            for p in rules.procedures
        ),
    )
    yield "## Line modifiers"
    yield ""
    yield from table(
        ("modifiers", "effect", "source", "confidence"),
        (
            (
                ", ".join(code(entry.code) for entry in code_list(rules.year, m.code_list)),
                _EFFECTS.get(m.effect, f"flag {code(m.flag)}"),
                _source(m.cite),
                _standing(m.cite),
            )
            for m in rules.modifiers
        ),
    )
    yield "## For the submission"
    yield ""
    yield from table(
        ("what", "value", "source", "confidence"),
        (
            (
                "data completeness",
                f"{rules.data_completeness * 100:.0f} % of the surgical log of all payers; not in these data",
                _source(rules.data_completeness_cite),
                _standing(rules.data_completeness_cite),
            ),
            (
                "case minimum",
                f"{rules.case_minimum} cases",
                _source(rules.case_minimum_cite),
                _standing(rules.case_minimum_cite),
            ),
            ("benchmark", rules.benchmark, _source(rules.benchmark_cite), _standing(rules.benchmark_cite)),
        ),
    )
    yield f"## What changed from {rules.year - 1}"
    yield ""
    yield from changes.of_year(rules)


def _measure(rules: PerformanceYear, measure: Measure) -> Iterator[str]:
    yield f"# {measure.id}, {measure.title} ({measure.year})"
    yield ""
    yield from _paragraph_of(measure)
    yield "## Target"
    yield ""
    yield f"{_target(measure)} Source: {_source(measure.target.cite)}, {_standing(measure.target.cite)}."
    yield ""
    yield "## Windows"
    yield ""
    yield "Local calendar dates; both ends count. Months are calendar months."
    yield ""
    windows = [("preoperative", measure.preoperative)]
    windows += [(stratum.timepoint, stratum.postoperative) for stratum in measure.strata]
    yield from table(
        ("window", "opens", "closes", "source", "confidence"),
        (
            (code(name), wording.offset(w.opens), wording.offset(w.closes), _source(w.cite), _standing(w.cite))
            for name, w in windows
        ),
    )
    yield "## Strata"
    yield ""
    if len(measure.strata) == 1:
        yield "Operations of the other kind are judged and shown, and not counted."
    else:
        yield "Each operation counts in one stratum, that of its kind. At the other timepoint it is judged and shown, "
        yield "and not counted."
    if not any(stratum.submitted_alone for stratum in measure.strata):
        yield "CMS takes one rate for the measure and no strata: the names below are ours."
    yield ""
    yield from table(
        ("stratum", "operations", "index dates", "age", "source", "confidence"),
        (_stratum_row(stratum) for stratum in measure.strata),
    )
    yield "## Codes"
    yield ""
    yield from table(
        ("timepoint", "met", "not met", "not assessed", "excluded", "source", "confidence"),
        (
            (
                code(s.timepoint),
                *map(code, (s.codes.met, s.codes.not_met, s.codes.not_assessed, s.codes.excluded)),
                _source(s.codes.cite),
                _standing(s.codes.cite),
            )
            for s in measure.strata
        ),
    )
    if measure.same_date_exclusions:
        yield "## Procedures of the same date that exclude"
        yield ""
        yield "A reported exclusion code excludes too."
        yield ""
        yield from table(
            ("category", "code list", "source", "confidence"),
            (
                (e.category, _list_link(e.code_list), _source(e.cite), _standing(e.cite))
                for e in measure.same_date_exclusions
            ),
        )
    if measure.exclusions:
        yield from _diagnoses(measure)
    yield f"## What changed from {rules.year - 1}"
    yield ""
    yield from changes.of_measure(measure)
    yield f"The rules all measures of the year share are on [the page of {rules.year}]({rules.year}.md)."


def _target(measure: Measure) -> str:
    target = measure.target
    if isinstance(target, BothScores):
        return (
            "Met when there is **a score before and one after surgery**. The measure then reports the average "
            f"improvement of those, and cannot be submitted when fewer than **{target.minimum_share:.0%}** have both."
        )
    return (
        f"Met when the postoperative score is **{target.at_most} points or less**, or better than the preoperative one "
        f"by **{target.improved_by} points or more**. Exactly the limit meets it."
    )


def _diagnoses(measure: Measure) -> Iterator[str]:
    yield "## Diagnoses that exclude"
    yield ""
    yield "Active on the index date: begun on or before it, not ended before it, and neither refuted, provisional nor "
    yield "differential. A reported exclusion code excludes too."
    yield ""
    yield from table(
        ("category", "code list", "onset", "source", "confidence"),
        (
            (
                exclusion.category,
                _list_link(exclusion.code_list),
                f"known, in the {exclusion.onset_within_days} days to the index date"
                if exclusion.onset_within_days is not None
                else "any",
                _source(exclusion.cite),
                _standing(exclusion.cite),
            )
            for exclusion in measure.exclusions
        ),
    )


def _paragraph_of(measure: Measure) -> Iterator[str]:
    meanings = {scale.name: scale.meaning for scale in SCALES}
    scales = "; ".join(f"`{name}` ({meanings[name]})" for name in measure.scales)
    overall = f", overall {code(measure.overall_algorithm)}" if measure.overall_algorithm else ""
    pathway = f", in the value pathway {code(measure.program)}" if measure.program else ""
    yield (
        f"{wording.INSTRUMENT[measure.instrument]}, {wording.INSTRUMENT_UNIT[measure.instrument]}. Scales that may be "
        f"chosen: {scales}. CMS calls it {code(measure.metric_type)}{overall}{pathway}. "
        f"Source: {_source(measure.cite)}, {_standing(measure.cite)}."
    )
    yield ""


def _stratum_row(stratum: Stratum) -> tuple[str, ...]:
    period = stratum.period
    return (
        code(stratum.name),
        wording.stratum_label(stratum),
        f"{period.starts_on} to {period.ends_on}",
        f"{period.minimum_age_years} or older on {period.age_on}",
        _source(period.cite),
        _standing(period.cite),
    )


def _source(cite: Cite) -> str:
    return f"{cite.document}, {cite.section}"


def _standing(cite: Cite) -> str:
    return f"**{cite.confidence}**" + (f": {cite.note}" if cite.note else "")


def _list_link(name: str) -> str:
    return f"[{wording.words(name)}](../code-lists/{name}.md)"
