"""Where a document names a code: in a column of codes, or in running text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lumbar.codebook.lint.documents import ROW, Block, Document, Text
from lumbar.codelists.terminology import history

# How a code of a system looks, by the published form of the system. Running text is read for forms that
# nothing else has; the others are read in a column of their own alone.
FORMS = {
    "nucc": re.compile(r"[0-9]{3}[0-9A-Z]{6}X"),
    "icd10cm": re.compile(r"[A-TV-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?"),
    "hcpcs": re.compile(r"[A-V][0-9]{4}"),
    "cpt": re.compile(r"[0-9]{4}[0-9FT]"),
    "modifier": re.compile(r"[0-9A-Z]{2}"),
    "pos": re.compile(r"[0-9]{2}"),
}
_ICD10CM = r"(?<![\w./])[A-TV-Z][0-9][0-9A-Z]\.[0-9A-Z]{1,4}"
_HCPCS = r"(?<![\w.])[A-V][0-9]{4}"
_STOP = r"\.(?:\s|$)"
_IN_TEXT = (
    ("nucc", re.compile(r"(?<![\w.])[0-9]{3}[0-9A-Z]{6}X(?![0-9A-Z])")),
    # `M54.5-` is a category, not a code.
    ("icd10cm", re.compile(rf"{_ICD10CM}(?![0-9A-Za-z.-])|{_ICD10CM}(?={_STOP})")),
    ("hcpcs", re.compile(rf"{_HCPCS}(?![0-9A-Z.-])|{_HCPCS}(?={_STOP}|-[A-Za-z0-9])")),
    ("cpt", re.compile(r"(?<![\w.,$-])[0-9]{4}[0-9FT](?![\w,-]|\.\d)|(?<![\w.,$-])[0-9]{4}[0-9FT](?=,\s)")),
)
_HEADS = (
    ("modifier", re.compile(r"\bmod(?:ifier)?s?\s?\d?\b")),
    ("nucc", re.compile(r"\btaxonom")),
    ("icd10cm", re.compile(r"\bicd|\bdiagnos[ie]s\b|\bdx\s?\d*\b|\bdiag\s?\d*\b")),
    ("cpt", re.compile(r"\bcpt\b")),
    ("hcpcs", re.compile(r"\bhcpcs\b|\bquality.data code")),
    ("pos", re.compile(r"\bplace of service\b|\bpos\b")),
    ("any", re.compile(r"\bcodes?\b")),
)
_LABEL_HEAD = re.compile(
    r"\b(?:descri\w+|special(?:ty|ties|ity)|labels?|meanings?|means|stands for|titles?|names?|definition|designation|"
    r"what it (?:is|means|says)|short words)\b"
)
_SHORT_LABEL_HEAD = re.compile(r"\s*(?:uses?|used for|purposes?|indications?)\s*")
_NO_LABEL_HEAD = re.compile(
    r"\b(?:notes?|when|rules?|why|comments?|relev\w*|count\w*|number|n|lines?|belongs?|rides?|where|dates?|valid|from|to|until|"
    r"status|instead|replace\w*|exclu\w*|relation\w*|effects?|with\w*|sources?|examples?|confidence|goes|on|units?|"
    r"charges?|patients?|claims?|npi|results?|answers?|values?|scores?|share|rate|reasons?|years?|months?|days?|side|region|"
    r"kind|system|who|payers?|measures?|billable|version|edition|successors?|header|specific|successor|operation|procedures?)\b"
)
_NAMED_BY_THE_NEXT = ("modifier", "nucc", "icd10cm")
_IN_A_HEAD = re.compile(r"\d|\b[A-Z]{2}\b")
_MOST_WORDS_OF_A_HEAD = 4
_MOST_WORDS_OF_A_NAME = 6
_WITH_MODIFIERS = re.compile(r"([0-9]{4}[0-9FT]|[A-V][0-9]{4})((?:[-:][0-9A-Z]{2})+)")
_UNDOTTED = re.compile(r"[A-TV-Z][0-9][0-9A-Z]{1,5}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A code named in a block; `cell` is the index of its column in a row, none in running text.

    `label` is what the document says the code is; none when it does not say.
    """

    system: str
    code: str
    block: Block
    line: int
    cell: int | None = None
    label: Text | None = None


def mentions(document: Document) -> tuple[Mention, ...]:
    """Every code the document names, in its order; a code named twice in one block once."""
    found: list[Mention] = []
    for block in document.blocks:
        seen = set()
        for mention in _in_row(block) if block.kind == ROW else _in_text(block, block.text, None):
            if (mention.system, mention.code) not in seen:
                seen.add((mention.system, mention.code))
                found.append(mention)
    return tuple(found)


@cache
def system_of_head(head: str, section: str = "") -> str | None:
    """The code system a column's heading names: one of the systems, `any` for codes of any, none for no codes."""
    for words in (head, section if re.fullmatch(r"(?i)\s*codes?\s*", head) else ""):
        text = words.lower().replace("_", " ")
        for system, pattern in _HEADS:
            if pattern.search(text) and (system != "any" or words is head):
                if system == "any" and section:
                    return next((s for s, p in _HEADS if s != "any" and p.search(section.lower())), "any")
                return system
    return None


