"""Statements on what a quality-data code is worth and whom it covers, and what a page on one leaves out."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from lumbar.codebook.lint.context import Context, codes_of, family_codes, strata_of
from lumbar.codebook.lint.documents import CSV, ROW, Text
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.mentions import Mention
from lumbar.codebook.lint.wording import DOUBT, OPERATIONS, denies
from lumbar.codelists import code_list
from lumbar.codelists.terminology import term_on
from lumbar.measures import for_year, years
from lumbar.measures.model import Cite, Codes
from lumbar.tables.clinical import NRS

_BENCHMARK = re.compile(r"\bbenchmarks?\b", re.IGNORECASE)
_OFFERED = re.compile(
    r"\b(?:publication|brief|pages?|readers?|report|analysis|article|guide|summary|document|section|overview|this code|"
    r"the code|this measure|it|[A-V]\d{4}|measure \d+)\b.*\b(?:summari[sz]e\w*|provid\w+|present(?:s|ed|ing)|includ\w+|"
    r"lists?|listed|outlin\w+|gives?|shows?|offers?|contains?|explain\w*|find\w*|learn\w*|kinds? of|compar\w+|against|"
    r"meets?|exceeds?|above|below|beats?|has)\b",
    re.IGNORECASE,
)
_STANDS = re.compile(
    r"^\s*(?:\w+\s+){0,5}?(?:(?:is|are|was|were)\s+(?:set|published|available|provided|summari[sz]ed|established|listed|"
    r"given|at|about|around|decile\s+\d|the\s+\w+\s+decile|\d)|(?:of|at)\s+\d)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"^\s*(?::|=)\s*(?:\d+(?:[.,]\d+)?\s*(?:%|percent|per cent)|decile\s+\d)", re.IGNORECASE)
_OWN = re.compile(r"\b(?:(?:our|its|their|your)\s+own|internal|local|in-house)\b", re.IGNORECASE)
_OF_A_MEASURE = re.compile(r"\bmeasures?\s+(?:no\.\s*|number\s+|#\s*)?(\d{3})\b", re.IGNORECASE)
_OF_SOFTWARE = re.compile(
    r"\b(?:engine|speed|seconds|faster|memory|patients per|throughput|make bench)\b", re.IGNORECASE
)
_KEY_PAYERS = re.compile(
    r"\b(?:key|major|main|leading|principal|top)\s+payers?\b|\bpayers?\s+coverage\b|\bcoverage\s+by\s+payers?\b",
    re.IGNORECASE,
)
_PAYS = re.compile(
    r"\b(?:this code|the code|[A-V]\d{4})\s+(?:is|are)\s+(?:\w+\s+){0,2}?(?:paid|reimbursed|payable|covered)\b"
    r"|\b(?:pays?|reimburses?|covers?)\s+(?:for\s+)?(?:this code|[A-V]\d{4})\b",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:this|the|by|as an?|a)\s+billing\s+(?:code|descriptor)\b|\bbilling\s+(?:code|descriptor)\s+[A-V]\d{4}\b"
    r"|^\s*billing code\b|^\s*service type\s*:",
    re.IGNORECASE,
)
_ANY_SURGERY = re.compile(
    r"\b(?:after|following)\s+(?:any\s+)?(?:(?:spin(?:al|e)|back)(?:\s+or\s+(?:spin(?:al|e)|back))?)\s+(?:surger(?:y|ies)|procedures?|operations?)\b",
    re.IGNORECASE,
)
_OF_THE_CODE = re.compile(
    r"\b(?:codes?|measures?|captur\w+|appl(?:y|ies)|covers?|identif\w+|describes?)\b", re.IGNORECASE
)
_NARROWED = re.compile(r"\b(?:lumbar|dis[ck]ectom\w*|laminectom\w*|fusions?|only)\b", re.IGNORECASE)
_OBJECTIVE = re.compile(
    r"\bobjective(?:ly)?\s+(?:\w+\s+){0,2}?(?:pain|patient-reported|odi|oswestry|disability)\b", re.IGNORECASE
)
_NUMERIC = re.compile(
    r"\bnumeric(?:al)?\s+(?:rating|pain|scale|score)|\bvas\s*(?:/|or)\s*(?:nrs|numeric)", re.IGNORECASE
)
_YEAR = re.compile(r"\b20\d\d\b")


def claim_findings(context: Context) -> Iterator[Finding]:
    """What a page claims of a quality-data code that is not so; a claim of a kind made twice is told once."""
    if context.document.form == CSV or not context.names_the_family():
        return
    yield from _first(context, "claimed_benchmark", _claims_a_benchmark, _benchmark_truth(context))
    yield from _first(
        context,
        "report_called_objective",
        lambda words: bool(_OBJECTIVE.search(words)) and not denies(words),
        (
            "the scores are patient-reported outcomes: what the patient says, not an objective finding",
            _cited(context.rules.measures[0].cite),
        ),
    )
    yield from _scale(context)
    if context.subject:
        yield from _of_subject(context, context.subject)
        yield from _missing_companion(context, context.subject)


def _of_subject(context: Context, subject: Mention) -> Iterator[Finding]:
    code = subject.code
    entry = next(e for e in code_list(context.rules.year, context.rules.quality_data_code_list) if e.code == code)
    source = f"{entry.source} {entry.source_version}; {entry.confidence}"
    yield from _first(
        context,
        "claimed_payment",
        lambda words: bool(_KEY_PAYERS.search(words) or _PAYS.search(words)) and not denies(words),
        (
            f"no payer pays {code}: it is not payable (OPPS status M, pricing 00), and reported through a registry",
            source,
        ),
    )
    yield from _first(
        context,
        "result_called_service",
        lambda words: bool(_SERVICE.search(words)) and not denies(words),
        (f"{code} is a quality-data code: it reports a result ({entry.note}), no service", source),
    )
    strata = strata_of(context.rules, code)
    kinds = " or ".join(sorted({OPERATIONS[stratum.kind] for _, stratum in strata}))
    if strata:
        yield from _first(
            context,
            "scope_too_wide",
            _says_any_surgery,
            (f"{code} counts after a lumbar {kinds} only", _cited(strata[0][1].codes.cite)),
        )


def _first(
    context: Context, kind: str, claims: Callable[[str], bool], truth: tuple[str, str] | None
) -> Iterator[Finding]:
    """The first sentence of the document that makes the claim, as a finding."""
    if truth is None:
        return
    code = context.subject.code if context.subject else _most_named(context)
    is_of_a_measure = kind == "claimed_benchmark"
    for text in _sentences(context):
        if claims(text.words):
            yield finding(
                kind,
                (is_of_a_measure and _named_in(context, text.words)) or code,
                says=text.words,
                truth=truth[0],
                source=truth[1],
                file=context.document.file,
                line=text.line(),
            )
            return


def _sentences(context: Context) -> Iterator[Text]:
    for block in context.document.blocks:
        for text in block.cells if block.kind == ROW else (block.text,):
            yield from text.sentences()


@cache
def _measures_of_any_year() -> frozenset[str]:
    return frozenset(measure.id for year in years() for measure in for_year(year).measures)


def _claims_a_benchmark(sentence: str) -> bool:
    measures = set(_OF_A_MEASURE.findall(sentence))
    if _OWN.search(sentence) or (measures and not measures & _measures_of_any_year()):
        return False  # of one's own making, or of another measure
    for found in _BENCHMARK.finditer(sentence):
        before = _last_words(sentence[: found.start()], 20)
        after = " ".join(sentence[found.end() :].split()[:9])
        near = f"{before} benchmark {after}"
        if denies(before) or denies(after) or DOUBT.search(near) or _OF_SOFTWARE.search(sentence):
            continue
        if _OFFERED.search(before) or _STANDS.search(after):
            return True
        if _FIGURE.search(after) and (re.search(r"\b[A-V]\d{4}\b", before) or _OF_A_MEASURE.search(before)):
            return True
    return False


def _named_in(context: Context, sentence: str) -> str | None:
    """The code a sentence is of: the one it names, or one of the measure it names; none where it names neither."""
    named = [mention.code for mention in context.mentions if mention.code in family_codes(context.rules)]
    subject = [context.subject.code] if context.subject else []
    in_sentence = [code for code in (*subject, *named) if code in sentence]
    if in_sentence:
        return in_sentence[0]
    for measure in _OF_A_MEASURE.findall(sentence):
        of_it = [code for code in (*subject, *named) if any(m.id == measure for m, _ in strata_of(context.rules, code))]
        return of_it[0] if of_it else f"measure {measure}"
    return None


def _benchmark_truth(context: Context) -> tuple[str, str] | None:
    if context.rules.benchmark != "none":
        return None
    measures = ", ".join(measure.id for measure in context.rules.measures)
    return (
        f"CMS has published no benchmark for measures {measures} ({context.rules.year})",
        _cited(context.rules.benchmark_cite),
    )


def _says_any_surgery(sentence: str) -> bool:
    return (
        _ANY_SURGERY.search(sentence) is not None
        and _OF_THE_CODE.search(sentence) is not None
        and not _NARROWED.search(sentence)
        and not denies(sentence)
    )


def _scale(context: Context) -> Iterator[Finding]:
    """A numeric scale offered in a year whose measure knows the VAS alone."""
    if not context.subject:
        return
    strata = strata_of(context.rules, context.subject.code)
    measure = strata[0][0] if strata else None
    if measure is None or NRS.name in measure.scales or measure.instrument not in NRS.instruments:
        return
    yield from _first(
        context,
        "scale_not_of_the_year",
        lambda words: bool(_NUMERIC.search(words)) and not denies(words) and not _YEAR.search(words),
        (f"in {measure.year} measure {measure.id} takes the visual analogue scale alone", _cited(measure.cite)),
    )


def _missing_companion(context: Context, subject: Mention) -> Iterator[Finding]:
    """The codes of the subject's stratum that the page does not name."""
    named = {mention.code for mention in context.mentions}
    strata = strata_of(context.rules, subject.code)
    complete = [stratum for _, stratum in strata if set(codes_of(stratum)) <= named]
    if not strata or complete or term_on("hcpcs", subject.code, context.on) is None:
        return
    stratum = max((s for _, s in strata), key=lambda s: len(named & set(codes_of(s))))
    roles = zip(("met", "not met", "not assessed", "exclusion"), _four(stratum.codes), strict=True)
    missing = [f"{code} ({role})" for code, role in _by_code(roles).items() if code and code not in named]
    yield finding(
        "missing_companion",
        subject.code,
        says=f"a page on {subject.code} that does not name {', '.join(missing)}",
        truth=f"an episode of this stratum takes one of {', '.join(codes_of(stratum))}",
        source=_cited(stratum.codes.cite),
        file=context.document.file,
        line=subject.line,
    )


def _four(codes: Codes) -> tuple[str, str, str, str]:
    return codes.met, codes.not_met, codes.not_assessed, codes.excluded


def _by_code(roles: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The roles of each code; in some years two share one."""
    found: dict[str, str] = {}
    for role, code in roles:
        found[code] = f"{found[code]}, {role}" if code in found else role
    return found


def _most_named(context: Context) -> str:
    family = family_codes(context.rules)
    named = [mention.code for mention in context.mentions if mention.code in family]
    return max(named, key=named.count, default="")


def _last_words(text: str, n: int) -> str:
    return " ".join(text.split()[-n:])


def _cited(cite: Cite) -> str:
    return f"{cite.document}, {cite.section}; {cite.confidence}"
