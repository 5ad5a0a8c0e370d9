"""What is wrong with coded lines: codes on their own day, modifiers, diagnoses together, visits, timepoints."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import combinations

from lumbar.codebook.lint.coded_file import CodedLine, coded_lines
from lumbar.codebook.lint.context import Context, family_codes, kind_of_procedure, rules_on, strata_of, timepoint_of
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.modifiers import SOURCE, TRUTH
from lumbar.codebook.lint.named_codes import source_of, standing
from lumbar.codebook.lint.results_together import exclusive_results, one_result_alone
from lumbar.codelists import checks, code_list
from lumbar.codelists.terminology import exclude_each_other
from lumbar.engine.reference_dates import window_of
from lumbar.measures import for_year
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, THREE_MONTH

_WRONG = {(FUSION, THREE_MONTH): "fusion_at_three_months", (DISCECTOMY, ONE_YEAR): "discectomy_at_one_year"}
_SPOKEN = {THREE_MONTH: "three months", ONE_YEAR: "one year"}
_STARTS_NONE = ("not_the_surgeon", "no_episode")


@dataclass(frozen=True, slots=True)
class _Operation:
    """The qualifying lines of one patient and day: a fusion if any of them is."""

    on: date
    kind: str
    clinicians: frozenset[str]


def line_findings(context: Context) -> Iterator[Finding]:
    """The findings of a CSV file, line by line, then those of several lines. No patient's value is told."""
    lines = coded_lines(context.document, context.mentions)
    for line in lines:
        yield from _codes(context, line)
        yield from _modifiers(context, line)
    yield from _diagnoses_together(context, lines)
    for operations, of_patient in _by_patient(context, lines):
        for line in of_patient:
            yield from _visits(context, line, operations)
            yield from _timepoints(context, line, operations)
        yield from _results_together(context, of_patient, operations)


def _codes(context: Context, line: CodedLine) -> Iterator[Finding]:
    for mention in (*line.codes, *line.diagnoses):
        found = standing(mention.system, mention.code, line.on or context.on)
        if found:
            kind, truth, source = found
            said = f"{mention.code} coded on {line.on}" if line.on else f"{mention.code} coded"
            yield _found(context, line, kind, mention.code, said, truth, source)


def _modifiers(context: Context, line: CodedLine) -> Iterator[Finding]:
    family = family_codes(context.rules)
    for mention in line.codes:
        if mention.code in family and line.modifiers:
            said = f"{mention.code} with modifier {', '.join(line.modifiers)}"
            yield _found(context, line, "modifier_on_quality_data_line", mention.code, said, TRUTH, SOURCE)


def _diagnoses_together(context: Context, lines: tuple[CodedLine, ...]) -> Iterator[Finding]:
    """Pairs on one line, or on one claim where the file names claims; each pair once."""
    claims: dict[tuple[str, ...], list[tuple[CodedLine, str]]] = {}
    for line in lines:
        key = (line.patient or "", line.claim) if line.claim else ("", "", str(line.line))
        claims.setdefault(key, []).extend((line, mention.code) for mention in line.diagnoses)
    for of_claim in claims.values():
        seen = set()
        for (_, first), (line, second) in combinations(of_claim, 2):
            note = exclude_each_other(first, second, line.on or context.on)
            pair = frozenset((first, second))
            if note and pair not in seen:
                seen.add(pair)
                said = f"{first} beside {second} on one {'claim' if line.claim else 'line'}"
                truth = (
                    f"{first} and {second} exclude each other (Excludes1 of {note.code}): "
                    "never together for one condition"
                )
                yield _found(context, line, "codes_exclude_each_other", first, said, truth, source_of(note))


def _by_patient(
    context: Context, lines: tuple[CodedLine, ...]
) -> Iterator[tuple[tuple[_Operation, ...], list[CodedLine]]]:
    """The operations and the dated lines of each patient the file names."""
    patients: dict[str, list[CodedLine]] = {}
    for line in lines:
        if line.patient and line.on:
            patients.setdefault(line.patient, []).append(line)
    for of_patient in patients.values():
        yield _operations(context, of_patient), of_patient


