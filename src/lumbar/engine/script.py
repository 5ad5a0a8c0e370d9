"""The measures of a year as one SQL script for another engine: rules, steps and contract in one text."""

import textwrap
from collections.abc import Collection
from datetime import date
from itertools import chain

from sqlglot import exp

from lumbar.engine.dialects import DIALECTS, READ, Dialect
from lumbar.engine.relational import NUMBERED, Relation, RelationValue, Step, relations, steps
from lumbar.errors import UsageError
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME, REJECT_REASONS
from lumbar.tables.schema import Column, Table
from lumbar.version import __version__

PREFIX = "lumbar_"
OUTCOME_TABLE = f"{PREFIX}{OUTCOME.name}"
COUNT_TABLE = f"{PREFIX}rate_count"


def measure_script(
    dialect_name: str,
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    measure_ids: Collection[str] = (),
    with_inputs: bool = False,
) -> str:
    """One runnable script: header, input contract, the rules as small tables, every step in order.

    It reads the clinical tables and makes tables or views named `lumbar_…`, `lumbar_outcome` and
    `lumbar_rate_count` last. `with_inputs` also creates the clinical tables, empty, where there are none.
    Raises UsageError for a dialect that is not known.
    """
    if dialect_name not in DIALECTS:
        raise UsageError(f"no dialect {dialect_name!r}; there are {', '.join(DIALECTS)}")
    dialect = DIALECTS[dialect_name]
    small = relations(rules, policy, as_of, measure_ids)
    made = {relation.name for relation in small} | {step.table for step in steps()}
    trees = {step.table: _tree(dialect, step) for step in steps()}
    inputs = _read_columns(trees.values())
    for tree in trees.values():
        _rename_tables(tree, made | {table.name for table in inputs})
    parts = [
        _header(dialect, rules, policy, as_of, measure_ids),
        _contract(dialect, inputs),
        *(_empty_table(dialect, table, columns) for table, columns in inputs.items() if with_inputs),
        *(_input(dialect, table, columns) for table, columns in inputs.items()),
        *(_relation(dialect, relation) for relation in small),
        *(_made(dialect, step.table, _heading(step), trees[step.table]) for step in steps()),
    ]
    return "\n\n".join(parts) + "\n"


def _tree(dialect: Dialect, step: Step) -> exp.Query:
    """The step's tree with the functions of the dialect; of `outcome` the declared columns alone."""
    tree = dialect.rewritten(step.sql.removeprefix(_heading(step)))
    if step.table == NUMBERED:
        return _numbered(tree)
    if step.table == OUTCOME.name:
        tree.set("expressions", [column for column in tree.selects if column.alias_or_name in OUTCOME.column_names])
    return tree


def _numbered(tree: exp.Query) -> exp.Query:
    """Every row with its `episode_number`, from 1 in the order of `episode_id`."""
    number = "row_number() over (order by unnumbered.episode_id asc nulls last) as episode_number"
    return exp.select(number, "unnumbered.*", dialect=READ).from_(tree.subquery("unnumbered"))


def _heading(step: Step) -> str:
    """The comment at the head of a step: its grain and key."""
    lines = step.sql.splitlines(keepends=True)
    n_lines = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return "".join(lines[:n_lines])


def _read_columns(trees: Collection[exp.Expr]) -> dict[Table, list[Column]]:
    """The clinical tables the steps read, each with those of its columns that they read."""
    read = {(column.table, column.name) for tree in trees for column in tree.find_all(exp.Column)}
    columns = {table: [c for c in table.columns if (table.name, c.name) in read] for table in CLINICAL_TABLES}
    return {table: found for table, found in columns.items() if found}


def _rename_tables(tree: exp.Expr, names: Collection[str]) -> None:
    """What the script makes is named with the prefix; inside the step it goes by its own name."""
    for table in list(tree.find_all(exp.Table)):
        if table.name in names:
            renamed = exp.to_table(f"{PREFIX}{table.name}")
            table.replace(exp.alias_(renamed, table.alias_or_name, table=True))


def _made(dialect: Dialect, name: str, comment: str, tree: exp.Expr, as_: str = "") -> str:
    """The statements that make one table or view."""
    full_name = f"{PREFIX}{name}"
    begin = (as_ or dialect.steps).format(name=full_name)
    after = dialect.after.format(name=full_name) if not as_ else ""
    return f"{comment.rstrip()}\n{begin}\n{dialect.text(tree)};" + (f"\n{after}" if after else "")


