"""OMOP tables in a database: a DuckDB file, attached read only, or a PostgreSQL server, streamed as Arrow.

A row's line is its 1-based place in the order of the table's first column.
"""

import io
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import blake3
import duckdb
import pyarrow as pa
import pyarrow.csv as pa_csv

from lumbar.errors import InputError
from lumbar.readers.csv_rows import LINE
from lumbar.readers.intake import InputFile, Intake, fingerprint
from lumbar.readers.mapping import OmopMapping
from lumbar.readers.omop_rows import Part, Source, check_columns, quoted_name
from lumbar.readers.omop_tables import CdmTable

_ATTACHED = "omop_source"
_BATCH = "omop_batch"
_DUCKDB = (".duckdb", ".db")
_ADDRESS = re.compile(r"^postgres(ql)?:/+")


def has_database_ending(place: Path) -> bool:
    """Whether the place is called as DuckDB databases are."""
    return place.suffix.lower() in _DUCKDB


def is_duckdb_file(place: Path) -> bool:
    """Whether the place is a file with a DuckDB database's ending."""
    return has_database_ending(place) and place.is_file()


def is_postgres(place: Path) -> bool:
    """Whether the place is the address of a PostgreSQL database, `postgresql://…`."""
    return _ADDRESS.match(str(place)) is not None


def is_database(place: Path) -> bool:
    """Whether the place is a database and no folder of files."""
    return is_duckdb_file(place) or is_postgres(place)


def without_secrets(place: Path) -> Path:
    """The place as it may be told: of a PostgreSQL address the server and the database alone.

    An address with a mark in the wrong place tells neither: what looks like the server may be a password.
    """
    if not is_postgres(place):
        return place
    address = _address(place)
    user, _, server = address.netloc.rpartition("@")
    is_clear = not any("@" in part for part in (user, address.path, address.query, address.fragment))
    return Path(f"{server}{address.path}" if server and is_clear and not address.fragment else "PostgreSQL")


def duckdb_source(session: duckdb.DuckDBPyConnection, intake: Intake, words: OmopMapping) -> Source:
    """The tables of the DuckDB file `intake.folder`. Raises InputError when it is none, or the schema is unclear."""
    path = intake.folder
    try:
        quoted = str(path).replace("'", "''")
        session.execute(f"attach '{quoted}' as {_ATTACHED} (read_only, type duckdb)")
    except duckdb.Error:
        raise InputError(f"{path.name}: not a DuckDB database of a version we read, or open elsewhere") from None
    columns = session.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        f"where database_name = '{_ATTACHED}' order by column_index"
    ).fetchall()
    by_table = _by_table(columns)
    digest = fingerprint(path)

    def parts(table: CdmTable) -> list[Part]:
        found = _find(by_table, table, words, words.schema, path.name)
        if found is None:
            return []
        schema, name = found
        file = intake.add_relation(table.name, table.name)
        intake.on_file(file)
        file.n_bytes, file.blake3 = path.stat().st_size, digest
        types = by_table[found]
        check_columns(table, table.name, list(types))
        relation = f"{_ATTACHED}.{quoted_name(schema)}.{quoted_name(name)}"
        file.n_rows = int(session.execute(f"select count(*) from {relation}").fetchall()[0][0])
        key = quoted_name(types[table.key][0])
        numbered = f"(select row_number() over (order by {key} asc nulls last) as {LINE}, * from {relation})"
        return [Part(file, types, lambda _: iter((numbered,)))]

    return parts


