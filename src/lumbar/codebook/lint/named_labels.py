"""What a document calls a code against what the code is."""

import re
from collections.abc import Iterator
from functools import cache

from lumbar.codebook.lint.context import Context, kind_of_procedure, strata_of
from lumbar.codebook.lint.documents import ROW, Text
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.labels import content_words, contradicts, names_another, without_places
from lumbar.codebook.lint.mentions import Mention
from lumbar.codebook.lint.named_codes import source_of
from lumbar.codebook.lint.wording import denies, kinds_in, names_both_kinds, timepoints_in
from lumbar.codelists.terminology import Term, history, terms
from lumbar.measures.model import Codes
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI

# Systems whose labels may be taken for those of another.
_NEIGHBOURS = {
    "modifier": ("modifier", "pos"),
    "nucc": ("nucc",),
    "icd10cm": ("icd10cm",),
    "cpt": ("cpt",),
    "pos": ("pos",),
}
# In running text only these follow a code with its name closely enough to be sure.
_NAMED_IN_TEXT = ("nucc", "icd10cm")
_AFTER_CODE = re.compile(
    r"\s*(?:\(|:\s|=|[–—-]\s|\b(?:is|means|stands for|denotes)\b)\s*(?:(?:the|a|an|for)\s)*([^().;:,\n]{3,80})"
)
_MODIFIER = re.compile(
    r"\b(?i:modifier)\s+([0-9A-Z]{2})\s*(?:\(|:|=|[–—-]\s|,?\s*(?:is|means|stands for|indicates|denotes)\b)"
    r"\s*(?:(?:the|a|an)\s)*([^().;:\n]{3,80})"
)
# A quality-data code and, behind it, a few words that begin with what they name and say nothing else.
_QUALITY_LABEL = re.compile(
    r"[*_`]*\s*(?:\(|:\s|=|[–—-]\s)\s*"
    r"((?:(?:the|an?|postoperative|performance|target|lumbar|fusion|discectomy|low|patients?)[\s,:]+)*"
    r"(?:back pain|leg pain|odi\b|oswestry|functional status|not met|met\b|not assessed|unassessed|"
    r"(?:three|3)[\s-]months?|(?:one|1)[\s-]year|(?:at|after) (?:three|3|one|1|twelve|12)\b)"
    r"[^();:.\n]{0,80})(?=[).;]|$|(?<=[A-V]\d{4}):)",
    re.IGNORECASE,
)
_NEXT_CODE = re.compile(r"(?:\s*,|\s+and)+\s*[A-V]\d{4}$")
_SAYS_MORE = re.compile(
    r"[A-V]\d{4}|\b(?:is|are|was|were|has|have|had|be|been|sees?|uses?|if|when|then|instead|counts?|reports?|codes?|goes|"
    r"needs?|takes?|gets?|belongs?|follows?|stays?|becomes?|means|unlike|like|versus|vs|than|compare\w*|similar|also|"
    r"too|formerly|until|beside|either|both|only|same|another|other|would|could|might|may|should|can|for|score[sd]|ask|"
    r"asks|asked|improve[sd]?|worsen\w*|persist\w*|resolve[sd]?|remain\w*)\b",
    re.IGNORECASE,
)
_DESCRIBES = re.compile(
    r"^\s*(?:\w+\s+){0,2}?(?:identifies|describes|denotes|captures|means|is|covers|stands|applies|records|reports)\b",
    re.IGNORECASE,
)

_NOT_MET = "not met"
_MET = "met"
_NOT_ASSESSED = "not assessed"
_EXCLUDED = "excluded"
_ROLES = (
    (
        _NOT_ASSESSED,
        re.compile(r"\bnot\s+(?:\w+\s+)?(?:assessed|measured|obtained|recorded|collected)\b|\bunassessed\b", re.I),
    ),
    (_NOT_MET, re.compile(r"\bnot[\s-]+met\b|\bunmet\b", re.IGNORECASE)),
    (_MET, re.compile(r"(?<!not )(?<!not-)\bmet\b", re.IGNORECASE)),
    (_EXCLUDED, re.compile(r"\bexclu\w+", re.IGNORECASE)),
)
_INSTRUMENTS = (
    (BACK_PAIN, re.compile(r"\bback pain\b", re.IGNORECASE)),
    (LEG_PAIN, re.compile(r"\bleg pain\b", re.IGNORECASE)),
    (ODI, re.compile(r"\boswestry\b|\bodi\b|\bfunctional status\b", re.IGNORECASE)),
)


def label_findings(context: Context) -> Iterator[Finding]:
    """Labels that contradict their code, each code once."""
    seen = set()
    for mention, label in _labelled(context):
        key = (mention.system, mention.code)
        if key in seen:
            continue
        rows = history(*key)
        if not rows:
            continue
        if mention.system == "hcpcs":
            truth = _quality_truth(context, mention.code, label.words)
        else:
            truth = _other_truth(context, mention, label.words, rows)
        if truth:
            seen.add(key)
            yield finding(
                "label_contradicts_code",
                mention.code,
                says=f"{mention.code} is “{label.words}”",
                truth=truth,
                source=source_of(rows[-1]),
                file=context.document.file,
                line=label.line(),
            )


