"""What every kind of OMOP source gives: parts of a CDM table, and their columns as text."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from lumbar.errors import InputError
from lumbar.readers.csv_rows import LINE
from lumbar.readers.dates import in_iso_order
from lumbar.readers.intake import InputFile
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.omop_tables import CdmTable

# What columns of ids, years and codes are called: whole numbers among them have no decimals.
_WHOLE = ("_id", "_id_1", "_id_2", "_of_birth", "npi", "concept_code", "procedure_source_value")


@dataclass(slots=True)
class Part:
    """One file, or one database table, with rows of a CDM table.

    `types` holds by column, in small letters, its name as stored and its DuckDB type. `relations` gives
    the rows as relations to select from, one after the other, each with LINE; when the last is read,
    `file.n_rows` and `unreadable`, the lines of rows that do not fit the header, are known. `constants`:
    what a column has in every row where the part has no such column; none is null.
    """

    file: InputFile
    types: Mapping[str, tuple[str, str]]
    relations: Callable[[duckdb.DuckDBPyConnection], Iterator[str]]
    constants: Mapping[str, str | None] = field(default_factory=dict)
    unreadable: list[int] = field(default_factory=list)


# The parts of a CDM table, none where the source has no such table.
Source = Callable[[CdmTable], list[Part]]


def with_constants(found: list[str], constants: Mapping[str, str | None]) -> list[str]:
    """The columns found in a file, and those that its folder or log adds to it."""
    return [*found, *(name for name in constants if name not in found)]


def check_columns(table: CdmTable, name: str, found: list[str]) -> None:
    """Raises InputError when the columns found, in small letters, are not those of the CDM table."""
    if not set(table.columns) & set(found):
        raise InputError(
            f"{name}: not the {table.name} table of OMOP CDM 5.4: it has none of {', '.join(table.required)}"
        )
    for column in table.required:
        if column not in found:
            raise InputError(f"{name}: the column {column} is missing; {table.name} of OMOP CDM 5.4 has it")
    for column in table.columns:
        if found.count(column) > 1:
            raise InputError(f"{name}: the column {column} stands there twice")


def select_text(table: CdmTable, part: Part, mapping: SiteMapping) -> str:
    """The select list of a part's rows: source, line, the records' id, and every column of the table as text."""
    columns = [f"{part.file.source} as source", f"{LINE} as line"]
    if table.has_record_id:
        columns.append(f"{_record_id(table, part, mapping)} as record_id")
    for name in table.columns:
        columns.append(f"{_text(part, name, mapping.date_format)} as {name}")
    return ", ".join(columns)


def _record_id(table: CdmTable, part: Part, mapping: SiteMapping) -> str:
    """The column the mapping names, else the id; scores lie in two tables, so theirs has the table before it."""
    chosen = mapping.omop.id.get(table.name)
    if chosen is None:
        own = _text(part, table.key, mapping.date_format)
        return f"'{table.name}/' || {own}" if table.raw == "score" else own
    if chosen not in part.types and chosen not in part.constants:
        raise InputError(
            f"{part.file.name}: no column {chosen}, where the mapping's omop.id looks for {table.name} ids"
        )
    return _text(part, chosen, mapping.date_format, is_whole=True)


def _text(part: Part, name: str, date_format: str, is_whole: bool = False) -> str:
    if name not in part.types:
        return _constant(part.constants.get(name), name, date_format)
    stored, stored_type = part.types[name]
    column = quoted_name(stored)
    if name == "modifier_source_value":
        return _modifiers(column, stored_type)
    if is_whole or name.endswith(_WHOLE):  # a column with gaps is often written as 8507.0
        return rf"regexp_replace({_value(column, stored_type)}, '^(\d+)\.0+$', '\1')"
    if stored_type == "VARCHAR":
        text = f"text_of({column})"
        return in_iso_order(text, date_format) if name.endswith(("_date", "_datetime")) else text
    if stored_type.startswith("TIMESTAMP"):
        return _clock_time(column, stored_type)
    return _value(column, stored_type)


def _modifiers(column: str, stored_type: str) -> str:
    """The words of a text, whatever marks stand between them, with a space between."""
    whole = rf"regexp_replace({_value(column, stored_type)}, '\b(\d+)\.0+\b', '\1', 'g')"
    return rf"text_of(regexp_replace({whole}, '[^\pL\pN]+', ' ', 'g'))"


def _clock_time(column: str, stored_type: str) -> str:
    if stored_type == "TIMESTAMP WITH TIME ZONE":
        return f"strftime(timezone('UTC', {column}), '%Y-%m-%dT%H:%M:%SZ')"
    return f"strftime({column}, '%Y-%m-%d %H:%M:%S')"


def _value(column: str, stored_type: str) -> str:
    """A stored value as text; a whole number that is kept as a float as its digits alone."""
    if stored_type == "VARCHAR":
        return f"text_of({column})"
    if stored_type not in ("DOUBLE", "FLOAT"):
        return f"cast({column} as varchar)"
    digits = f"cast(try_cast({column} as bigint) as varchar)"
    return f"case when isfinite({column}) then if({column} = trunc({column}), {digits}, cast({column} as varchar)) end"


def _constant(value: str | None, name: str, date_format: str) -> str:
    if value is None:
        return "cast(null as varchar)"
    literal = value.replace("'", "''")
    text = f"text_of('{literal}')"
    return in_iso_order(text, date_format) if name.endswith(("_date", "_datetime")) else text


def quoted_name(name: str) -> str:
    """A name for use as an identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'
