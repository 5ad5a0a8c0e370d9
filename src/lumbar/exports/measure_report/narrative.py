"""The text of a summary, for a person who reads it: the counts, the score, and whether they may still change."""

from collections.abc import Iterator
from dataclasses import replace
from html import escape

from lumbar.exports.leaving import Leaving, leaving_rows, limited_rules, unfinished
from lumbar.exports.measure_report.guide import Resource
from lumbar.exports.measure_report.populations import PROPORTION, Group, Tally, groups_of, tally_of_counts
from lumbar.exports.rate_words import rate_words
from lumbar.measures.model import Measure
from lumbar.tables.results import NOT_RECOVERED


def narrative(leaving: Leaving, measure: Measure) -> Resource:
    """The generated text of the summary of a measure."""
    paragraphs = "".join(f"<p>{escape(sentence, quote=False)}</p>" for sentence in _sentences(leaving, measure))
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</div>'}


def _sentences(leaving: Leaving, measure: Measure) -> Iterator[str]:
    yield f"{measure.title}, MIPS quality measure {measure.id} of {measure.year}, as of {leaving.run['as_of']}."
    for group in groups_of(measure):
        yield _counted(group, tally_of_counts(group, leaving.counts_of(measure)))
    if reasons := _unfinished(leaving, measure):
        yield (
            f"Interim: {'; '.join(reasons)}. Open and upcoming operations stand in the denominator; the score is over "
            "those judged, not numerator / denominator."
        )
    yield NOT_RECOVERED


def _counted(group: Group, tally: Tally) -> str:
    score = tally.score(group.scoring)
    shown = "undefined" if score is None else f"{score.normalize():f}"
    if group.scoring == PROPORTION:
        return (
            f"{group.link_id}: {tally.eligible} operations in the denominator, {tally.met} met, "
            f"{tally.judged - tally.met} not met, {tally.not_assessed} of these not assessed, "
            f"{tally.eligible - tally.judged} open or upcoming; score {shown}."
            + (f" That is {rate_words(tally.met, tally.judged, tally.not_assessed)}." if tally.judged else "")
        )
    return f"{group.link_id}: {tally.met} operations with both scores; mean improvement in points {shown}."


def _unfinished(leaving: Leaving, measure: Measure) -> list[str]:
    """Why the counts of this measure may still change."""
    rules = limited_rules(leaving.rules, [measure.id])
    return unfinished(replace(leaving, rules=rules, rows=leaving_rows(leaving.rows, rules, None)))
