"""What docs/sql.md says of the scripts is what they are."""

import re
from datetime import date
from pathlib import Path

import pytest

from lumbar.engine.dialects import DIALECTS
from lumbar.engine.script import measure_script
from lumbar.measures import for_year
from lumbar.measures.policy import Policy

PAGE = (Path(__file__).parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
INPUTS = ("patient", "procedure", "score", "condition", "coverage", "reported_code")


def script(dialect, with_inputs=False):
    return measure_script(dialect, for_year(2026), Policy(), date(2026, 11, 21), with_inputs=with_inputs)


def made(text):
    """What kind of thing each name is made as, in order; input tables of `--with-inputs` among them."""
    found = re.findall(
        r"^create (?:or replace )?(?:(temp)\w* )?(table|view) (?:if not exists )?(\w+)",
        text,
        re.MULTILINE | re.IGNORECASE,
    )
    return {name: (kind, bool(temporary)) for temporary, kind, name in found}


def paragraph(word):
    """The one paragraph that holds a word, on one line."""
    (found,) = (text for text in PAGE.split("\n\n") if word in text)
    return " ".join(found.split())


def test_the_table_of_engines_says_which_were_run():
    rows = [line.split("|")[1:3] for line in PAGE.splitlines() if line.startswith("| `")]
    told = {name: "not run" not in standing for names, standing in rows for name in re.findall("`([a-z]+)`", names)}
    assert told == {name: "Standing: run in" in script(name) for name in DIALECTS}


def test_where_tables_stay_and_where_copies_of_the_records_stay():
    told = paragraph("ends with the session")
    stays = {name for name in DIALECTS if made(script(name))["lumbar_outcome"] == ("table", False)}
    copies = {name for name in DIALECTS if made(script(name))["lumbar_patient"] == ("table", False)}
    assert (stays, copies) == ({"trino", "spark", "databricks"}, {"trino"})
    assert "but on Trino, Spark and Databricks" in told
    assert "On Trino the six statements make tables too" in told


@pytest.mark.parametrize("dialect", DIALECTS)
def test_six_statements_read_the_input_first_or_after_the_empty_tables(dialect):
    assert "right after the head, or after the empty tables of `--with-inputs`" in paragraph("change the one statement")
    assert list(made(script(dialect)))[:6] == [f"lumbar_{name}" for name in INPUTS]
    assert list(made(script(dialect, with_inputs=True)))[:12] == [*INPUTS, *(f"lumbar_{name}" for name in INPUTS)]