def _operations(context: Context, lines: list[CodedLine]) -> tuple[_Operation, ...]:
    days: dict[date, list[tuple[str, str | None]]] = {}
    for line in lines:
        kinds = {kind_of_procedure(context.rules, m.code) for m in line.codes if m.system == "cpt"} - {None}
        if line.on and kinds and not set(line.modifiers) & _modifiers_that_start_none(context.rules.year):
            days.setdefault(line.on, []).extend((kind, line.clinician) for kind in kinds if kind)
    return tuple(
        _Operation(
            on,
            FUSION if FUSION in {kind for kind, _ in found} else DISCECTOMY,
            frozenset(clinician for _, clinician in found if clinician),
        )
        for on, found in sorted(days.items())
    )


@cache
def _modifiers_that_start_none(year: int) -> frozenset[str]:
    rules = for_year(year)
    return frozenset(
        entry.code
        for rule in rules.modifiers
        if rule.effect in _STARTS_NONE
        for entry in code_list(rules.year, rule.code_list)
    )


def _visits(context: Context, line: CodedLine, operations: tuple[_Operation, ...]) -> Iterator[Finding]:
    period = checks.global_period()
    codes = {visit.code for visit in checks.evaluation_visits()}
    for mention in line.codes:
        if mention.code not in codes or set(line.modifiers) & set(period.exempt_modifiers) or not line.on:
            continue
        for operation in operations:
            day = (line.on - operation.on).days
            another = line.clinician and operation.clinicians and line.clinician not in operation.clinicians
            if 1 <= day <= period.days and not another:
                truth = (
                    f"days 1-{period.days} are in the operation's global period: a related visit of the surgeon is "
                    f"{period.postoperative_visit}; an unrelated one carries modifier "
                    f"{' or '.join(period.exempt_modifiers)}"
                )
                said = f"{mention.code} on day {day} after a lumbar {operation.kind}"
                source = f"{period.source}; {period.confidence}"
                yield _found(context, line, "visit_in_global_period", mention.code, said, truth, source)
                break


def _timepoints(context: Context, line: CodedLine, operations: tuple[_Operation, ...]) -> Iterator[Finding]:
    """A result code dated in its window after operations of the other kind alone."""
    if not line.on:
        return
    rules = rules_on(line.on)
    for mention in line.codes:
        timepoint = timepoint_of(rules, mention.code)
        strata = [stratum for _, stratum in strata_of(rules, mention.code) if stratum.timepoint == timepoint]
        if not timepoint or not strata:
            continue
        kinds = set()
        for operation in operations:
            opens, closes = window_of(operation.on, strata[0].postoperative)
            if opens <= line.on <= closes:
                kinds.add(operation.kind)
        if len(kinds) == 1 and (*kinds, timepoint) in _WRONG:
            (kind,) = kinds
            cite = strata[0].codes.cite
            yield _found(
                context,
                line,
                _WRONG[kind, timepoint],
                mention.code,
                f"{mention.code} after a lumbar {kind}",
                f"{mention.code} counts for a {strata[0].kind} at {_SPOKEN[timepoint]}; a {kind} is in another stratum",
                f"{cite.document}, {cite.section}; {cite.confidence}",
            )


def _results_together(
    context: Context, lines: list[CodedLine], operations: tuple[_Operation, ...]
) -> Iterator[Finding]:
    """Two results of one stratum on one day, each pair once; two operations in reach may have a result each."""
    days: dict[date, list[tuple[CodedLine, str]]] = {}
    for line in lines:
        if line.on:
            days.setdefault(line.on, []).extend((line, mention.code) for mention in line.codes)
    for on, of_day in days.items():
        seen = set()
        for (_, first), (line, second) in combinations(of_day, 2):
            stratum = exclusive_results(rules_on(on), first, second)
            pair = frozenset((first, second))
            if stratum is None or pair in seen:
                continue
            windows = [window_of(operation.on, stratum.postoperative) for operation in operations]
            if sum(opens <= on <= closes for opens, closes in windows) > 1:
                continue
            seen.add(pair)
            truth, source = one_result_alone(stratum)
            said = f"{first} and {second} for one patient on one day"
            yield _found(context, line, "codes_exclude_each_other", first, said, truth, source)


def _found(context: Context, line: CodedLine, kind: str, code: str, says: str, truth: str, source: str) -> Finding:
    return finding(kind, code, says=says, truth=truth, source=source, file=context.document.file, line=line.line)
