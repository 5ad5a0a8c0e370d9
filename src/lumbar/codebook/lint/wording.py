"""How English says the few things the checks look for: denial, timepoints, kinds of operation, counting."""

import re

from lumbar.measures.model import PerformanceYear
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, THREE_MONTH

DENIAL = re.compile(
    r"\b(?:no|not|non|never|none|nor|neither|without|cannot|can't|isn't|aren't|doesn't|don't|didn't|won't|wasn't|"
    r"weren't|nobody|nothing|nowhere|false|falsely|wrong|wrongly|incorrect\w*|mistak\w*|error|myth|contrary|instead|"
    r"rather than|outside|unless|lacks?|lacking|absent|absence|unavailable|unpublished)\b",
    re.IGNORECASE,
)
DOUBT = re.compile(r"\b(?:if|unless|would|could|might|may|tries|whether|should)\b", re.IGNORECASE)

_NEGATIVE_RESULT = re.compile(r"\bnot[\s-]+(?:met|assessed|measured|improved|reached)\b", re.IGNORECASE)
_BEFORE_SURGERY = re.compile(
    r"\bwithin\s+(?:the\s+)?(?:three|3)[\s-]+months?\s+(?:\w+\s+){0,3}?"
    r"(?:before|prior|pre-?operativ\w*|preceding|of surgery)"
    r"|\b(?:three|3)[\s-]+months?\s+(?:before|prior\s+to|pre-?op\w*|preceding)"
    r"|\bpre-?operativ\w*\s+(?:\w+\s+){0,4}?\(?within\s+(?:three|3)\s+months?\)?"
    r"|\bwithin\s+(?:three|3)\s+months?\s+pre",
    re.IGNORECASE,
)
_NAMES = {
    THREE_MONTH: r"\b(?:three|3)[\s-]*months?\b",
    ONE_YEAR: r"\b(?:one|1)[\s-]*years?\b(?!\s*old)|\b(?:twelve|12)[\s-]*months?\b",
}
_FUSION = re.compile(r"\b(?:fusions?|fused|arthrodes[ie]s|interbody|[tpaxod]lif)\b", re.IGNORECASE)
_DISCECTOMY = re.compile(r"\b(?:micro|hemi)?(?:dis[ck]ectom|laminectom|laminotom)\w*|\bdecompress\w*", re.IGNORECASE)
_NO_FUSION = re.compile(
    r"\b(?:without|no|not|non)[\s-]+(?:\w+\s+){0,2}?(?:fusions?|fused|arthrodesis|instrumentation)\b", re.IGNORECASE
)
_COUNTS = re.compile(
    r"\b(?:meet\w*|met|satisf\w*|fulfil\w*)\s+(?:\w+\s+){0,3}?(?:criteri\w+|definition|descriptor|requirements?|code|measure|numerator)"
    r"|\bqualif\w+|\b(?:is|are|was|were|be)\s+counted\b|\bcounts?\s+(?:towards?|for|in|as)\b|\beligible\b"
    r"|\b(?:cod|report)ed\s+(?:as|with|by|using)\b|\b(?:code|report)s?\s+[A-V]\d{4}\b|\b[A-V]\d{4}\s+(?:is\s+)?applie[sd]\b"
    r"|\b[A-V]\d{4}\s*is\s+(?:applicable|reported|assigned|used|given)\b",
    re.IGNORECASE,
)
# A code given in few words; what it is given for is in no stratum only where the code is one of that timepoint.
_GIVEN = re.compile(
    r"(?:\b(?:meets|meeting|fulfils|fulfills)\s+"
    r"|\bmonths?\s*:\s+|\byears?\s*:\s+"
    r"|\b(?:scored|rated|judged|assessed|documented|captured)\s+(?:[\w-]+\s+){0,7}?(?:with|as|by|under)\s+"
    r"|\bthe\s+code\s+is\s+)([A-V]\d{4})\b",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(
    r"\b(?:own\s+(?:text|words)|descriptor\w*|views?|says|literal\w*|word for word|regardless|whatever|although|though|"
    r"clinical\w*|only|merely|another|other|strat\w+|example of|mistakes?|rejected|accused?|finds?|found|compare\w*|"
    r"question|if|would|could|might|may|whether|should|but|however)\b",
    re.IGNORECASE,
)
_OF_COUNTING = re.compile(
    r"\b(?:count\w*|qualif\w*|eligib\w*|strat\w+|measures?|criteri\w+|denominator|scored|cod\w+|apply|applies|"
    r"belongs?)\b|\b[A-V]\d{4}\b",
    re.IGNORECASE,
)

# How an operation of a kind is spoken of.
OPERATIONS = {DISCECTOMY: "discectomy or laminectomy", FUSION: "fusion"}


def denies(words: str) -> bool:
    """Whether a clause says that something is not so; no denial are results (`not met`) and `without fusion`."""
    return DENIAL.search(_NO_FUSION.sub(" ", _NEGATIVE_RESULT.sub(" ", words))) is not None


def timepoints_in(words: str, rules: PerformanceYear) -> set[str]:
    """The postoperative timepoints a text names, by name or by the window's own numbers."""
    after_surgery = _BEFORE_SURGERY.sub(" ", words)
    return {
        timepoint
        for timepoint, name in _NAMES.items()
        if re.search("|".join([name, *_windows(timepoint, rules)]), after_surgery, re.IGNORECASE)
    }


def kinds_in(words: str) -> set[str]:
    """The kind of operation a text names: a decompression with a fusion is a fusion."""
    if _FUSION.search(_NO_FUSION.sub(" ", words)):
        return {FUSION}
    return {DISCECTOMY} if _DISCECTOMY.search(words) else set()


def names_both_kinds(words: str) -> bool:
    """Whether a text speaks of discectomies or laminectomies and of fusions."""
    return bool(re.search(r"(?i)\bdis[ck]ectom|\blaminectom", words)) and bool(
        _FUSION.search(_NO_FUSION.sub(" ", words))
    )


def says_it_counts(words: str) -> re.Match[str] | None:
    """Where a text says that something meets a code or a measure."""
    return _COUNTS.search(words)


def code_given(words: str) -> str | None:
    """The quality-data code a text gives in few words; none where it denies, doubts or explains anything."""
    found = _GIVEN.search(words)
    return found[1] if found and not denies(words) and not _EXPLAINED.search(words) else None


def denies_counting(clause: str) -> bool:
    """Whether a clause says that something does not count."""
    return denies(clause) and _OF_COUNTING.search(clause) is not None


def _windows(timepoint: str, rules: PerformanceYear) -> set[str]:
    found = set()
    for measure in rules.measures:
        for stratum in measure.strata:
            if stratum.timepoint == timepoint:
                opens, closes = stratum.postoperative.opens, stratum.postoperative.closes
                for first, last, unit in (
                    (opens.days // 7, closes.days // 7, "week"),
                    (opens.months, closes.months, "month"),
                ):
                    if last:
                        found.add(rf"\b{first}\s*(?:-|–|to)\s*{last}[\s-]*{unit}s?\b")
    return found
