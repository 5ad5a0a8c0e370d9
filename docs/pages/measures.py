"""The rule sets: a page per measure and year, a page per year, and the lock text."""

from collections.abc import Iterator

from lumbar.codelists import code_list
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_hash, lock_text
from lumbar.measures.model import Cite, Measure, PerformanceYear, Stratum
from lumbar.report import wording
from lumbar.tables.clinical import SCALES
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
                _list_link(rules, p.code_list),
                _list_link(rules, p.unverified_code_list) if p.unverified_code_list else "",
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


def _measure(rules: PerformanceYear, measure: Measure) -> Iterator[str]:
    target = measure.target
    yield f"# {measure.id}, {measure.title} ({measure.year})"
    yield ""
    yield from _paragraph_of(measure)
    yield "## Target"
    yield ""
    yield (
        f"Met when the postoperative score is **{target.at_most} points or less**, or better than the preoperative one "
        f"by **{target.improved_by} points or more**. Exactly the limit meets it. Source: {_source(target.cite)}, "
        f"{_standing(target.cite)}."
    )
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
    yield "Each operation counts in one stratum, that of its kind. At the other timepoint it is judged and shown, and "
    yield "not counted."
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
                _list_link(rules, exclusion.code_list),
                f"known, in the {exclusion.onset_within_days} days to the index date"
                if exclusion.onset_within_days is not None
                else "any",
                _source(exclusion.cite),
                _standing(exclusion.cite),
            )
            for exclusion in measure.exclusions
        ),
    )
    yield f"The rules all measures of the year share are on [the page of {rules.year}]({rules.year}.md)."


def _paragraph_of(measure: Measure) -> Iterator[str]:
    meanings = {scale.name: scale.meaning for scale in SCALES}
    scales = "; ".join(f"`{name}` ({meanings[name]})" for name in measure.scales)
    yield (
        f"{wording.INSTRUMENT[measure.instrument]}, {wording.INSTRUMENT_UNIT[measure.instrument]}. Scales that may be "
        f"chosen: {scales}. CMS calls it {code(measure.metric_type)}, overall {code(measure.overall_algorithm)}, "
        f"in the value pathway {code(measure.program)}. Source: {_source(measure.cite)}, {_standing(measure.cite)}."
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


def _list_link(rules: PerformanceYear, name: str) -> str:
    return f"[{wording.words(name)}](../code-lists/{rules.year}-{name}.md)"
