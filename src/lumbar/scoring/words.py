"""A score in words and as JSON: each figure with what it was compared with, why, and how sure the rule is."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from textwrap import wrap
from typing import Any

from lumbar.codelists.scoring import ScoringRule, scoring_rule
from lumbar.measures.model import Cite, PerformanceYear
from lumbar.scoring import both_scores
from lumbar.scoring.completeness import Completeness, Coverage
from lumbar.scoring.measure_score import NON_PROPORTION, REASONS, MeasureScore, Points
from lumbar.scoring.surgical_log import LOG_OF_NO_CONCERN, LOG_REJECT_REASONS, SurgicalLog
from lumbar.statistics.reported import ReportedCounts
from lumbar.tables.results import NOT_RECOVERED

UNKNOWABLE = "cannot be known from these data; it needs the surgical log of all payers: --log FILE"
_WIDTH = 100
_LABEL = 15
_REJECTED_NAMED = 5


def score_lines(
    scores: Sequence[MeasureScore],
    rules: PerformanceYear,
    practice: str,
    as_of: str,
    log: SurgicalLog | None,
    reported: ReportedCounts,
) -> Iterator[str]:
    """The scores as lines for a terminal."""
    small = scoring_rule("small_practice", rules.year)
    size = f" ({small.value} clinicians at most)" if practice == "small" and small else ""
    yield f"What CMS would make of this result: performance year {rules.year}, {practice} practice{size}, as of {as_of}"
    yield f"{NOT_RECOVERED} Points say how CMS counts, not how patients are."
    if log is not None:
        yield ""
        yield from log_lines(log)
    for score in scores:
        yield ""
        yield f"{score.measure.id}  {score.measure.title}"
        for label, text in _said(score, rules):
            yield from item(label, text)
    if reported.reported:
        yield ""
        yield reported_line(reported)


def reported_line(counts: ReportedCounts) -> str:
    """How the codes already in the data compare, on one line."""
    told = (f"{n:,} {name.replace('_', ' ')}" for name, n in counts.as_json().items())
    return f"Codes already in the data, of results in the measure or excluded from it: {', '.join(told)}."


def score_json(
    scores: Sequence[MeasureScore],
    rules: PerformanceYear,
    practice: str,
    as_of: str,
    log: SurgicalLog | None,
    reported: ReportedCounts,
) -> dict[str, Any]:
    """The scores as JSON values; shares are fractions 0-1, the value compared is in percent or points."""
    return {
        "year": rules.year,
        "as_of": as_of,
        "practice": practice,
        "note": NOT_RECOVERED,
        "surgical_log": None if log is None else _log_json(log),
        "measures": [_measure_json(score, rules) for score in scores],
        "reported_codes": reported.as_json(),
    }


def item(label: str, text: str) -> Iterator[str]:
    """A labelled text as indented lines of the terminal."""
    indent = " " * (_LABEL + 2)
    yield from wrap(
        text, _WIDTH, initial_indent=f"  {label:{_LABEL}}", subsequent_indent=indent, break_on_hyphens=False
    )


def _said(score: MeasureScore, rules: PerformanceYear) -> Iterator[tuple[str, str]]:
    yield "cases", cases_words(score, rules.case_minimum_cite)
    yield "completeness", completeness_words(score, rules.data_completeness_cite)
    if score.completeness is not None:
        yield from _completeness_details(score.completeness)
    yield "benchmark", _standing_words(score, rules)
    for text in _benchmark_notes(score, rules):
        yield "", text
    yield from points_said(score)


def points_said(score: MeasureScore) -> Iterator[tuple[str, str]]:
    """The points, why they are what they are, and those of incomplete data where they differ."""
    yield "points", _points_words(score)
    yield "because", _because(score, score.points)
    if score.points_if_incomplete is not None and not score.certain_whatever_the_completeness:
        yield "if incomplete", f"{_number(score.points_if_incomplete.points)}{_rested(score.points_if_incomplete.rule)}"


def cases_words(score: MeasureScore, cite: Cite) -> str:
    """The cases and the case minimum."""
    reached = "reached" if score.cases_reached else "not reached"
    still = f"; {score.closed:,} of them judged or closed so far" if score.closed != score.cases else ""
    return (
        f"{score.cases:,}, at least {score.case_minimum} wanted: {reached}{still} [{cite.document}; {cite.confidence}]"
    )


def completeness_words(score: MeasureScore, cite: Cite) -> str:
    """The data completeness and the share wanted, or why it cannot be known."""
    wanted = "the share wanted is not known"
    if score.completeness_wanted is not None:
        wanted = f"{(score.completeness_wanted * 100).normalize():f} % wanted"
    sure = f"[{cite.document}; {cite.confidence}]"
    if score.completeness is None:
        return f"{UNKNOWABLE}; {wanted} {sure}"
    if score.completeness.overall.share is None:
        return f"undefined: the log has no operation that belongs in the measure; {wanted} {sure}"
    verdict = {True: ": reached", False: ": not reached", None: ""}[score.complete]
    return f"{_coverage_words(score.completeness.overall)}; {wanted}{verdict} {sure}"


def _coverage_words(coverage: Coverage) -> str:
    pending = f", {coverage.pending:,} still open" if coverage.pending else ""
    lacking = f", {coverage.lacking:,} lacking in the result" if coverage.lacking else ""
    share = _percent(coverage.share)
    return f"{share}, {coverage.judged:,} of {coverage.eligible:,} operations of the log judged{pending}{lacking}"


def _completeness_details(found: Completeness) -> Iterator[tuple[str, str]]:
    if found.n_not_in_log:
        yield "", f"in the measure but not in the log: {found.n_not_in_log:,}; it is not the whole log"
    for (tin, npi), part in found.by_pair.items():
        named = [f"{what} {value}" for what, value in (("TIN", tin), ("NPI", npi)) if value]
        yield "", f"{', '.join(named) or 'no TIN or NPI named'}: {_coverage_words(part)}"


def _standing_words(score: MeasureScore, rules: PerformanceYear) -> str:
    given = score.benchmark
    if given is not None:
        data_of = f", from data of {given.benchmark_year}" if given.benchmark_year else ""
        return (
            f"of the file given, for performance year {given.performance_year}{data_of}, "
            f"submitted by {given.submission_method}; published by CMS: {_published(rules)}"
        )
    return f"published by CMS: {_published(rules)}"


def _published(rules: PerformanceYear) -> str:
    cite = rules.benchmark_cite
    note = "" if cite.note in ("", rules.benchmark) else f"; {cite.note}"
    return f"{rules.benchmark} [{cite.document}, {cite.section}; {cite.confidence}{note}]"


def _benchmark_notes(score: MeasureScore, rules: PerformanceYear) -> Iterator[str]:
    for text in score.passed_over:
        yield f"not applied, a benchmark of the file for another use: {text}"
    if score.benchmark is None:
        if rules.benchmark != "none":
            yield "CMS may still publish one: the points below are those without it"
        tried = scoring_rule("performance_period_benchmark", rules.year)
        if tried is not None:
            yield (
                f"CMS tries to make one from the year itself, given at least {tried.value} {tried.note}; "
                f"the points would then follow it [{tried.source} {tried.locator}; {tried.confidence}]"
            )
        return
    cap = scoring_rule("topped_out_cap", rules.year)
    if cap is not None and score.benchmark.capped:
        yield f"topped out: at most {cap.value} points, {cap.note} [{cap.source} {cap.locator}; {cap.confidence}]"
    elif cap is not None and score.benchmark.topped_out:
        yield f"topped out, not capped by the file: at most {cap.value} points only {cap.note}"


def _points_words(score: MeasureScore) -> str:
    text = _number(score.points.points)
    if score.points.points is None or score.complete is not None:
        return text
    if score.points_if_incomplete is None or score.certain_whatever_the_completeness:
        return f"{text}, whether the data are complete or not"
    return f"{text} if the data are complete"


def _number(points: Decimal | None) -> str:
    return "none can be given" if points is None else f"{points} of 10"


def _because(score: MeasureScore, points: Points) -> str:
    text = REASONS[points.reason]
    if points.reason == "benchmark" and score.value is not None:
        place = f"decile {points.decile}" if points.decile else "before the first decile"
        text = f"the {_value_words(score)} falls in {place}: {points.earned_by_decile} points"
        if points.points != points.earned_by_decile:
            text += f", {points.points} after the floor or the cap of the year"
    return text + _rested(points.rule)


def _value_words(score: MeasureScore) -> str:
    if score.value is None:
        return "undefined value"
    if score.measure.metric_type == NON_PROPORTION:
        return f"mean change of {float(score.value):.2f} points"
    return f"rate of {float(score.value):.2f} %"


def _rested(rule: ScoringRule | None) -> str:
    if rule is None:
        return ""
    note = f"; {rule.note}" if rule.note else ""
    return f" [{rule.source}, {rule.locator}; {rule.confidence}{note}]"


def _percent(share: Fraction | None) -> str:
    """Percent with one decimal, never rounded up: 74.96 % is not 75 %."""
    if share is None:
        return "undefined"
    return both_scores.percent(share)


def log_lines(log: SurgicalLog) -> Iterator[str]:
    """The account of a surgical log: every line used, rejected or of no concern."""
    n_rejected, n_idle = sum(log.rejected.values()), sum(log.of_no_concern.values())
    yield (
        f"Surgical log: {log.n_lines:,} lines = {log.n_used:,} used + {n_rejected:,} rejected + "
        f"{n_idle:,} of no concern; {len(log.operations):,} operations"
    )
    for reason, n in log.rejected.items():
        lines = [str(line) for line, why in log.first_rejected if why == reason]
        more = ", …" if len(lines) > _REJECTED_NAMED else ""
        where = f"line {', '.join(lines[:_REJECTED_NAMED])}{more}"
        yield f"  {n:>7,}  {reason}: {LOG_REJECT_REASONS[reason]}; {where}"
    for reason, n in log.of_no_concern.items():
        yield f"  {n:>7,}  {reason}: {LOG_OF_NO_CONCERN[reason]}"
    if n_rejected > log.rejected.get("duplicate", 0):
        yield "  A rejected line counts in no completeness, though it may be an operation: correct it in the log."
    yield from wrap(_payer_words(log), _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _payer_words(log: SurgicalLog) -> str:
    if "payer" not in log.columns:
        return "The log does not say its payers; completeness is wanted over all of them."
    n_payers = len({payer.casefold() for operation in log.operations for payer in operation.payers})
    if n_payers == 1:
        return "The log names one payer alone; completeness is wanted over all of them."
    return f"The log names {n_payers} payers; completeness is wanted over all there are."


def _log_json(log: SurgicalLog) -> dict[str, Any]:
    return {
        "lines": log.n_lines,
        "used": log.n_used,
        "rejected": log.rejected,
        "of_no_concern": log.of_no_concern,
        "first_rejected": [{"line": line, "reason": reason} for line, reason in log.first_rejected],
        "operations": len(log.operations),
        "payers": _payer_words(log),
    }


def _measure_json(score: MeasureScore, rules: PerformanceYear) -> dict[str, Any]:
    given, found = score.benchmark, score.completeness
    wanted = score.completeness_wanted
    return {
        "measure_id": score.measure.id,
        "title": score.measure.title,
        "cases": score.cases,
        "closed": score.closed,
        "case_minimum": score.case_minimum,
        "case_minimum_reached": score.cases_reached,
        "case_minimum_confidence": rules.case_minimum_cite.confidence,
        "completeness_wanted": None if wanted is None else float(wanted),
        "completeness_confidence": rules.data_completeness_cite.confidence,
        "complete": score.complete,
        "completeness": UNKNOWABLE if found is None else _completeness_json(found),
        "value": None if score.value is None else float(score.value),
        "value_unit": "points" if score.measure.metric_type == NON_PROPORTION else "percent",
        "benchmark": None
        if given is None
        else {
            "benchmark_year": given.benchmark_year,
            "submission_method": given.submission_method,
            "inverse": given.inverse,
            "topped_out": given.topped_out,
            "topped_out_by_program": given.capped,
            "decile_opens": [float(value) for value in given.opens],
        },
        "benchmark_of_cms": _published(rules),
        "benchmark_notes": list(_benchmark_notes(score, rules)),
        "points": _points_json(score.points),
        "points_if_incomplete": None
        if score.points_if_incomplete is None
        else _points_json(score.points_if_incomplete),
        "because": _because(score, score.points),
    }


def _completeness_json(found: Completeness) -> dict[str, Any]:
    return {
        **_coverage_json(found.overall),
        "not_in_log": found.n_not_in_log,
        "by_tin_npi": [
            {"tin": tin or None, "surgeon_npi": npi or None, **_coverage_json(part)}
            for (tin, npi), part in found.by_pair.items()
        ],
    }


def _coverage_json(coverage: Coverage) -> dict[str, Any]:
    return {
        "share": None if coverage.share is None else float(coverage.share),
        "eligible": coverage.eligible,
        "judged": coverage.judged,
        "pending": coverage.pending,
        "lacking": coverage.lacking,
    }


def _points_json(points: Points) -> dict[str, Any]:
    rule = points.rule
    return {
        "points": None if points.points is None else float(points.points),
        "reason": points.reason,
        "decile": points.decile,
        "source": None if rule is None else f"{rule.source}, {rule.locator}",
        "confidence": None if rule is None else rule.confidence,
    }
