"""Results of one stratum exclude each other: an episode has one of them."""

import re
from collections.abc import Iterator
from itertools import combinations

from lumbar.codebook.lint.context import Context, family_codes, strata_of
from lumbar.codebook.lint.documents import ROW
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.mentions import Mention
from lumbar.codebook.lint.wording import denies
from lumbar.measures.model import PerformanceYear, Stratum

_ONE_EPISODE = re.compile(
    r"\b(?:the same|one|a single)\s+(?:patient|episode|operation|procedure|date|day|visit|score)\b", re.IGNORECASE
)
_REPORTS = re.compile(
    r"\b(?:report|bill|submit|code|use|enter|assign|record|append|add|send|sent|apply|applies|belong)\w*\b",
    re.IGNORECASE,
)
_KNOWS = re.compile(
    r"\b(?:reject|refus|warn|flag|contradict|conflict|exclud|exclusive|duplicat|only|one of|either|which|check|another|"
    r"second|two operations|each|different|separate|respectively|correct|replac|if|when|where|would|could)\w*\b",
    re.IGNORECASE,
)


def exclusive_results(rules: PerformanceYear, first: str, second: str) -> Stratum | None:
    """The stratum two codes are different results of; none where they are not, or one code stands for several."""
    for _, stratum in strata_of(rules, first):
        codes = stratum.codes
        results = {codes.met, codes.not_met, codes.not_assessed} - {codes.excluded}
        if first != second and {first, second} <= results:
            return stratum
    return None


def one_result_alone(stratum: Stratum) -> tuple[str, str]:
    """What is true of the results of a stratum, and its source."""
    codes = stratum.codes
    cite = codes.cite
    results = f"{codes.met} (met), {codes.not_met} (not met), {codes.not_assessed} (not assessed)"
    return f"an episode has one result: {results}", f"{cite.document}, {cite.section}; {cite.confidence}"


def result_findings(context: Context) -> Iterator[Finding]:
    """Two results of one stratum reported both for one patient, in one sentence."""
    family = family_codes(context.rules)
    named = [m for m in context.mentions if m.code in family and m.block.kind != ROW]
    for first, second in combinations(named, 2):
        stratum = exclusive_results(context.rules, first.code, second.code)
        line = _reported_both(first, second) if stratum and first.block is second.block else None
        if stratum and line:
            truth, source = one_result_alone(stratum)
            yield finding(
                "codes_exclude_each_other",
                first.code,
                says=f"both {first.code} and {second.code}",
                truth=truth,
                source=source,
                file=context.document.file,
                line=line,
            )


def _reported_both(first: Mention, second: Mention) -> int | None:
    """The line of the sentence that has both reported for one patient; none without one."""
    both = re.compile(rf"(?i)\bboth\s+{first.code}\s+(?:and|with|plus)\s+{second.code}\b")
    for sentence in first.block.text.sentences():
        words = sentence.words
        found = both.search(words)
        affirms = not denies(words) and not _KNOWS.search(words)
        if found and affirms and _ONE_EPISODE.search(words) and _REPORTS.search(words):
            return sentence.line(found.start())
    return None
