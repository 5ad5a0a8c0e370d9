"""From raw rows to clinical tables: one ladder of reasons for every format, every row accounted for.

A reader fills `raw_<table>` in the session: text columns as declared, and `source` (number of the input
file), `line`, `part`, `fault` and `detail` for what only the reader can see. A line gives either one
record, part 0, or records numbered from 1. Text is trimmed, empty text is null. The clinical tables and
`rejected_row` come out.
"""

from collections.abc import Sequence
from importlib.resources import files

import duckdb
import pyarrow as pa

from lumbar.measures.policy import Policy
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.tables.clinical import CLINICAL_TABLES, CONTACT, PATIENT, SCALES, SCORE
from lumbar.tables.results import REJECT_REASONS
from lumbar.tables.schema import Table

_HASHES_AT_ONCE = 32_000_000
_HASHES_OF_A_BATCH = 1_000_000
# Columns of a closed vocabulary in the table that most rows are of: a byte each, where the words take ten times that.
_NUMBERED_WORDS = {"score": ("instrument", "scale", "side", "status", "respondent")}
# Columns a raw table has beside those a user may write.
RAW_EXTRA = {
    "patient": ("name", "mrn", "phone", "email"),
    "procedure": ("status",),
    "score": ("n_items",),
    "coverage": ("status",),
}
# Inputs whose every line may give rows of several tables, and those tables.
SEVERAL_TABLES = ("Claim", "ExplanationOfBenefit")
SEVERAL_TABLE_NAMES = ("procedure", "reported_code", "condition", "coverage")
_REJECTED_COLUMNS = (
    'source integer, line bigint, part integer, "table" varchar, record_id varchar, reason varchar, detail varchar'
)
_PLACE = (("source", "integer"), ("line", "bigint"), ("part", "integer"), ("fault", "varchar"), ("detail", "varchar"))


def raw_columns(table: Table) -> tuple[str, ...]:
    """The text columns of a raw table, in order."""
    return (*(column.name for column in table.user_columns), *RAW_EXTRA.get(table.name, ()))


def create_raw(session: duckdb.DuckDBPyConnection, table: Table) -> None:
    """An empty raw table."""
    columns = ", ".join([*(f"{n} {t}" for n, t in _PLACE), *(f'"{n}" varchar' for n in raw_columns(table))])
    session.execute(f"create or replace table raw_{table.name} ({columns})")


def prepare(session: duckdb.DuckDBPyConnection, mapping: SiteMapping, policy: Policy) -> None:
    """Defines how text is read: macros, the site's words, the scales."""
    zone = mapping.timezone
    if zone is None:
        session.execute("create or replace macro in_site_time(x) as x")
    else:
        # The zone is one of the names the zone database lists, so it can stand in the text.
        # DuckDB reads no instant without seconds, with a leap second, a comma before fractions, or a space.
        session.execute(r"""
            create or replace macro instant(x) as try_cast(
                regexp_replace(
                    regexp_replace(replace(replace(x, ',', '.'), ':60', ':59'), ' ([Z+-])', '\1'),
                    '^(.{16})([Z+-])', '\1:00\2'
                ) as timestamptz
            )
        """)
        session.execute(
            "create or replace macro in_site_time(x) as case "
            "when length(x) > 16 and regexp_matches(x, '(Z|[+-]\\d{2}(:?\\d{2})?)$') "
            f"then strftime(timezone('{zone}', instant(x)), '%Y-%m-%dT%H:%M:%S') else x end"
        )
    session.execute(_sql("macros"))
    session.execute("create or replace table reading (pain_without_body_site varchar, reject_proxy boolean)")
    session.execute("insert into reading values (?, ?)", [mapping.pain_without_body_site, policy.proxy == "reject"])
    for name in ("instrument", "scale", "side", "respondent", "mode", "system"):
        session.execute(f"create or replace table {name}_word (word varchar, means varchar)")
        insert_rows(session, f"{name}_word", list(getattr(mapping, name).items()))
    session.execute("create or replace table payer_text (position integer, contained varchar, payer varchar)")
    insert_rows(session, "payer_text", [(i, text, payer) for i, (text, payer) in enumerate(mapping.payer)])
    session.execute(
        "create or replace table scale_unit "
        "(instrument varchar, scale varchar, highest decimal(9, 4), to_instrument decimal(2, 1))"
    )
    # The highest value is told on the instrument's own scale too: a value is compared as it was read.
    units = [(i, s.name, s.highest * s.to_instrument, s.to_instrument) for s in SCALES for i in s.instruments]
    # A pain score without a place has a scale too: its missing place is a reason of its own.
    units += [
        (placeless, name, highest, factor)
        for placeless in ("pain", "pain elsewhere")
        for instrument, name, highest, factor in units
        if instrument == "back_pain"
    ]
    insert_rows(session, "scale_unit", units)
    _create_word_types(session)