def _input(dialect: Dialect, table: Table, columns: Collection[Column]) -> str:
    typed = [
        exp.alias_(dialect.column(exp.column(c.name, table.name), exp.DataType.build(c.type.sql, dialect=READ)), c.name)
        for c in columns
    ]
    comment = f"-- {table.name} as the steps read it. If yours lies elsewhere, change this statement."
    return _made(dialect, table.name, comment, exp.select(*typed).from_(exp.to_table(table.name)), dialect.inputs)


def _relation(dialect: Dialect, relation: Relation) -> str:
    """A small table of the rules, every column typed; one without rows keeps its columns."""
    types = [exp.DataType.build(type_.sql, dialect=READ) for _, type_ in relation.columns]
    names = [name for name, _ in relation.columns]
    rows = relation.rows or ((None,) * len(names),)
    values = [[_literal(value, type_) for value, type_ in zip(row, types, strict=True)] for row in rows]
    given = exp.Values(
        expressions=[exp.Tuple(expressions=row) for row in values],
        alias=exp.TableAlias(this=exp.to_identifier("given"), columns=[exp.to_identifier(name) for name in names]),
    )
    columns = zip(names, types, strict=True)
    tree = exp.select(*(exp.alias_(dialect.column(exp.column(n, "given"), type_), n) for n, type_ in columns))
    tree = tree.from_(given)
    if not relation.rows:
        tree = tree.where(exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0)))
    return _made(dialect, relation.name, f"-- {relation.name}: rules of the year as rows.", tree)


def _literal(value: RelationValue, type_: exp.DataType) -> exp.Expr:
    """A value no engine can take for another type: a date, a decimal and a null say theirs."""
    if value is None:
        return exp.cast(exp.null(), type_)
    if isinstance(value, bool | int):
        return exp.convert(value)
    literal = exp.Literal.string(str(value))
    return literal if isinstance(value, str) else exp.cast(literal, type_)


def _empty_table(dialect: Dialect, table: Table, columns: Collection[Column]) -> str:
    typed = [
        exp.ColumnDef(this=exp.to_identifier(c.name), kind=exp.DataType.build(c.type.sql, dialect=READ))
        for c in columns
    ]
    schema = exp.Schema(this=exp.to_table(table.name), expressions=typed)
    return f"{dialect.text(exp.Create(this=schema, kind='TABLE', exists=True))};"


def _header(dialect: Dialect, rules: PerformanceYear, policy: Policy, as_of: date, measure_ids: Collection[str]) -> str:
    choices = ", ".join(f"{name} = {value}" for name, value in policy.as_json().items())
    return _comment(
        f"Performance year {rules.year} as one script for {dialect.title}, by lumbar {__version__}.",
        f"Rule set: py{rules.year}, SHA-256 {lock_hash(rules)}",
        f"As-of date: {as_of}",
        f"Measures: {', '.join(m.id for m in rules.measures if not measure_ids or m.id in measure_ids)}",
        f"Policy: {choices}",
        "Standing: run in lumbar's tests; equal to its own engine in every column."
        if dialect.is_run
        else "Standing: generated, not run. Compare a few operations with `lumbar evaluate` before you rely on it.",
        "",
        f"It reads the tables below and changes none. All it makes is named {PREFIX}…; {_lasting(dialect)}",
        *([dialect.note] if dialect.note else []),
        f"Results: {OUTCOME_TABLE}, one row per operation, instrument and timepoint;",
        f"{COUNT_TABLE}, the counts by stratum. The rate is met / (met + not_met), null where nothing is judged;",
        "its Wilson interval and bounds are computed by lumbar, not here.",
        "Met is not recovered, and not met is not failed surgery.",
    )


def _lasting(dialect: Dialect) -> str:
    return "query it in the same session." if "temp" in dialect.steps else "the tables stay."


def _contract(dialect: Dialect, inputs: dict[Table, list[Column]]) -> str:
    """The clinical tables the script wants, as comments."""
    lines = [
        "The input: the clinical tables as a reader of lumbar leaves them. No reader runs here, so what a reader "
        f"rejects must not be in them: {', '.join(REJECT_REASONS)}. Policy `proxy` is a reader's too.",
    ]
    for table, columns in inputs.items():
        lines += ["", f"{table.name}: {table.grain}"]
        for column in columns:
            type_ = exp.DataType.build(column.type.sql, dialect=READ).sql(dialect=dialect.name).lower()
            null = ", may be null" if column.nullable else ""
            lines.append(f"  {column.name} {type_}{null}: {column.meaning}")
    return _comment(*lines)


def _comment(*lines: str) -> str:
    """Lines as a comment, the long ones wrapped and set in under their beginning."""
    wrapped = (
        textwrap.wrap(line, 110, subsequent_indent=" " * (len(line) - len(line.lstrip()) + 2)) or [""] for line in lines
    )
    return "\n".join(f"-- {line}".rstrip() for line in chain.from_iterable(wrapped))
