"""The measure as a script: DuckDB runs its own; the others are at least texts of their dialect, without known traps."""

import re
from datetime import date
from functools import cache

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from command_line import lumbar
from lumbar.cli.options import Dialect
from lumbar.engine.dialects import DIALECTS
from lumbar.engine.duckdb import open_session
from lumbar.engine.relational import relations, steps
from lumbar.engine.script import COUNT_TABLE, OUTCOME_TABLE, PREFIX, measure_script
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import NEAREST, Policy
from lumbar.tables.clinical import JUDGED_TABLES
from lumbar.tables.results import OUTCOME
from scripts import AS_OF, CASES, COUNT_COLUMNS, Rows, by_duckdb, clinic_around, sorted_counts, sorted_outcome

NAMES = sorted(DIALECTS)
YEAR = ("--year", "2026", "--as-of", "2026-11-21")


def text(dialect: str, year: int = 2026, policy: Policy = Policy(), **options) -> str:  # noqa: B008 - a frozen value
    return measure_script(dialect, for_year(year), policy, AS_OF, **options)


@cache
def statements(dialect: str, year: int = 2026) -> list[exp.Expr]:
    """The statements as SQLGlot reads them in their own dialect."""
    return sqlglot.parse(text(dialect, year), read=dialect)


@cache
def code(dialect: str, year: int = 2026) -> str:
    """The statements without their comments, on one line each blank."""
    return " ".join(re.sub(r"--[^\n]*|/\*.*?\*/", "", text(dialect, year), flags=re.DOTALL).split())


def run_by_duckdb(script: str, clinic: dict[str, pa.Table]) -> tuple[Rows, Rows]:
    """What a DuckDB script leaves in a plain session over tables of the clinic."""
    with open_session() as session:
        for name, rows in clinic.items():
            session.register(f"given_{name}", rows)
            session.execute(f"create table {name} as from given_{name}")
        session.execute(script)
        outcome = session.execute(f"select {', '.join(OUTCOME.column_names)} from {OUTCOME_TABLE}").to_arrow_table()
        counts = session.execute(f"select {', '.join(COUNT_COLUMNS)} from {COUNT_TABLE}").to_arrow_table()
    return sorted_outcome(outcome.to_pylist()), sorted_counts(counts.to_pylist())


@pytest.mark.parametrize(
    ("year", "policy", "day"), CASES, ids=lambda value: str(getattr(value, "postoperative", value))
)
def test_duckdbs_script_equals_duckdbs_engine(year: int, policy: Policy, day: date) -> None:
    clinic = clinic_around(year, 400)
    expected = by_duckdb(clinic, year, policy, day)
    assert len(expected[0]) > 400
    assert run_by_duckdb(measure_script("duckdb", for_year(year), policy, day), clinic) == expected


def test_a_script_of_one_measure_has_the_rows_of_that_measure() -> None:
    clinic = clinic_around(2026, 100)
    outcome, counts = by_duckdb(clinic, 2026, Policy(), AS_OF)
    found, found_counts = run_by_duckdb(text("duckdb", measure_ids=["461"]), clinic)
    assert found == [row for row in outcome if row["measure_id"] == "461"] != []
    whole = [{**row, "position": None} for row in counts if row["measure_id"] == "461"]
    assert [{**row, "position": None} for row in found_counts] == whole != []


@pytest.mark.parametrize("year", [2018, 2021, 2026])
@pytest.mark.parametrize("dialect", NAMES)
def test_a_script_is_text_of_its_dialect_that_makes_every_relation_and_step_in_order(dialect: str, year: int) -> None:
    parsed = statements(dialect, year)
    made = [statement.this.find(exp.Table).name for statement in parsed if isinstance(statement, exp.Create)]
    rules = relations(for_year(year), Policy(), AS_OF)
    names = [*(t.name for t in JUDGED_TABLES), *(r.name for r in rules), *(s.table for s in steps())]
    assert made == [f"{PREFIX}{name}" for name in names]
    assert {type(statement) for statement in parsed} <= {exp.Create, exp.Drop, exp.Analyze}


@pytest.mark.parametrize("dialect", NAMES)
def test_a_script_touches_nothing_but_what_it_names_itself(dialect: str) -> None:
    """No insert, update or delete; what is dropped or replaced has the prefix."""
    for statement in statements(dialect):
        assert not isinstance(statement, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Alter)
        if isinstance(statement, exp.Create | exp.Drop):
            assert statement.find(exp.Table).name.startswith(PREFIX)
        if isinstance(statement, exp.Drop) and dialect == "postgres":
            assert statement.find(exp.Table).db == "pg_temp"