def code_columns(block: Block) -> dict[int, str]:
    """The columns of a row that hold codes, with their system."""
    if not block.heads:
        return {0: "any"}
    n = len(block.cells)
    return {i: system for i, system in _systems(block.heads, block.section) if i < n and not _is_words(block, i)}


def label_column(block: Block, code_column: int) -> int | None:
    """The column that says what the code is: the one headed so, or the next.

    The next is taken where nothing is headed, or beside a column of a system whose names are kept whole when its
    heading promises nothing else.
    """
    if not block.heads:
        return code_column + 1 if code_column + 1 < len(block.cells) else None
    headed = next((i for i in _labels(block.heads) if i != code_column and i < len(block.cells)), None)
    return _briefly_named(block, code_column) if headed is None else headed


def are_heads(cells: tuple[str, ...]) -> bool:
    """Whether the first cells of a table without a rule are its headings: one of codes, none with a code in it."""
    plain = [re.sub(r"(?i)\bicd[\s-]?(?:9|10)(?:[\s-]?cm)?\b|\bdx\s?1\b", "icd", cell) for cell in cells]
    are_words = all(len(c.split()) <= _MOST_WORDS_OF_A_HEAD and not _IN_A_HEAD.search(c) for c in plain)
    return len(cells) > 1 and all(plain) and are_words and any(system_of_head(cell) for cell in cells)


def normal_icd10cm(code: str) -> str:
    """An ICD-10-CM code with its point."""
    return code if "." in code or len(code) <= 3 else f"{code[:3]}.{code[3:]}"


@cache
def _systems(heads: tuple[str, ...], section: str) -> tuple[tuple[int, str], ...]:
    systems = ((i, system_of_head(head, section)) for i, head in enumerate(heads))
    return tuple((i, system) for i, system in systems if system)


def _briefly_named(block: Block, code_column: int) -> int | None:
    """The column headed `use` or the like, or the next, where it holds a few words: a name, not an advice."""
    columns = code_columns(block)
    n = min(len(block.heads), len(block.cells))
    heads = [head.lower().replace("_", " ") for head in block.heads[:n]]
    at = next((i for i, head in enumerate(heads) if _SHORT_LABEL_HEAD.fullmatch(head)), code_column + 1)
    if (
        columns.get(code_column) not in _NAMED_BY_THE_NEXT
        or at >= n
        or at in columns
        or _NO_LABEL_HEAD.search(heads[at])
    ):
        return None
    return at if len(block.cells[at].words.split()) <= _MOST_WORDS_OF_A_NAME else None


@cache
def _labels(heads: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(i for i, head in enumerate(heads) if _LABEL_HEAD.search(head.lower().replace("_", " ")))


def _is_words(block: Block, column: int) -> bool:
    """Whether a cell under a heading of codes is a text: `Diagnosis` may head names as well."""
    return column < len(block.cells) and len(block.cells[column].words.split()) > 12


def _in_row(block: Block) -> Iterator[Mention]:
    columns = code_columns(block)
    for i, cell in enumerate(block.cells):
        if i in columns:
            label_at = label_column(block, i)
            label = block.cells[label_at] if label_at is not None else None
            named = list(_in_code_cell(block, i, columns[i], cell, label))
            yield from named
            if named:
                continue
        yield from _in_text(block, cell, i)


def _in_code_cell(block: Block, column: int, system: str, cell: Text, label: Text | None) -> Iterator[Mention]:
    tokens = [token for token in re.split(r"[\s,;/+&]+|\b(?:and|or)\b", cell.words.strip("`*. ")) if token]
    for token in tokens:
        code = token.strip("().:`*").upper() if system != "any" else token.strip("().:`*")
        joined = _WITH_MODIFIERS.fullmatch(code) if system in {"cpt", "hcpcs", "any"} else None
        found = _system_and_code(system, joined[1] if joined else code)
        if found:
            one_label = label if len(tokens) == 1 and label and label.words else None
            yield Mention(*found, block, cell.line(), column, one_label)
            for modifier in re.findall(r"\w+", joined[2]) if joined else ():
                yield Mention("modifier", modifier, block, cell.line(), column)


def _system_and_code(system: str, code: str) -> tuple[str, str] | None:
    if system == "icd10cm":
        # A quality-data code is no diagnosis without its point, whatever the heading of the table speaks of.
        if history("hcpcs", code):
            return "hcpcs", code
        is_one = FORMS["icd10cm"].fullmatch(code) or _UNDOTTED.fullmatch(code)
        return (system, normal_icd10cm(code)) if is_one else None
    if system in {"cpt", "hcpcs", "any"}:  # the two are one column on many a claim
        for form in ("nucc", "hcpcs", "cpt") if system == "any" else ("hcpcs", "cpt"):
            if FORMS[form].fullmatch(code):
                return form, code
        if system == "any" and FORMS["icd10cm"].fullmatch(code) and ("." in code or history("icd10cm", code)):
            return "icd10cm", code
        return None
    return (system, code) if FORMS[system].fullmatch(code) else None


def _in_text(block: Block, text: Text, cell: int | None) -> Iterator[Mention]:
    named = []
    for system, pattern in _IN_TEXT:
        for match in pattern.finditer(text.words):
            # Five digits may be anything: only a number we know as a procedure is one.
            if system != "cpt" or history(system, match[0]):
                named.append((match.start(), system, match[0]))
    for start, system, code in sorted(named):
        yield Mention(system, code, block, text.line(start), cell)
