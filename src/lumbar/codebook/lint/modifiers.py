"""Modifiers and quality-data codes: no modifier belongs on such a line."""

import re
from collections.abc import Iterator

from lumbar.codebook.lint.context import Context, family_codes
from lumbar.codebook.lint.documents import ROW, Block, Text
from lumbar.codebook.lint.findings import Finding, finding
from lumbar.codebook.lint.mentions import Mention, code_columns, system_of_head
from lumbar.codebook.lint.wording import denies

TRUTH = "no modifier belongs on a quality-data line; those of the operation stay on the surgical line"
SOURCE = "CMS claims single-source measure files 2018-2025; certain"

_BELONGS = re.compile(r"\b(?:belongs?|rides?|goes|kind of line|lines?)\b", re.IGNORECASE)
_MODIFIER = re.compile(r"\bmodifiers?\b", re.IGNORECASE)
_OFFERS = re.compile(r"\b(?:with|append\w*|add|attach\w*|use|using|plus|carr(?:y|ies)|takes?)\b", re.IGNORECASE)
_JOINED = re.compile(r"^\s?[-+]\s?[0-9A-Z]{2}(?![\w-])")
_NAMES_ONE = re.compile(r"(?i)\bmodifiers?\s+(?-i:[0-9A-Z]{2})\b")
_PUT_ON_IT = re.compile(r"^\s+(?:with|plus|carries|takes)\s+(?:the\s+)?modifiers?\s+[0-9A-Z]{2}\b")
_PROCEDURE = r"(?<![\w.,$-])[0-9]{4}[0-9FT](?![\w]|\.\d)"
_BESIDE_A_PROCEDURE = re.compile(rf"{_PROCEDURE}\s*(?:,|\band\b|\bor\b|\bwith\b|\bbeside\b|\bplus\b|\s)*$")
_NEXT_CLAUSE = re.compile(r",\s+(?:and|then|while)\s+")


def modifier_findings(context: Context) -> Iterator[Finding]:
    """A table of modifiers in a page on a quality-data code, once a table; a modifier put on such a code in text."""
    if context.subject and not _page_denies(context):
        yield from _tables(context, context.subject)
    yield from _joined_in_tables(context)
    yield from _sentences(context)


def _tables(context: Context, subject: Mention) -> Iterator[Finding]:
    for rows in context.document.tables():
        offered = [
            m.code
            for m in context.mentions
            if m.system == "modifier" and m.block.table == rows[0].table and _is_of_modifiers(m)
        ]
        if offered and not _says_where_they_belong(rows):
            yield finding(
                "modifier_on_quality_data_line",
                subject.code,
                says=f"a table of modifiers for {subject.code}: {', '.join(dict.fromkeys(offered))}",
                truth=TRUTH,
                source=SOURCE,
                file=context.document.file,
                line=rows[0].line(),
            )


def _is_of_modifiers(mention: Mention) -> bool:
    """Whether the column of a mention is one of modifiers, not one of codes with theirs."""
    return mention.cell is not None and code_columns(mention.block).get(mention.cell) == "modifier"


def _joined_in_tables(context: Context) -> Iterator[Finding]:
    """A modifier joined to a quality-data code in a column of codes: `G2137-59`."""
    family = family_codes(context.rules)
    columns = {(id(m.block), m.cell) for m in context.mentions if m.system == "modifier" and not _is_of_modifiers(m)}
    for mention in context.mentions:
        if mention.code in family and mention.cell is not None and (id(mention.block), mention.cell) in columns:
            cell = mention.block.cells[mention.cell]
            if re.search(rf"{mention.code}[-:][0-9A-Z]{{2}}(?!\w)", cell.words):
                yield finding(
                    "modifier_on_quality_data_line",
                    mention.code,
                    says=cell.words,
                    truth=TRUTH,
                    source=SOURCE,
                    file=context.document.file,
                    line=cell.line(),
                )


def _sentences(context: Context) -> Iterator[Finding]:
    family = family_codes(context.rules)
    for mention in context.mentions:
        if mention.code not in family or mention.block.kind == ROW:
            continue
        for sentence in mention.block.text.sentences():
            at = sentence.words.find(mention.code)
            if at < 0 or denies(sentence.words):
                continue
            if _puts_one_on(sentence, at, mention.code):
                yield finding(
                    "modifier_on_quality_data_line",
                    mention.code,
                    says=sentence.words,
                    truth=TRUTH,
                    source=SOURCE,
                    file=context.document.file,
                    line=sentence.line(at),
                )


def _puts_one_on(sentence: Text, at: int, code: str) -> bool:
    """Whether a sentence puts a modifier on the code at the offset: joined to it, next to it, or in its clause.

    A procedure named in the clause is what the modifier belongs to, unless the modifier stands right behind the code.
    """
    before, after = sentence.words[:at], sentence.words[at + len(code) :]
    if _JOINED.match(after):
        return True
    if "surgical line" in sentence.words.lower():
        return False
    if _PUT_ON_IT.match(after) and not _BESIDE_A_PROCEDURE.search(before):
        return True
    return any(
        code in words and _NAMES_ONE.search(words) and _OFFERS.search(words) and not re.search(_PROCEDURE, words)
        for clause in sentence.clauses()
        for words in _NEXT_CLAUSE.split(clause.words)
    )


def _says_where_they_belong(rows: list[Block]) -> bool:
    """Whether a column of the table tells the line each modifier rides on."""
    heads = rows[0].heads
    return any(_BELONGS.search(head) and system_of_head(head) is None for head in heads)


def _page_denies(context: Context) -> bool:
    """Whether the page says itself that no modifier belongs there."""
    return any(
        _MODIFIER.search(clause.words) and denies(clause.words)
        for block in context.document.blocks
        if block.kind != ROW
        for clause in block.text.clauses()
    )
