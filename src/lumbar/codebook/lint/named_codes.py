"""Codes by themselves and beside each other: known, billable, in force, compatible, specific enough."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import combinations

from lumbar.codebook.lint.context import Context
from lumbar.codebook.lint.documents import CSV, ROW
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.mentions import Mention, code_columns
from lumbar.codebook.lint.wording import denies
from lumbar.codelists import checks
from lumbar.codelists.terminology import Excludes1, Term, current_icd10cm, exclude_each_other, history, term_on, terms

# What a text says that knows the standing of the code it names.
_KNOWS = re.compile(
    r"\b(?:headers?|non-?billable|no longer|invalid|deleted|ended|ends|expired|replaced|retired|superseded|subdivided|"
    r"split|parent|until|children|successors?|historic\w*|former\w*|begins?|began|introduced|unknown|in force)\b",
    re.IGNORECASE,
)
_NAMES_A_GROUP = re.compile(
    r"\b(?:ranges?|categor\w+|family|below|beneath|under|groups?|prefix|subcategor\w+)\b", re.IGNORECASE
)
_WITH_RADICULAR = re.compile(r"\bwith\s+(?:\w+\s+){0,2}?(?:radicul\w*|sciatica)\b", re.IGNORECASE)
_OF_CODES = re.compile(r"\b(?:icd|diagnos\w+|cod(?:e|es|ed|ing)|dx)\b", re.IGNORECASE)
_OPENING_BLOCKS = 40
_YEAR = re.compile(r"\b20\d\d\b")
_EXCLUDES = re.compile(
    r"\bexcludes?\s*1\b|\bexclude each other\b|\bmutually exclusive\b|\bexclusive of\b", re.IGNORECASE
)
_JOINED = re.compile(r"[^.;]{0,60}\b(?:and|with|plus|together|along|beside|besides|alongside)\b[^.;]{0,40}")
_SHORT_CODE = re.compile(r"(?<![\w.-])[A-TV-Z][0-9][0-9A-Z](?![\w-]|\.\w)")
_CODED_TOGETHER = re.compile(r"\b(?:reported|coded|billed|code|report|bill|together|alongside)\b", re.IGNORECASE)
_RADICULAR = re.compile(r"\bradicul\w*|\bsciatica\b", re.IGNORECASE)


def code_findings(context: Context) -> Iterator[Finding]:
    """Codes that are unknown, headers, ended or not begun on the day, each the first time it is so used."""
    seen = {(mention.system, mention.code) for mention in context.mentions if _is_told(context, mention)}
    for mention in context.mentions:
        if (mention.system, mention.code) in seen or _knows(mention, context.on):
            continue
        found = standing(mention.system, mention.code, context.on)
        if found and (found[0] != "unknown_code" or _is_meant_as_code(mention)):
            seen.add((mention.system, mention.code))
            kind, truth, source = found
            yield finding(
                kind,
                mention.code,
                says=_said(mention),
                truth=truth,
                source=source,
                file=context.document.file,
                line=mention.line,
            )


def standing(system: str, code: str, on: date) -> tuple[str, str, str] | None:
    """What is wrong with a code on a day, as kind, truth and source; none when nothing is, or it is not known."""
    term = term_on(system, code, on)
    rows = history(system, code)
    if term and term.billable:
        return None
    if term:
        since = f" since {term.valid_from}" if term.valid_from else ""
        use = successors(term, on)
        instead = f"; use {', '.join(use)}" if use else ""
        return "header_not_billable", f"a header{since}, not billable on {on}{instead}", source_of(term)
    if rows:
        last = max((row for row in rows if row.valid_to and row.valid_to < on), key=_ends, default=None)
        if last and last.valid_to:
            use = successors(last, on)
            instead = f"; use {', '.join(use)}" if use else ""
            return "code_ended", f"ended on {last.valid_to}{instead}", source_of(last)
        first = min((row for row in rows if row.valid_from), key=_begins)
        return "code_not_begun", f"begins on {first.valid_from}", source_of(first)
    return _not_in_our_rows(code, on) if system == "icd10cm" else None


def successors(term: Term, on: date) -> tuple[str, ...]:
    """The codes to use in place of a header: those it names, else those beneath it in force on the day."""
    if term.successors:
        return term.successors
    beneath = [t for t in terms(term.system) if t.code.startswith(term.code) and t.code != term.code]
    return tuple(sorted({t.code for t in beneath if t.billable and t.valid_on(on)}))


def source_of(row: Term | Excludes1) -> str:
    """Where a row of terminology is known from, in a few words."""
    return f"{row.source} {row.source_version}, {row.locator}; {row.confidence}"


def excludes_findings(context: Context) -> Iterator[Finding]:
    """Diagnoses that exclude each other: joined in one sentence, or in one table of a page on one code.

    Such a table names the diagnoses of the same operations; any other may list alternatives. Each note once a table.
    """
    icd = [mention for mention in context.mentions if mention.system == "icd10cm"]
    seen: set[tuple[object, ...]] = set()
    for first, second in (*combinations(icd, 2), *_with_short_codes(icd, context.on)):
        if not _side_by_side(first, second) or (first.block.table and not context.subject):
            continue
        note = exclude_each_other(first.code, second.code, context.on)
        where = first.block.table or id(first.block)
        if not note or not _exists(first, context.on) or not _exists(second, context.on):
            continue
        if (where, note.code, note.excluded) not in seen and not _tells(context, note, first.block.section):
            seen.add((where, note.code, note.excluded))
            yield finding(
                "codes_exclude_each_other",
                first.code,
                says=f"{first.code} beside {second.code}",
                truth=f"{first.code} and {second.code} exclude each other (Excludes1 of {note.code}): "
                "never together for one condition",
                source=source_of(note),
                file=context.document.file,
                line=second.line if second.block.kind == ROW else first.line,
            )


def radicular_findings(context: Context) -> Iterator[Finding]:
    """Diagnoses without radiculopathy said to come with it; in a coded file, by its labels alone, each code once."""
    is_coded = context.document.form == CSV
    told: set[str] = set()
    for mention in context.mentions:
        for category in checks.manifestations():
            if mention.system != "icd10cm" or not mention.code.startswith(category.code):
                continue
            if is_coded and mention.code in told:
                continue
            for words, line in (*_labelled_with(mention), *(() if is_coded else _about(mention))):
                named = any(code in words for code in category.with_radiculopathy)
                if _RADICULAR.search(words) and not denies(words) and not named:
                    told.add(mention.code)
                    better = ", ".join(category.with_radiculopathy)
                    yield finding(
                        "more_specific_code",
                        mention.code,
                        says=f"{mention.code}: {words}",
                        truth=f"with radiculopathy the code is {better}; {mention.code} says nothing of it",
                        source=f"{category.source}; {category.confidence}",
                        file=context.document.file,
                        line=line,
                    )
                    break


def _labelled_with(mention: Mention) -> Iterator[tuple[str, int]]:
    """The label that says `with radiculopathy` of a code silent on it; one that is without it is contradicted."""
    is_without = any("without" in row.label.lower() for row in history(mention.system, mention.code))
    if mention.label and not is_without and _WITH_RADICULAR.search(mention.label.words):
        yield mention.label.words, mention.label.line()


def _about(mention: Mention) -> Iterator[tuple[str, int]]:
    """What a row or a sentence says of a code beside its label."""
    if mention.block.kind == ROW:
        for i, cell in enumerate(mention.block.cells):
            if i != mention.cell and cell is not mention.label:
                yield from ((clause.words, clause.line()) for clause in cell.clauses())
        return
    for sentence in mention.block.text.sentences():
        if mention.code in sentence.words:
            yield sentence.words, sentence.line()


def _not_in_our_rows(code: str, on: date) -> tuple[str, str, str] | None:
    """What is wrong with an ICD-10-CM code we keep no dated rows of, by its category, else by the current full list."""
    for length in range(len(code) - 1, 2, -1):
        above = term_on("icd10cm", code[:length].rstrip("."), on)
        if above and above.billable:
            return "unknown_code", f"no such code: {above.code} is a whole code with none beneath it", source_of(above)
    if on < _current_from():
        return None  # the full list knows nothing of the past
    source = f"{current_icd10cm.edition()}; certain"
    if not current_icd10cm.is_code(code):
        return "unknown_code", "no such code in ICD-10-CM", source
    if not current_icd10cm.is_billable(code):
        return "header_not_billable", f"a header ({current_icd10cm.title(code)}), not billable on {on}", source
    return None


@cache
def _current_from() -> date:
    """The last day that anything of our dated rows changed: from then on the current list may be asked."""
    return max(row.valid_from for row in terms("icd10cm") if row.valid_from)


def _exists(mention: Mention, on: date) -> bool:
    """Whether the code is one on the day, a header too."""
    found = standing(mention.system, mention.code, on)
    return found is None or found[0] == "header_not_billable"


def _side_by_side(first: Mention, second: Mention) -> bool:
    if first.block.table:
        return first.block.table == second.block.table and first.cell == second.cell
    if first.block is not second.block:
        return False
    for sentence in first.block.text.sentences():
        found = re.search(rf"{re.escape(first.code)}(.*?){re.escape(second.code)}", sentence.words)
        if found and _JOINED.fullmatch(found[1]):
            return not denies(sentence.words) and not _EXCLUDES.search(sentence.words)
    return False


def _with_short_codes(icd: list[Mention], on: date) -> Iterator[tuple[Mention, Mention]]:
    """Whole codes without a point, such as G55, that a sentence has coded together with one that has a point."""
    for mention in icd:
        for sentence in mention.block.text.sentences() if mention.block.kind != ROW else ():
            at = sentence.words.find(mention.code)
            if at < 0 or not _CODED_TOGETHER.search(sentence.words):
                continue
            for found in _SHORT_CODE.finditer(sentence.words):
                term = term_on("icd10cm", found[0], on)
                if term and term.billable:
                    short = Mention("icd10cm", found[0], mention.block, sentence.line(found.start()))
                    yield (short, mention) if found.start() < at else (mention, short)


def _tells(context: Context, note: Excludes1, section: str) -> bool:
    """Whether the document says itself that the two exclude each other."""
    return any(
        _EXCLUDES.search(block.text.words)
        and (block.section == section or note.code in block.text.words or note.excluded in block.text.words)
        for block in context.document.blocks
    )


def _is_told(context: Context, mention: Mention) -> bool:
    """Whether the text tells of a code's standing where it names it, or in the opening of a page about it."""
    if _KNOWS.search(_words_naming(mention)):
        return True
    opening = context.document.blocks[:_OPENING_BLOCKS]
    if mention.block not in opening[:2]:
        return False
    rows = history(mention.system, mention.code)
    limits = {str(limit.year) for row in rows for limit in (row.valid_from, row.valid_to) if limit}
    return any(_KNOWS.search(b.text.words) and limits & set(_YEAR.findall(b.text.words)) for b in opening)