def postgres_source(intake: Intake, words: OmopMapping, place: Path, closing: ExitStack) -> Source:
    """The tables of a PostgreSQL database, read in one read-only snapshot; `closing` ends the connection.

    Raises InputError when the driver is missing, the server cannot be reached, or the schema is unclear.
    """
    try:
        import adbc_driver_postgresql.dbapi as postgres
    except ImportError:
        raise InputError('reading PostgreSQL needs an extra: pip install "lumbar[postgres]"') from None
    address = _address(place)
    options = address.query.split("&")
    schema = next((unquote(o.removeprefix("schema=")) for o in options if o.startswith("schema=")), words.schema)
    target = urlunsplit(address._replace(query="&".join(o for o in options if not o.startswith("schema="))))
    told = without_secrets(place)
    try:
        connection = closing.enter_context(postgres.connect(target))
        cursor = closing.enter_context(connection.cursor())
        cursor.execute("set transaction isolation level repeatable read, read only")
        cursor.execute("set datestyle = 'ISO, YMD'")
        cursor.execute("set timezone = 'UTC'")
        # Tables that may not be read are found too: what is there and cannot be read is told, not passed over.
        cursor.execute(
            "select schema.nspname::text, relation.relname::text, attribute.attname::text, 'VARCHAR' "
            "from pg_catalog.pg_attribute as attribute "
            "inner join pg_catalog.pg_class as relation on attribute.attrelid = relation.oid "
            "inner join pg_catalog.pg_namespace as schema on relation.relnamespace = schema.oid "
            "where relation.relkind in ('r', 'p', 'v', 'm', 'f') and attribute.attnum > 0 "
            "and not attribute.attisdropped and schema.nspname not in ('pg_catalog', 'information_schema') "
            "order by attribute.attnum"
        )
        columns = cursor.fetchall()
    except postgres.Error:
        # What the driver says may hold parts of the address, and so of the password.
        raise InputError(
            f"{told}: the PostgreSQL database cannot be read; psql with the same address will say why"
        ) from None
    by_table = _by_table(columns)

    def parts(table: CdmTable) -> list[Part]:
        found = _find(by_table, table, words, schema, str(told))
        if found is None:
            return []
        types = by_table[found]
        file = intake.add_relation(table.name, table.name)
        intake.on_file(file)
        check_columns(table, table.name, list(types))
        needed = {name: types[name] for name in types if name in (*table.columns, words.id.get(table.name))}
        key = quoted_name(types[table.key][0])
        texts = ", ".join(f"{quoted_name(stored)}::text" for stored, _ in needed.values())
        query = (
            f"select row_number() over (order by {key} asc nulls last) as {LINE}, {texts} "
            f"from {quoted_name(found[0])}.{quoted_name(found[1])} order by {LINE}"
        )
        return [Part(file, needed, partial(_streamed, cursor, query, file, str(told), postgres.Error))]

    return parts


def _streamed(
    cursor: Any, query: str, file: InputFile, told: str, failure: type[Exception], session: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    """Registers the rows, a batch at a time; their fingerprint is of the rows as CSV, in this order."""
    digest = blake3.blake3()
    try:
        cursor.execute(query)
        with cursor.fetch_record_batch() as batches:
            for batch in batches:
                text = io.BytesIO()
                pa_csv.write_csv(batch, text, pa_csv.WriteOptions(include_header=False))
                digest.update(text.getbuffer())
                file.n_bytes += text.getbuffer().nbytes
                file.n_rows += batch.num_rows
                session.register(_BATCH, pa.Table.from_batches([batch]))
                yield _BATCH
    except (failure, pa.ArrowException, OSError):
        raise InputError(f"{told}: {file.name} cannot be read to its end; is it a table you may select from?") from None
    file.blake3 = digest.hexdigest()


def _address(place: Path) -> SplitResult:
    """The address as it was given: a path has one slash where the address has two."""
    try:
        return urlsplit(_ADDRESS.sub("postgresql://", str(place)))
    except ValueError:
        raise InputError("not an address of PostgreSQL; write it as postgresql://user@host/database") from None


def _by_table(columns: list[Any]) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
    """By schema and table as stored, the columns in small letters with their stored name and type."""
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for schema, table, column, type_ in columns:
        found.setdefault((schema, table), {})[column.lower()] = (column, type_)
    return found


def _find(
    by_table: dict[tuple[str, str], Any], table: CdmTable, words: OmopMapping, schema: str | None, told: str
) -> tuple[str, str] | None:
    """Where the table stands: in the schema named for it, else in the only one that has it."""
    named = (words.vocabulary_schema if table.is_vocabulary else None) or schema
    found = [place for place in by_table if place[1].lower() == table.name and named in (None, place[0])]
    if len(found) > 1:
        schemas = ", ".join(sorted({place[0] for place in found}))
        raise InputError(
            f"{told}: {table.name} stands in several schemas ({schemas}); name one in the mapping: omop.schema"
        )
    return found[0] if found else None