@pytest.mark.parametrize("dialect", NAMES)
def test_every_name_a_step_reads_is_a_table_made_before_it(dialect: str) -> None:
    known = {table.name for table in JUDGED_TABLES}
    for statement in statements(dialect):
        if not isinstance(statement, exp.Create):
            continue
        local = {cte.alias for cte in statement.find_all(exp.CTE)}
        target = statement.this.find(exp.Table)
        read = {table.name for table in statement.find_all(exp.Table) if table is not target}
        assert read <= known | local, f"{target.name} reads {read - known - local}"
        known.add(target.name)


@pytest.mark.parametrize("dialect", NAMES)
def test_the_header_says_what_the_script_is_and_whether_it_has_been_run(dialect: str) -> None:
    head = text(dialect, policy=Policy(postoperative=NEAREST)).split("\n\n")[0]
    assert lock_hash(for_year(2026)) in head
    assert "As-of date: 2026-11-21" in head
    assert "postoperative = nearest" in head
    assert "Measures: 459, 461, 471" in head
    assert ("generated, not run" in head) == (dialect not in ("postgres", "duckdb", "spark"))
    assert all(len(line) <= 120 for line in head.splitlines())


@pytest.mark.parametrize("dialect", NAMES)
def test_the_contract_names_every_column_that_is_read_and_no_other(dialect: str) -> None:
    contract = text(dialect).split("\n\n")[1]
    named = set(re.findall(r"^--   (\w+) .+?: ", contract, re.MULTILINE))
    assert {"patient_id", "procedure_id", "modifiers", "value", "assessed_time", "deceased"} <= named
    assert not {"sex", "facility", "member_id", "payer_name", "language"} & named


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "snowflake", "bigquery", "trino"])
def test_months_are_not_added_by_a_function_that_keeps_the_end_of_a_month(dialect: str) -> None:
    """Snowflake's ADD_MONTHS makes 28 February + 9 months the 30th of November."""
    assert "ADD_MONTHS" not in code(dialect)
    assert len(re.findall(r"\bMONTH\b", code(dialect))) >= 4


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery"])
def test_flags_are_joined_without_the_missing_ones(dialect: str) -> None:
    """CONCAT_WS is null for a null on Snowflake, and missing on BigQuery."""
    assert "CONCAT_WS" not in code(dialect)
    assert "ARRAY_TO_STRING(" in code(dialect)
    assert "'better_but_not_met' END, ''" not in code(dialect)


def test_snowflake_leaves_nulls_out_of_an_array_of_words() -> None:
    assert "ARRAY_TO_STRING( ARRAY_CONSTRUCT_COMPACT(" in code("snowflake")


@pytest.mark.parametrize("dialect", NAMES)
def test_a_cast_fails_on_what_does_not_fit(dialect: str) -> None:
    """A safe cast would make a null of it, silently."""
    assert not re.findall(r"\b(?:TRY|SAFE)_CAST\b", code(dialect))


@pytest.mark.parametrize("dialect", NAMES)
def test_an_outer_join_is_on_equal_columns(dialect: str) -> None:
    """BigQuery refuses an outer join without an equality."""
    for statement in statements(dialect, 2021):
        for join in statement.find_all(exp.Join):
            if join.side:
                assert join.args["on"].find(exp.EQ), join.sql()
                assert not join.args["on"].find(exp.Like), join.sql()


@pytest.mark.parametrize("dialect", ["postgres", "snowflake"])
def test_a_date_becomes_text_whatever_the_sessions_date_style(dialect: str) -> None:
    assert len(re.findall(r"TO_CHAR\(operation\.index_date, 'yyyy-mm-dd'\)", code(dialect), re.IGNORECASE)) == 1


def test_trino_makes_no_temporary_table() -> None:
    assert "temp" not in code("trino").lower()


def test_the_command_knows_every_dialect() -> None:
    assert sorted(Dialect) == NAMES


def test_the_command_prints_the_script_or_writes_it(tmp_path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('postoperative = "nearest"\n', encoding="utf-8")
    words = ("sql", "--dialect", "postgres", *YEAR, "--measure", "459", "--policy", policy)
    printed = lumbar(*words)
    assert printed.code == 0
    assert printed.out == text("postgres", policy=Policy(postoperative=NEAREST), measure_ids=["459"])
    written = lumbar(*words, "--out", tmp_path / "measure.sql")
    assert (written.code, written.out, written.err) == (0, "", "")
    assert (tmp_path / "measure.sql").read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--dialect", "oracle", *YEAR), "oracle"),
        (("--dialect", "postgres", "--year", "1999", "--as-of", "2026-11-21"), "no rules for performance year 1999"),
        (("--dialect", "postgres", "--year", "2026", "--as-of", "soon"), "write the as-of date as YYYY-MM-DD"),
        (("--dialect", "postgres", *YEAR, "--measure", "999"), "no measure '999' in 2026"),
    ],
)
def test_what_cannot_be_is_one_clear_line(words: tuple[str, ...], said: str) -> None:
    ended = lumbar("sql", *words)
    assert ended.code == 2
    assert said in ended.err
    assert len(ended.err.splitlines()) == 1
