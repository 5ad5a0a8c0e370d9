"""The SQL is static, says what it delivers, and computes in decimals."""

import re

import pytest
import sqlglot
from sqlglot import exp

from lumbar.engine.relational import STEP_TABLES, steps
from lumbar.engine.slices import MADE_BEFORE, READ_COLUMNS
from lumbar.tables.schema import Type
from source_files import SRC, name_of, without_comments

ENGINE = sorted((SRC / "engine" / "sql").glob("*.sql"))
READERS = sorted((SRC / "readers" / "sql").glob("*.sql"))
TEMPLATING = re.compile(r"\{\{|\{%|\{\w*\}|\$\{|%\(\w+\)s|<<\w+>>")
BINARY = re.compile(r"\b(?:double|float4?|float8|real)\b|\b\d+\.\d*e[+-]?\d+\b", re.IGNORECASE)
DECIDED = re.compile(r"\b(?:asc|desc) nulls (?:first|last)$")
ids = {"ids": name_of}


def order_terms(sql: str) -> list[str]:
    """Every term of every `order by`, in parentheses or not, on one line each."""
    terms = []
    for start in re.finditer(r"\border by\b", sql):
        depth, term = 0, ""
        for character in sql[start.end() :]:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if depth < 0:
                break
            if character == "," and depth == 0:
                terms.append(term)
                term = ""
            else:
                term += character
        terms.append(term)
    return [" ".join(term.split()) for term in terms]


def test_every_step_has_its_file_and_every_file_is_a_step():
    assert {path.name for path in ENGINE} == {f"{n}_{table}.sql" for n, table in enumerate(STEP_TABLES, start=1)}
    assert [step.table for step in steps()] == list(STEP_TABLES)


@pytest.mark.parametrize("path", [*ENGINE, *READERS], **ids)
def test_the_file_names_itself_and_its_rows(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith(f"-- {path.name} — "), first


@pytest.mark.parametrize("path", ENGINE, **ids)
def test_the_header_of_a_step_gives_its_grain_and_its_key(path):
    header = re.match(r"(?:--[^\n]*\n)+", path.read_text(encoding="utf-8"))[0]
    assert re.search(r"one row per", header)
    assert re.search(r"^-- Key: \w+", header, re.MULTILINE)


@pytest.mark.parametrize("path", [*ENGINE, *READERS], **ids)
def test_the_text_holds_no_templating(path):
    text = re.sub(r"'[^']*'", "''", without_comments(path.read_text(encoding="utf-8")))
    assert TEMPLATING.findall(text) == []


@pytest.mark.parametrize("path", ENGINE, **ids)
def test_a_step_is_one_select_and_no_binary_number_stands_in_it(path):
    text = without_comments(path.read_text(encoding="utf-8"))
    assert re.match(r"\s*(?:with|select)\b", text)
    assert ";" not in text
    assert BINARY.findall(text) == []


@pytest.mark.parametrize("path", ENGINE, **ids)
def test_an_order_says_its_direction_and_where_nulls_go(path):
    for term in order_terms(without_comments(path.read_text(encoding="utf-8"))):
        assert DECIDED.search(term), term


@pytest.mark.parametrize("path", ENGINE, **ids)
def test_no_measure_is_named_in_a_step(path):
    """Measures reach the SQL as rows of small relations."""
    text = without_comments(path.read_text(encoding="utf-8"))
    assert re.findall(r"measure_id\s*(?:=|in|<>)\s*\(?'", text) == []


@pytest.mark.parametrize("bad", ["select {{ measure }}", "select '{x}', {column}", "where d > ${as_of}", "%(name)s"])
def test_templating_is_noticed(bad):
    assert TEMPLATING.search(re.sub(r"'[^']*'", "''", bad))


@pytest.mark.parametrize("bad", ["cast(x as double)", "x::float8", "1.0e3", "cast(x as REAL)"])
def test_a_binary_number_is_noticed(bad):
    assert BINARY.search(bad)


@pytest.mark.parametrize(
    ("sql", "terms"),
    [
        ("select a order by a", ["a"]),
        ("over (partition by x order by f(a, b) asc nulls last, c desc) as n, d", ["f(a, b) asc nulls last", "c desc"]),
        ("order by a nulls last, b asc", ["a nulls last", "b asc"]),
    ],
)
def test_an_order_that_leaves_something_open_is_noticed(sql, terms):
    assert order_terms(sql) == terms
    assert not all(DECIDED.search(term) for term in order_terms(sql))


def test_scores_are_decimals_in_every_engine():
    assert Type.SCORE.sql == "decimal(9, 4)"


def test_a_slice_of_patients_holds_every_column_the_steps_read():
    """Patients are judged slice by slice over copies of these columns; the steps before read whole tables."""
    read = {
        (column.table, column.name)
        for step in steps()
        if step.table not in MADE_BEFORE
        for column in sqlglot.parse_one(step.sql, read="spark").find_all(exp.Column)
        if column.table in READ_COLUMNS
    }
    assert read <= {(table, name) for table, names in READ_COLUMNS.items() for name in names.split(", ")}
    assert {table for table, _ in read} == set(READ_COLUMNS)
