"""What a line of each FHIR resource type becomes, wherever it is read: raw rows of its table, or a row to look up.

A reader defines the view `resource` (`source`, `is_broken`, `has_bad_coding` and the resource, shaped, as `r`)
and for Observations the view `line` (`source`, `json`). `file_line` is made of them, one row a line; then the
reader numbers the lines: `numbered_line` has their `place`, unique in it, their `source` and their `line`.
"""

import re
from importlib.resources import files

import duckdb

from lumbar.readers.checks import SEVERAL_TABLE_NAMES, create_lookup_rejected, find_conflicting_ids
from lumbar.readers.fhir_shapes import json_shape
from lumbar.readers.intake import InputFile

LOOKUPS = {"Organization": "fhir_organization", "Practitioner": "fhir_practitioner"}
TEXT_KINDS = ("Observation",)  # whose text is kept: it is taken apart only where a line may hold a score
# The tables that a type's lines give rows of. The rows of a line that may give rows of several are all numbered.
RAW_TABLES: dict[str, tuple[str, ...]] = {
    "Patient": ("patient",),
    "Procedure": ("procedure",),
    "Condition": ("condition",),
    "Coverage": ("coverage",),
    "Observation": ("score",),
    "QuestionnaireResponse": ("score",),
    "Claim": SEVERAL_TABLE_NAMES,
    "ExplanationOfBenefit": SEVERAL_TABLE_NAMES,
}
# Where a resource of the type must have a list, or it is unparsable: its codings, or its lines.
LIST_PLACES = {
    "Procedure": "$.code.coding",
    "Condition": "$.code.coding",
    "Claim": "$.item",
    "ExplanationOfBenefit": "$.item",
}
_LINE_SQL = {"ExplanationOfBenefit": "claim"}  # one form, two names


def create_lookups(session: duckdb.DuckDBPyConnection) -> None:
    """Empty tables for the rows to look up, and for those of them that are rejected."""
    create_lookup_rejected(session)
    for name in LOOKUPS.values():
        columns = "source integer, line bigint, fault varchar, id varchar, told varchar"
        session.execute(f"create or replace table {name}_row ({columns})")


def resources_of_lines(kind: str) -> str:
    """A select of what `resource` shows of lines that are text, the view `line` (`source`, `json`: null if broken)."""
    return (
        "select source, json is null or not starts_with(json, '{') as is_broken, "
        f"coalesce(json_type(json, '{LIST_PLACES.get(kind, '$.code.coding')}') not in ('ARRAY', 'NULL'), false) "
        "as has_bad_coding, "
        f"json_transform(json, '{json_shape(kind)}') as r from line"
    )


def fill_lines(session: duckdb.DuckDBPyConnection, kind: str, resources: str) -> None:
    """`file_line` of the resources that a select gives."""
    session.execute(f"create or replace temp view resource as {resources}")
    session.execute(f"create or replace temp table file_line as {_sql(f'{_sql_name(kind)}_line')}")


def show_lines_of_concern(session: duckdb.DuckDBPyConnection, kind: str) -> None:
    """`resource_line`: the lines of `numbered_line` that are resources of the type, and may concern us."""
    is_text = kind in TEXT_KINDS
    taken_apart = f", json_transform(json, '{json_shape(kind)}') as r" if is_text else ""
    session.execute(f"""
        create or replace temp view resource_line as
        select *{taken_apart} from numbered_line
        where not is_broken and resource_type = '{kind}' {"and json is not null" if is_text else ""}
    """)


def keep(session: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Adds the rows of the lines to the raw table of the type, or to what is looked up."""
    misfits = f"""
        select
            source,
            line,
            case when is_broken then 'unparsable' else 'wrong_resource_type' end as reason,
            case when is_broken then 'not a JSON object' end as detail
        from numbered_line where is_broken or resource_type is distinct from '{kind}'
    """
    if kind in LOOKUPS:
        session.execute(f"insert into {LOOKUPS[kind]}_row by name select * from ({_sql(_snake(kind))})")
        session.execute(
            f"insert into lookup_rejected "
            f"select source, line, 0, '{kind.lower()}', null, reason, detail from ({misfits})"
        )
        return
    text = "text_of(columns(* exclude (source, line, part, fault, detail)))"
    for table in RAW_TABLES[kind]:
        session.execute(
            f"insert into raw_{table} by name select source, line, part, fault, detail, {text} "
            f"from ({rows_sql(kind, table)})"
        )
    session.execute(
        f"insert into raw_{RAW_TABLES[kind][0]} by name "
        f"select source, line, 0 as part, reason as fault, detail from ({misfits})"
    )


def rows_sql(kind: str, table: str) -> str:
    """The select of a type's raw rows of one table, from `resource_line`."""
    return _sql(_sql_name(kind) if len(RAW_TABLES[kind]) == 1 else f"{_sql_name(kind)}_{table}")


def _sql_name(kind: str) -> str:
    return _LINE_SQL.get(kind, _snake(kind))


def finish_lookup(session: duckdb.DuckDBPyConnection, kind: str, files_: list[InputFile]) -> None:
    """`fhir_organization (id, name)` or `fhir_practitioner (id, npi)`; conflicting and broken rows rejected."""
    name, told = LOOKUPS[kind], "name" if kind == "Organization" else "npi"
    find_conflicting_ids(session, f"{name}_row", "id", ("told",))
    session.execute(f"""
        insert into lookup_rejected
        select source, line, 0, '{kind.lower()}', id, coalesce(fault, 'conflicting_id'), null from {name}_row
        where fault is not null or id in (from conflicting_id)
    """)
    session.execute(f"""
        create or replace table {name} as
        select id, min(told) as {told} from {name}_row
        where fault is null and id not in (from conflicting_id) group by id
    """)
    kept = "where fault is null and id not in (from conflicting_id)"
    mapped = dict(session.execute(f"select source, count(*) from {name}_row {kept} group by source").fetchall())
    for file in files_:
        file.n_mapped = mapped.get(file.source, 0)


def _snake(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


def _sql(name: str) -> str:
    return (files("lumbar.readers") / "sql" / f"fhir_{name}.sql").read_text(encoding="utf-8")
