"""The SQL steps in the words of other engines: trees rewritten, never text.

SQLGlot reads a step as Spark writes it and writes it as another engine does. Where it leaves a function
that an engine lacks, or that means something else there, a small rewrite of the tree comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from sqlglot import ErrorLevel, exp, parse_one

READ = "spark"
_DATE = exp.DataType.build("date")

Rewrite = Callable[[exp.Expr], exp.Expr]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One engine to write for: what a statement of its script is made of.

    `inputs` and `steps` say how a relation is made under a name, `after` what follows (with `{name}` for it).
    `is_run` says whether the tests run a script of this dialect; the others are only parsed.
    """

    name: str
    title: str
    is_run: bool
    inputs: str
    steps: str
    rewrites: tuple[Rewrite, ...]
    after: str = ""
    text_collation: str = ""
    note: str = ""

    def text(self, tree: exp.Expr) -> str:
        """A rewritten tree in this dialect. Raises sqlglot's UnsupportedError for what it cannot say."""
        return tree.sql(dialect=self.name, pretty=True, unsupported_level=ErrorLevel.RAISE)

    def rewritten(self, sql: str) -> exp.Query:
        """The tree of a step's text, in the functions this engine has."""
        tree = parse_one(sql, read=READ)
        for rewrite in self.rewrites:
            for node in reversed(list(tree.walk(bfs=True))):  # what stands inside first: functions are nested
                rewritten = rewrite(node)
                if rewritten is not node:
                    node.replace(rewritten)
        return cast(exp.Query, tree)

    def column(self, value: exp.Expr, type_: exp.DataType) -> exp.Expr:
        """A value in a type; text in the order of its code points."""
        typed = exp.cast(value, type_)
        if self.text_collation and type_.is_type("text"):
            return exp.Collate(this=typed, expression=exp.to_identifier(self.text_collation, quoted=True))
        return typed


def _strict_cast(node: exp.Expr) -> exp.Expr:
    """What Spark calls a cast fails on a value that does not fit, as everywhere else."""
    return exp.cast(node.this, node.args["to"]) if isinstance(node, exp.TryCast) else node


def _plain_dates(node: exp.Expr) -> exp.Expr:
    """Days between two dates, which need not be made dates of text first."""
    if isinstance(node, exp.DateDiff):
        later, earlier = (s.this if isinstance(s, exp.TsOrDsToDate) else s for s in (node.this, node.expression))
        return exp.DateDiff(this=later, expression=earlier, unit=exp.var("DAY"))
    return node


def _date_arithmetic(node: exp.Expr) -> exp.Expr:
    """Months and days added, as a date.

    Not `add_months`: on Snowflake it turns the last day of a month into the last day of the other, and
    28 February + 9 months would be 30 November.
    """
    if isinstance(node, exp.AddMonths | exp.TsOrDsAdd):
        unit = "MONTH" if isinstance(node, exp.AddMonths) else "DAY"
        return exp.cast(exp.DateAdd(this=node.this, expression=node.expression, unit=exp.var(unit)), _DATE)
    return node


def _by_int(node: exp.Expr) -> exp.Expr:
    """Spark adds days and months that are an INT, and takes no BIGINT for one."""
    if isinstance(node, exp.AddMonths | exp.TsOrDsAdd):
        node.set("expression", exp.cast(node.expression, "int"))
    return node


def _days_by_minus(node: exp.Expr) -> exp.Expr:
    """PostgreSQL has no datediff: one date minus another is a number of days."""
    if isinstance(node, exp.DateDiff):
        return exp.Paren(this=exp.Sub(this=node.this, expression=node.expression))
    return node


def _first_of_ordered(node: exp.Expr) -> exp.Expr:
    """PostgreSQL has no min_by: the first of the values in the order of the others."""
    if isinstance(node, exp.ArgMin):
        order = exp.Order(this=node.this, expressions=[exp.Ordered(this=node.expression)])
        gathered = exp.Paren(this=exp.ArrayAgg(this=order))
        return exp.Bracket(this=gathered, expressions=[exp.Literal.number(1)], offset=1)
    return node


def _iso_dates(node: exp.Expr) -> exp.Expr:
    """A date as text whatever the session's date style. The names of dates end so."""
    if isinstance(node, exp.Cast) and node.to.is_type("text") and node.this.name.endswith(("_on", "_date")):
        return exp.TimeToStr(this=node.this, format=exp.Literal.string("%Y-%m-%d"))
    return node


def _words_joined_by(*function: str) -> Rewrite:
    """Words joined, the nulls left out, where `concat_ws` is missing or gives null for a null.

    The array's elements are made by `function`, or written as an array where it is left out.
    """

    def joined(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.ConcatWs):
            return node
        separator, *words = node.expressions
        array = exp.func(*function, *words) if function else exp.array(*words)
        return exp.Anonymous(this="ARRAY_TO_STRING", expressions=[array, separator])

    return joined


def _concat_ws_as_it_is(node: exp.Expr) -> exp.Expr:
    """Trino's `concat_ws` leaves nulls out; SQLGlot, not knowing the types, would say it cannot tell."""
    return exp.Anonymous(this="CONCAT_WS", expressions=node.expressions) if isinstance(node, exp.ConcatWs) else node


_ALIKE = (_strict_cast, _plain_dates)
_TEMPORARY_TABLE = "create or replace temporary table {name} as"
# Not views on views: each would be worked out again wherever it is read.
_STAY = "{} has no temporary tables everywhere: the steps are made as tables in the session's schema, and stay."
_TEMPORARY_VIEW = "create or replace temporary view {name} as"

DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect(
            "postgres",
            "PostgreSQL",
            True,
            _TEMPORARY_VIEW,
            "drop table if exists pg_temp.{name};\ncreate temporary table {name} as",
            (*_ALIKE, _date_arithmetic, _days_by_minus, _first_of_ordered, _iso_dates),
            after="analyze {name};",
            text_collation="C",
        ),
        Dialect("duckdb", "DuckDB", True, _TEMPORARY_VIEW, _TEMPORARY_TABLE, (*_ALIKE, _date_arithmetic)),
        Dialect(
            "spark",
            "Spark SQL",
            True,
            _TEMPORARY_VIEW,
            "drop table if exists {name};\ncreate table {name} using parquet as",
            (*_ALIKE, _by_int),
            note=_STAY.format("Spark"),
        ),
        Dialect(
            "databricks",
            "Databricks SQL",
            False,
            _TEMPORARY_VIEW,
            "create or replace table {name} as",
            (*_ALIKE, _by_int),
            note=_STAY.format("Databricks"),
        ),
        Dialect(
            "snowflake",
            "Snowflake",
            False,
            _TEMPORARY_VIEW,
            _TEMPORARY_TABLE,
            (*_ALIKE, _date_arithmetic, _iso_dates, _words_joined_by("ARRAY_CONSTRUCT_COMPACT")),
        ),
        Dialect(
            "bigquery",
            "BigQuery",
            False,
            "create or replace temp table {name} as",
            "create or replace temp table {name} as",
            (*_ALIKE, _date_arithmetic, _words_joined_by()),
            note="BigQuery has no temporary views: the columns read of the input are copied into temporary tables.",
        ),
        Dialect(
            "trino",
            "Trino",
            False,
            "drop table if exists {name};\ncreate table {name} as",
            "drop table if exists {name};\ncreate table {name} as",
            (*_ALIKE, _date_arithmetic, _concat_ws_as_it_is),
            note=_STAY.format("Trino"),
        ),
    )
}
