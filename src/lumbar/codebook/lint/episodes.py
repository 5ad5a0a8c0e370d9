"""Statements on operations, visits and questionnaires: what counts when, what may be billed when, for what."""

import re
from collections.abc import Iterator

from lumbar.codebook.lint.context import Context, kind_of_procedure, timepoint_of
from lumbar.codebook.lint.documents import CSV, PARAGRAPH, ROW, Text
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.mentions import Mention
from lumbar.codebook.lint.wording import (
    code_given,
    denies,
    denies_counting,
    kinds_in,
    names_both_kinds,
    says_it_counts,
    timepoints_in,
)
from lumbar.codelists import checks
from lumbar.measures.model import Stratum
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, THREE_MONTH

_WRONG = {(FUSION, THREE_MONTH): "fusion_at_three_months", (DISCECTOMY, ONE_YEAR): "discectomy_at_one_year"}
_SPOKEN = {THREE_MONTH: "three months", ONE_YEAR: "one year"}
_MEASURED = re.compile(r"\b(?:outcomes?|assess\w*|scor\w+|measur\w+|count\w*|judged)\b", re.IGNORECASE)
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = rf"\d{{1,3}}|{'|'.join(_NUMBERS)}"
_DAYS_OF = {"day": 1, "pod": 1, "week": 7}
_SINCE_SURGERY = re.compile(
    rf"\b({_NUMBER})(?:\s*(?:-|–|to)\s*(?:{_NUMBER}))?[\s-]*(day|week)s?\s+(?:after|following|post\w*|from)\b",
    re.IGNORECASE,
)
_OF_SURGERY = re.compile(r"\b(?:surg|operat|post-?op|fusion|fused|pod\b)|ectom|otomy|decompress", re.IGNORECASE)
_ON_DAY = re.compile(r"\b(day|week|pod)s?[\s-]*(\d{1,3})\b", re.IGNORECASE)
_ON_POSTOPERATIVE_DAY = re.compile(r"\b(?:post-?op\w*\s+day|pod)[\s-]*(\d{1,3})\b", re.IGNORECASE)
_KNOWS_THE_PERIOD = re.compile(
    r"\bglobal\b|\bunrelated\b|\bonly after\b|\bbeyond\b|\bprimary care\b|\bfamily (?:physician|doctor)\b|\binternist\b"
    r"|\b\w+ologists?\b"
    r"|\b(?:an)?other\s+(?:clinician|physician|doctor|provider|practice|group|specialty)\b",
    re.IGNORECASE,
)


def timepoint_findings(context: Context) -> Iterator[Finding]:
    """A fusion shown at three months, or a discectomy at one year, as if it counted."""
    if not context.names_the_family():
        return
    for block in context.document.blocks:
        if block.kind == PARAGRAPH:
            yield from _in_paragraph(context, block.text)
    for mention in context.mentions:
        if mention.block.kind == ROW and mention.cell is not None:
            yield from _in_row(context, mention)


def visit_findings(context: Context) -> Iterator[Finding]:
    """An evaluation visit shown where the global period still runs."""
    period = checks.global_period()
    codes = {visit.code for visit in checks.evaluation_visits()}
    for mention in context.mentions:
        if mention.code not in codes:
            continue
        for words, line in _statements(mention):
            knows = _KNOWS_THE_PERIOD.search(words) or period.postoperative_visit in words or denies(words)
            exempt = re.search(rf"\b(?:modifier\s+|{mention.code}-)(?:{'|'.join(period.exempt_modifiers)})\b", words)
            if _begins_within(context, words, period.days) and not knows and not exempt:
                yield finding(
                    "visit_in_global_period",
                    mention.code,
                    says=f"{mention.code}: {words}",
                    truth=f"related visits on days 1-{period.days} after the operation are in its global period and "
                    f"reported as {period.postoperative_visit}; {mention.code} only from day {period.days + 1} on, "
                    "or for an unrelated problem",
                    source=f"{period.source}; {period.confidence}",
                    file=context.document.file,
                    line=line,
                )
                break


def instrument_findings(context: Context) -> Iterator[Finding]:
    """A questionnaire code used for a score it is not for; in a coded file, by its labels alone, each code once."""
    is_coded = context.document.form == CSV
    told: set[str] = set()
    for mention in context.mentions:
        for code in checks.instrument_codes():
            if mention.code != code.code or (is_coded and code.code in told):
                continue
            statements = _label_of(mention) if is_coded else _statements(mention, by_clause=True)
            for words, line in statements:
                if _has(words, code.is_not_for) and not _has(words, code.measures) and not denies(words):
                    told.add(code.code)
                    yield finding(
                        "instrument_code_misused",
                        mention.code,
                        says=f"{mention.code}: {words}",
                        truth=f"{mention.code} is {code.truth}",
                        source=f"{code.source}; {code.confidence}",
                        file=context.document.file,
                        line=line,
                    )
                    break


