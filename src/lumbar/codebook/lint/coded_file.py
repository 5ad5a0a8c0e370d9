"""CSV files of coded lines: rows as blocks, and rows as what was coded, when, for whom."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lumbar.codebook.lint.documents import ROW, Block, Document, Text
from lumbar.codebook.lint.mentions import Mention, code_columns, system_of_head
from lumbar.errors import InputError

_PATIENT = re.compile(r"(?:patient|member|person|subject|beneficiary|mrn)(?: (?:id|number|no|key))?")
_CLAIM = re.compile(r"(?:claim|encounter|account|invoice)(?: (?:id|number|no|key))?")
_DATE = re.compile(
    r"(?:(?:service|performed|reported|procedure|line|visit|from|start|claim) )?(?:date|on)"
    r"(?: (?:of )?(?:service|from))?"
    r"|dos(?: from)?|date of service(?: from)?|(?:service|dos) from|service from date"
)
_CLINICIAN = re.compile(
    r"(?:(?:rendering|surgeon|provider|performing) )?npi|surgeon(?: id)?|(?:rendering )?provider(?: id)?"
)
_ISO = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class CodedLine:
    """One line of a claim or a chart; what has no column, or an empty cell, is none."""

    line: int
    codes: tuple[Mention, ...]
    diagnoses: tuple[Mention, ...]
    modifiers: tuple[str, ...]
    on: date | None
    patient: str | None
    claim: str | None
    clinician: str | None


def blocks(text: str, file: str) -> tuple[Block, ...]:
    """The rows of a CSV file, its cells separated by commas, semicolons, tabs or pipes, as its headings are.

    Raises InputError without a column of codes, for a date that is none, or where the file cannot be read.
    """
    heads: tuple[str, ...] = ()
    found: list[Block] = []
    lines = text.split("\n")
    reader = csv.reader((f"{line}\n" for line in lines), strict=True, delimiter=_separator(lines))
    first = 1
    try:
        for cells in reader:
            if cells and not heads:
                heads = tuple(" ".join(re.sub(r"[\W_]+", " ", cell).split()) for cell in cells)
            elif any(cell.strip() for cell in cells):
                words = [" ".join(cell.split()) for cell in cells]
                text_of_row = Text(" | ".join(words), ((0, first),))
                found.append(Block(ROW, text_of_row, "", tuple(Text(cell, ((0, first),)) for cell in words), heads, 1))
            first = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{file}: line {first} is no CSV ({error})") from None
    if not any(system_of_head(head) for head in heads):
        raise InputError(
            f"{file}: no column of codes; lint looks for one named code, cpt, hcpcs, icd10, dx or taxonomy"
        )
    for block in found:
        _refuse_what_is_no_date(block, file)
    return tuple(found)


def coded_lines(document: Document, mentions: tuple[Mention, ...]) -> tuple[CodedLine, ...]:
    """The rows of a CSV file as coded lines, in its order."""
    by_line: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_line.setdefault(mention.block.line(), []).append(mention)
    return tuple(_coded_line(block, by_line.get(block.line(), [])) for block in document.blocks)


def date_of(cell: str) -> date | None:
    """The date of a cell written 2026-03-01, 20260301 or 3/1/2026 (month first); none for any other."""
    iso, american = _ISO.fullmatch(cell), _AMERICAN.fullmatch(cell)
    if iso:
        year, month, day = iso.groups()
    elif american:
        month, day, year = american.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _separator(lines: list[str]) -> str:
    """What separates the headings: the comma, unless it leaves them one cell that another divides."""
    headings = next((line for line in lines if line.strip()), "")
    if "," in headings:
        return ","
    return max(_SEPARATORS, key=headings.count)


def _refuse_what_is_no_date(block: Block, file: str) -> None:
    """Raises InputError for a line with a date that cannot be read; the cell itself is a patient's and not told."""
    for head, cell in zip(block.heads, block.cells, strict=False):
        if _DATE.fullmatch(head.lower()) and cell.words and date_of(cell.words) is None:
            raise InputError(
                f"{file}: line {block.line()}: column “{head}” holds no date; "
                "write YYYY-MM-DD, YYYYMMDD or M/D/YYYY (month first), or leave it empty"
            )


def _coded_line(block: Block, named: list[Mention]) -> CodedLine:
    columns = code_columns(block)  # a patient's number may look like a code
    in_columns = [mention for mention in named if mention.cell in columns]
    return CodedLine(
        line=block.line(),
        codes=tuple(m for m in in_columns if m.system in {"cpt", "hcpcs"}),
        diagnoses=tuple(m for m in in_columns if m.system == "icd10cm"),
        modifiers=tuple(m.code for m in in_columns if m.system == "modifier" and m.code != "NA"),
        on=date_of(next(_cells(block, _DATE), "")),
        patient=next(_cells(block, _PATIENT), None),
        claim=next(_cells(block, _CLAIM), None),
        clinician=next(_cells(block, _CLINICIAN), None),
    )


def _cells(block: Block, head: re.Pattern[str]) -> Iterator[str]:
    for name, cell in zip(block.heads, block.cells, strict=False):
        if head.fullmatch(name.lower()) and cell.words:
            yield cell.words