def _create_word_types(session: duckdb.DuckDBPyConnection) -> None:
    """Types of the words that are kept as numbers: of each such column, and of the reasons to reject a row.

    In the order of the alphabet, in which their values are sorted too.
    """
    vocabularies = {"reject_reason": tuple(REJECT_REASONS)}
    for table in CLINICAL_TABLES:
        for name in _NUMBERED_WORDS.get(table.name, ()):
            vocabularies[f"{table.name}_{name}"] = table.column(name).values
    for name, words in vocabularies.items():
        listed = ", ".join(f"'{word}'" for word in sorted(words))
        session.execute(f"create or replace type {name} as enum ({listed})")


def check_all(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Clinical tables, `rejected` and the account of every file, from the raw tables in the session."""
    session.execute(f"create or replace table rejected_row ({_REJECTED_COLUMNS})")
    session.execute("create or replace table mapped_line (source integer, n bigint)")
    for table in CLINICAL_TABLES:
        _check(session, table)
    _add_contacts_of_patients(session)
    _drop(session, "raw_patient")
    session.execute("insert into rejected_row select * from lookup_rejected")
    _account(session, intake)


def create_lookup_rejected(session: duckdb.DuckDBPyConnection) -> None:
    """An empty table for rejected rows of what is only looked up (organisations, practitioners)."""
    session.execute(f"create or replace table lookup_rejected ({_REJECTED_COLUMNS})")


def find_conflicting_ids(session: duckdb.DuckDBPyConnection, relation: str, key: str, columns: tuple[str, ...]) -> None:
    """`conflicting_id`: ids of `relation` that stand for different contents."""
    contents = ", ".join(f'"{name}"' for name in columns)
    session.execute(f"""
        create or replace temp table conflicting_id as
        with repeated as (
            select hash("{key}") as id_hash from {relation} where "{key}" is not null and fault is null
            group by id_hash having count(*) > 1
        )
        select "{key}" as id from {relation}
        where fault is null and hash("{key}") in (from repeated)
        group by "{key}" having count(distinct row({contents})) > 1
    """)


def _check(session: duckdb.DuckDBPyConnection, table: Table) -> None:
    raw, checked, record_id = f"raw_{table.name}", f"checked_{table.name}", _record_id(table)
    words = "".join(
        f', try_cast("{name}" as {table.name}_{name}) as "{name}"' for name in _NUMBERED_WORDS.get(table.name, ())
    )
    numbered = f"cast(reason as reject_reason) as reason{words}"
    check = f"select * exclude (record_id) replace ({numbered}) from ({_sql(f'check_{table.name}')})"
    session.execute("create or replace temp table conflicting_id (id varchar)")
    session.execute(f"create or replace table {checked} as {check}")
    if table.key and _find_repeated_ids(session, table, checked):
        # Few ids conflict: only their rows are checked again.
        repeated = f'(from {raw} where "{table.key[0]}" in (from repeated_id))'
        find_conflicting_ids(session, repeated, table.key[0], raw_columns(table))
        session.execute(f"delete from {checked} where {record_id} in (from conflicting_id)")
        session.execute(f"insert into {checked} from ({check}) where {record_id} in (from conflicting_id)")
    _find_duplicates(session, table, checked)
    columns = ", ".join(f'"{name}"' for name in table.column_names)
    _show(session, table, f"select source, line, part, {columns} from {_kept(table)}")
    session.execute(f"""
        insert into rejected_row
        select
            source, line, part, '{table.name}', {record_id}, coalesce(reason, 'duplicate'),
            case when reason in ('unparsable', 'wrong_resource_type', 'imprecise_date') then detail end
        from {checked} where reason is not null or rowid in (select place from duplicate_{table.name})
    """)
    # Told apart: where no line has several records, the second finds that at once.
    session.execute(f"insert into mapped_line select source, count(*) from {_kept(table)} and part = 0 group by source")
    session.execute(f"""
        insert into mapped_line select source, count(distinct line) from {_kept(table)} and part > 0 group by source
    """)
    if table is not PATIENT:  # they hold the contacts too
        _drop(session, raw)


def _record_id(table: Table) -> str:
    """What a row is called where it is rejected: by its key, where its table has one."""
    return table.key[0] if table.key else "cast(null as varchar)"


def _kept(table: Table) -> str:
    """The checked rows of a table that stay, as a from clause with its condition."""
    return f"checked_{table.name} where reason is null and rowid not in (select place from duplicate_{table.name})"


def _show(session: duckdb.DuckDBPyConnection, table: Table, placed: str) -> None:
    """`placed_<table>`: the rows with the place each was read at; `<table>`: the same without it."""
    session.execute(f"create or replace view placed_{table.name} as {placed}")
    session.execute(
        f"create or replace view {table.name} as select * exclude (source, line, part) from placed_{table.name}"
    )


def short_hash(of: str) -> str:
    """Half of a hash: what few rows have by chance is looked at again, row by row."""
    return f"cast(hash({of}) & 4294967295 as uinteger)"


def _repeated_hashes(session: duckdb.DuckDBPyConnection, of: str, rows: str) -> pa.Table:
    """Short hashes of `of` that several of the rows have, as column `same_hash`; a few rows have one by chance.

    Sorted here, a part of them after the other: the engine's grouping takes several times as long.
    """
    import numpy as np

    n_rows = session.execute(f"select count(*) from {rows}").fetchall()[0][0]
    n_parts = -(-n_rows // _HASHES_AT_ONCE)
    found = [np.empty(0, np.uint32)]
    for part in range(n_parts):
        of_part = f" and (hash({of}) >> 32) % {n_parts} = {part}" if n_parts > 1 else ""
        batches = session.execute(f"select {short_hash(of)} from {rows}{of_part}").to_arrow_reader(_HASHES_OF_A_BATCH)
        hashes = np.concatenate([found[0], *(batch.column(0).to_numpy() for batch in batches)])
        hashes.sort()
        is_again = np.concatenate([[False], hashes[1:] == hashes[:-1]])
        is_first_again = is_again[1:] & ~is_again[:-1]
        found.append(hashes[1:][is_first_again])
    return pa.table({"same_hash": np.concatenate(found)})


def _find_repeated_ids(session: duckdb.DuckDBPyConnection, table: Table, checked: str) -> bool:
    """`repeated_id`: the ids that several rows have. Whether there are any."""
    key = table.key[0]
    repeated = _repeated_hashes(session, key, f"{checked} where {key} is not null")
    if not repeated.num_rows:
        return False
    session.register("repeated", repeated)
    session.execute(f"""
        create or replace temp table repeated_id as
        select {key} as id from {checked} where {short_hash(key)} in (from repeated)
        group by {key} having count(*) > 1
    """)
    session.unregister("repeated")
    return bool(session.execute("select 1 from repeated_id limit 1").fetchall())


def _add_contacts_of_patients(session: duckdb.DuckDBPyConnection) -> None:
    """A FHIR Patient is its own contact; patients with a contact row of their own keep that."""
    session.execute("""
        create or replace table contact_of_patient as
        select source, line, part, patient_id, name, mrn, phone, email, language, cast(null as date) as declined_on
        from raw_patient
        where
            coalesce(name, mrn, phone, email) is not null
            and (source, line) in (select (source, line) from placed_patient)
            and patient_id not in (select patient_id from placed_contact)
    """)
    columns = "source, line, part, patient_id, name, mrn, phone, email, language, declined_on"
    own = f"select {columns} from {_kept(CONTACT)}"
    _show(session, CONTACT, f"{own} union all select {columns} from contact_of_patient")


def _find_duplicates(session: duckdb.DuckDBPyConnection, table: Table, checked: str) -> None:
    """`duplicate_<table>`: the places of rows that say again what another does. Of equal records the smallest id is
    kept; then the first place they stand at.

    Of scores, the one known first, then the earliest of the day, before it those without a time: a copy recorded later
    must not take away what was known before, nor one of the recovery room the baseline of the morning. The rows are
    not changed: what the engine notes of a changed row stays in memory.
    """
    session.execute(f"create or replace table duplicate_{table.name} (place bigint)")
    same: tuple[str, ...]
    if table is SCORE:
        same = ("patient_id", "instrument", "side", "assessed_on", "value", "scale")
        known_first = "coalesce(recorded_on, assessed_on) asc nulls last, assessed_time asc nulls first, "
    else:
        same, known_first = table.key or table.column_names, ""
    same_text = ", ".join(f'"{name}"' for name in same)
    repeated = _repeated_hashes(session, same_text, f"{checked} where reason is null")
    if not repeated.num_rows:
        return
    session.register("repeated", repeated)
    session.execute(f"""
        insert into duplicate_{table.name}
        select place from (
            select
                rowid as place,
                row_number() over (
                    partition by {same_text}
                    order by
                        {known_first}{_record_id(table)} asc nulls last,
                        source asc nulls last, line asc nulls last, part asc nulls last
                ) as n
            from {checked}
            where reason is null and {short_hash(same_text)} in (from repeated)
        ) where n > 1
    """)
    session.unregister("repeated")


def _account(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    mapped = dict(session.execute("select source, sum(n)::bigint from mapped_line group by source").fetchall())
    for file in intake.files:
        file.n_mapped = mapped.get(file.source, 0) + file.n_mapped
    lines = session.execute("select source, count(distinct line) from rejected_row group by source").fetchall()
    rejected = dict(lines)
    both = dict(_lines_both_mapped_and_rejected(session))
    for file in intake.files:
        file.n_rejected = rejected.get(file.source, 0) - both.get(file.source, 0)
        if file.role in SEVERAL_TABLES:
            file.n_mapped, file.n_rejected = _lines_of_several_tables(session, file.source)
        file.n_of_no_concern = file.n_rows - file.n_mapped - file.n_rejected
    intake.check_account()


def _lines_of_several_tables(session: duckdb.DuckDBPyConnection, source: int) -> tuple[int, int]:
    """Lines of a file that gives rows of several tables: those with a mapped row, those with rejected ones alone."""
    mapped = " union ".join(f"select line from placed_{table} where source = {source}" for table in SEVERAL_TABLE_NAMES)
    n_mapped, n_rejected = session.execute(f"""
        with mapped as ({mapped})
        select
            (select count(*) from mapped),
            (
                select count(distinct line) from rejected_row
                where source = {source} and line not in (select line from mapped)
            )
    """).fetchall()[0]
    return int(n_mapped), int(n_rejected)


def _lines_both_mapped_and_rejected(session: duckdb.DuckDBPyConnection) -> list[tuple[int, int]]:
    """A line with several records counts as mapped when one of them is; its others stand in `rejected` all the same."""
    found = session.execute(
        " union all ".join(
            f"""
        select source, count(distinct line) from placed_{table}
        where part > 0 and (source, line) in (select (source, line) from rejected_row where "table" = '{table}')
        group by source
        """
            for table in ("score", "procedure", "condition")
        )
    ).fetchall()
    return [(int(source), int(n)) for source, n in found]


def _drop(session: duckdb.DuckDBPyConnection, name: str) -> None:
    kind = session.execute("select table_type from information_schema.tables where table_name = ?", [name]).fetchone()
    if kind is not None:
        session.execute(f"drop {'view' if kind[0] == 'VIEW' else 'table'} {name}")


def insert_rows(session: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Sequence[object]]) -> None:
    """Adds a few rows in one statement; executemany costs milliseconds a row."""
    if rows:
        marks = f"({', '.join('?' for _ in rows[0])})"
        session.execute(
            f"insert into {name} values {', '.join([marks] * len(rows))}", [value for row in rows for value in row]
        )


def _sql(name: str) -> str:
    return (files("lumbar.readers") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