def _labelled(context: Context) -> Iterator[tuple[Mention, Text]]:
    """Every code with what the document calls it."""
    for mention in context.mentions:
        if mention.label:
            yield mention, mention.label
    for mention in context.mentions:
        if mention.block.kind == ROW:
            continue
        for sentence in mention.block.text.sentences():
            at = sentence.words.find(mention.code)
            if at < 0 or denies(sentence.words):
                continue
            named = _named_behind(mention.system, sentence.words[at + len(mention.code) :], sentence.words)
            yield from ((mention, Text(label, ((0, sentence.line(at)),))) for label in named)
    for block in context.document.blocks:
        for sentence in block.text.sentences() if block.kind != ROW else ():
            for found in _MODIFIER.finditer(sentence.words):
                if not denies(sentence.words):
                    line = sentence.line(found.start())
                    yield Mention("modifier", found[1], block, line), Text(found[2].strip(), ((0, line),))


def _named_behind(system: str, after: str, sentence: str) -> Iterator[str]:
    """What the words behind a code of a sentence call it."""
    named = _AFTER_CODE.match(after) if system in _NAMED_IN_TEXT else None
    if named:
        yield named[1].strip()
    if system == "hcpcs":
        label = _quality_label(after)
        if label:
            yield label
        if _DESCRIBES.match(after) and _only_code(sentence):
            yield sentence


def _quality_label(after: str) -> str | None:
    """What the words behind a quality-data code name it; none where they say anything more."""
    found = _QUALITY_LABEL.match(after)
    if not found:
        return None
    goes_on = after[found.end() :].startswith(":") and "(" not in found[0]
    label = (_NEXT_CODE.sub("", found[1]) if goes_on else found[1]).strip()
    return label if not _SAYS_MORE.search(label) else None


def _only_code(words: str) -> bool:
    return len(set(re.findall(r"(?<!\w)[A-V]\d{4}", words))) == 1


def _other_truth(context: Context, mention: Mention, stated: str, rows: tuple[Term, ...]) -> str | None:
    """What a code truly is, when its label is another's or cannot be its own."""
    kind, said_kinds = kind_of_procedure(context.rules, mention.code), kinds_in(stated)
    if mention.system == "cpt" and kind and said_kinds and kind not in said_kinds and not names_both_kinds(stated):
        return f"{mention.code} is {rows[-1].label}"
    labels = {row.label for row in rows}
    own = frozenset().union(*(content_words(label) for label in labels))
    if all(contradicts(stated, label) for label in labels):
        return f"{mention.code} is {rows[-1].label}"
    own = without_places(own)
    others: dict[str, frozenset[str]] = {}
    for system in _NEIGHBOURS.get(mention.system, ()):
        others |= {f"{system} {code}": words for code, words in _words(system).items() if code != mention.code}
    stated_plainly = re.sub(r"\b[0-9A-Z]{2}(?:/[0-9A-Z]{2})+\b", " ", stated)
    other = names_another(stated_plainly, own, others)
    if not other:
        return None
    system, code = other.split(" ", 1)
    called = f"place of service {code}" if system == "pos" else code
    return f"{mention.code} is {rows[-1].label}; “{_short(stated)}” is nearer to {called}"


def _quality_truth(context: Context, code: str, stated: str) -> str | None:
    """What a quality-data code stands for, when its label names another instrument, timepoint or answer."""
    strata = strata_of(context.rules, code)
    if not strata:
        return None
    instruments = {measure.instrument for measure, _ in strata}
    timepoints = {stratum.timepoint for _, stratum in strata}
    roles = {role for _, stratum in strata for role in _roles_of(stratum.codes, code)}
    if _NOT_ASSESSED in roles:
        roles.add(_NOT_MET)  # an unassessed episode counts as not met
    said_instruments = {name for name, pattern in _INSTRUMENTS if pattern.search(stated)}
    said_timepoints = timepoints_in(stated, context.rules)
    said_roles = {role for role, pattern in _ROLES if pattern.search(stated)}
    for said, true in ((said_instruments, instruments), (said_timepoints, timepoints), (said_roles, roles)):
        if said and not said & true:
            term = history("hcpcs", code)
            return f"{code} is {term[-1].label}" if term else None
    return None


def _roles_of(codes: Codes, code: str) -> Iterator[str]:
    for role, known in (
        (_MET, codes.met),
        (_NOT_MET, codes.not_met),
        (_NOT_ASSESSED, codes.not_assessed),
        (_EXCLUDED, codes.excluded),
    ):
        if code == known:
            yield role


@cache
def _words(system: str) -> dict[str, frozenset[str]]:
    return {term.code: without_places(content_words(term.label)) for term in terms(system)}


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
