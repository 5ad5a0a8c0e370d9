"""The data dictionary as Markdown, from the declarations of the tables and nothing else."""

from collections.abc import Iterable, Iterator

from lumbar.tables.schema import Column, Table, Type

# Any name a site uses for a payer is fine in its own files; readers turn it into one of the listed values.
_OPEN_TO_USERS = {("coverage", "payer")}

_TYPE_MEANINGS = {
    Type.TEXT: "text, kept as written: leading zeros stay",
    Type.DATE: "a calendar date, `YYYY-MM-DD`",
    Type.TIME: "a local time of day, `HH:MM:SS`",
    Type.SCORE: "a decimal number with up to four decimals, point as decimal mark",
    Type.INTEGER: "a whole number",
    Type.FRACTION: "a number; shares are 0-1",
    Type.BOOLEAN: "`true` or `false`",
}


def dictionary_markdown(tables: Iterable[Table], brought_by_user: bool = False) -> str:
    """One section a table: its grain, key and columns with type, unit, emptiness, meaning and allowed values.

    With `brought_by_user` only the columns a user's file may have are listed, and whether it must have them.
    """
    tables = tuple(tables)
    types = sorted({c.type for table in tables for c in _columns(table, brought_by_user)}, key=list(Type).index)
    lines = ["| type | what to write |", "|---|---|", *(f"| {t} | {_TYPE_MEANINGS[t]} |" for t in types), ""]
    for table in tables:
        lines += _section(table, brought_by_user)
    return "\n".join(lines)


def _section(table: Table, brought_by_user: bool) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    key = f" Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
    need = " A source must have it." if brought_by_user and table.required else ""
    yield f"{table.grain[0].upper()}{table.grain[1:]}.{key}{need}"
    yield ""
    if brought_by_user:
        yield "| column | type | unit | column needed | may be empty | meaning |"
        yield "|---|---|---|---|---|---|"
    else:
        yield "| column | type | unit | may be empty | meaning |"
        yield "|---|---|---|---|---|"
    for column in _columns(table, brought_by_user):
        needed = [_yes(column.required)] if brought_by_user else []
        cells = [f"`{column.name}`", column.type.value, column.unit, *needed, _yes(column.nullable)]
        closed = not (brought_by_user and (table.name, column.name) in _OPEN_TO_USERS)
        yield f"| {' | '.join([*cells, _meaning(column, closed)])} |"
    yield ""


def _columns(table: Table, brought_by_user: bool) -> tuple[Column, ...]:
    return table.user_columns if brought_by_user else table.columns


def _meaning(column: Column, closed: bool) -> str:
    text = column.meaning.replace("|", "\\|")
    return f"{text}; one of {', '.join(f'`{value}`' for value in column.values)}" if column.values and closed else text


def _yes(statement: bool) -> str:
    return "yes" if statement else "no"