def _in_paragraph(context: Context, text: Text) -> Iterator[Finding]:
    kinds, timepoints = kinds_in(text.words), timepoints_in(text.words, context.rules)
    if len(kinds) != 1 or len(timepoints) != 1 or names_both_kinds(text.words):
        return
    kind = _WRONG.get((*kinds, *timepoints))  # type: ignore[arg-type]
    if not kind:
        return
    given = code_given(text.words)
    counted = says_it_counts(text.words) or (given and timepoint_of(context.rules, given) in timepoints)
    if not counted or any(denies_counting(clause.words) for clause in text.clauses()):
        return
    shown = next((s for s in text.sentences() if says_it_counts(s.words) or code_given(s.words)), text)
    code = context.subject.code if context.subject else ""
    named = [m.code for m in context.mentions if m.block.text is text and m.system == "hcpcs"]
    yield _wrong_timepoint(context, kind, named[0] if named else code, shown.words, shown.line())


def _in_row(context: Context, mention: Mention) -> Iterator[Finding]:
    procedure = kind_of_procedure(context.rules, mention.code) if mention.system == "cpt" else None
    if not procedure:
        return
    for cell in mention.block.cells:
        timepoints = timepoints_in(cell.words, context.rules)
        kind = _WRONG.get((procedure, *timepoints)) if len(timepoints) == 1 else None  # type: ignore[arg-type]
        if kind and _MEASURED.search(cell.words) and not denies(cell.words):
            yield _wrong_timepoint(context, kind, mention.code, f"{mention.code}: {cell.words}", cell.line())


def _wrong_timepoint(context: Context, kind: str, code: str, says: str, line: int) -> Finding:
    operation, shown = next(pair for pair, name in _WRONG.items() if name == kind)
    strata = [(measure, s) for measure in context.rules.measures for s in measure.strata if s.kind == operation]
    cite = strata[0][1].postoperative.cite
    right = next((s.timepoint for _, s in strata), shown)
    codes = ", ".join(_result_codes(s) for _, s in strata)
    return finding(
        kind,
        code,
        says=says,
        truth=f"a {operation} counts at {_SPOKEN[right]} ({codes}); at {_SPOKEN[shown]} it is in no stratum",
        source=f"{cite.document}, {cite.section}; {cite.confidence}",
        file=context.document.file,
        line=line,
    )


def _result_codes(stratum: Stratum) -> str:
    return f"{stratum.codes.met}/{stratum.codes.not_met}/{stratum.codes.not_assessed}"


def _statements(mention: Mention, *, by_clause: bool = False) -> Iterator[tuple[str, int]]:
    """What is said of a code: the other cells of its row, or the sentences that name it."""
    if mention.block.kind == ROW:
        texts = [cell for i, cell in enumerate(mention.block.cells) if i != mention.cell]
    else:
        texts = [s for s in mention.block.text.sentences() if mention.code in s.words]
    for text in texts:
        for part in text.clauses() if by_clause else [text]:
            if mention.block.kind == ROW or mention.code in part.words:
                yield part.words, part.line()


def _label_of(mention: Mention) -> Iterator[tuple[str, int]]:
    if mention.label:
        yield mention.label.words, mention.label.line()


def _begins_within(context: Context, words: str, days: int) -> bool:
    """Whether a text names a time after surgery that begins within so many days; a day beyond them clears it."""
    told = [_days(number, unit) for number, unit in _SINCE_SURGERY.findall(words)]
    named_days = [int(n) * _DAYS_OF[unit.lower()] for unit, n in _ON_DAY.findall(words)]
    if any(day > days for day in (*told, *named_days)):
        return False
    named = timepoints_in(words, context.rules)
    for measure in context.rules.measures:
        for stratum in measure.strata:
            opens = stratum.postoperative.opens
            if stratum.timepoint in named and not opens.months and opens.days <= days:
                return True
    if not _OF_SURGERY.search(words):
        return False
    return any(0 < day <= days for day in (*told, *map(int, _ON_POSTOPERATIVE_DAY.findall(words))))


def _days(number: str, unit: str) -> int:
    n = int(number) if number.isdigit() else _NUMBERS.index(number.lower()) + 1
    return n * _DAYS_OF[unit.lower()]


def _has(words: str, beginnings: tuple[str, ...]) -> bool:
    return re.search(rf"(?i)\b(?:{'|'.join(map(re.escape, beginnings))})", words) is not None
