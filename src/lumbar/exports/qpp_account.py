"""What the terminal shows beside a submission: cases, completeness, rate and points of each measure that leaves."""

from collections.abc import Iterator, Mapping, Sequence

from lumbar.exports.leaving import Counts, Leaving, Lines
from lumbar.exports.rate_words import rate_words, share
from lumbar.measures.model import BothScores, Measure
from lumbar.scoring import MeasureScore, SurgicalLog
from lumbar.scoring.words import cases_words, completeness_words, item, log_lines, points_said
from lumbar.tables.results import NOT_RECOVERED


def account_lines(
    leaving: Leaving, by_practice: Mapping[str, Sequence[MeasureScore]], log: SurgicalLog | None
) -> Lines:
    """The account of a submission, for practices of the sizes scored.

    The scores are those of the rows that leave; the log is shown whole, as it was read.
    """
    return [(line, False) for line in _lines(leaving, by_practice, log)]


def _lines(
    leaving: Leaving, by_practice: Mapping[str, Sequence[MeasureScore]], log: SurgicalLog | None
) -> Iterator[str]:
    who = "the whole practice" if leaving.npi is None else f"NPI {leaving.npi}"
    yield f"Performance year {leaving.rules.year}, {who}, as of {leaving.run['as_of']}"
    yield f"{NOT_RECOVERED} Points say how CMS counts, not how patients are."
    if log is not None:
        yield from log_lines(log)
    for place, measure in enumerate(leaving.rules.measures):
        scores = {size: of_size[place] for size, of_size in by_practice.items()}
        score = next(iter(scores.values()))
        yield ""
        yield f"{measure.id}  {measure.title}"
        yield from item("cases", cases_words(score, leaving.rules.case_minimum_cite))
        yield from item("completeness", completeness_words(score, leaving.rules.data_completeness_cite))
        if score.completeness is not None and score.completeness.n_not_in_log:
            yield from item("", f"in the file but not among theirs in the log: {score.completeness.n_not_in_log:,}")
        for label, text in _result(leaving, measure):
            yield from item(label, text)
        for size, of_size in scores.items():
            for label, text in points_said(of_size):
                yield from item(f"points, {size}" if label == "points" else label, text)
    yield ""
    yield "Nothing is sent: the file goes to CMS by your registry's own hand."


def _result(leaving: Leaving, measure: Measure) -> Iterator[tuple[str, str]]:
    whole = leaving.overall_of(measure)
    closed = whole.met + whole.not_met
    if isinstance(measure.target, BothScores):
        yield "both scores", f"{share(whole.met, closed)}, {whole.met:,} of {closed:,} judged or closed"
        mean = f"{whole.improvement_sum / whole.met:.2f} points" if whole.met else "undefined"
        yield "mean change", mean
        return
    strata = [counts for counts in leaving.counts_of(measure) if counts is not whole]
    yield "rate", _rate(whole)
    for counts in strata:
        yield "", f"{counts.stratum}: {_rate(counts)}"


def _rate(counts: Counts) -> str:
    return rate_words(counts.met, counts.met + counts.not_met, counts.not_assessed)