def _words_naming(mention: Mention) -> str:
    """The row, or the sentences, that name a code."""
    if mention.block.kind == ROW:
        return mention.block.text.words
    return " ".join(s.words for s in mention.block.text.sentences() if mention.code in s.words)


def _knows(mention: Mention, on: date) -> bool:
    """Whether the words around a code tell that it does not stand on the day, or are not about that day."""
    block, words = mention.block, _words_naming(mention)
    if block.kind == ROW:
        denied = any(denies(cell.words) for cell in block.cells if cell is not mention.label)
        denied = denied or any(_NAMES_A_GROUP.search(head) for head in (*block.heads, block.section))
    else:
        denied = denies(words) or bool(_NAMES_A_GROUP.search(words))
    return denied or bool(_KNOWS.search(words)) or any(int(year) != on.year for year in _YEAR.findall(words))


def _is_meant_as_code(mention: Mention) -> bool:
    """Whether what looks like a code is one: in a column of codes, of a category we keep, or called a code."""
    if mention.cell is not None and mention.cell in code_columns(mention.block):
        return True
    said = (s.words for s in mention.block.text.sentences() if mention.code in s.words)
    return bool(history(mention.system, mention.code[:3])) or any(_OF_CODES.search(words) for words in said)


def _said(mention: Mention) -> str:
    if mention.label:
        return f"{mention.code} is “{mention.label.words}”"
    if mention.block.kind == ROW:
        return mention.block.text.words
    return next((s.words for s in mention.block.text.sentences() if mention.code in s.words), mention.code)


def _ends(row: Term) -> date:
    return row.valid_to or date.max


def _begins(row: Term) -> date:
    return row.valid_from or date.min
