"""The golden rate tables: one clinic of 2,000 patients evaluated for each performance year.

`make golden` writes them anew. What each year counts is worked by hand in the specification's chapter on years;
these tables hold it together over many patients.
"""

import os
from pathlib import Path

import pytest

from arrow_tables import Row
from decade import as_of, decade
from engines import duckdb
from lumbar.measures import for_year, years
from lumbar.measures.policy import Policy
from lumbar.tables.results import RATE

FOLDER = Path(__file__).parent / "rates"


def text(rates: list[Row]) -> str:
    """The rate table as CSV, fractions to twelve decimals."""
    lines = [",".join(RATE.column_names)]
    for row in rates:
        cells = (row[name] for name in RATE.column_names)
        lines.append(",".join("" if c is None else f"{c:.12f}" if isinstance(c, float) else str(c) for c in cells))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("year", years())
def test_the_rates_of_the_year_are_as_kept(year: int) -> None:
    clinic = decade()
    assert len(clinic["patient"]) == 2000
    found = text(duckdb(clinic, for_year(year), Policy(), as_of(year)).rate)
    path = FOLDER / f"{year}.csv"
    if os.environ.get("LUMBAR_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")


def test_there_is_a_table_for_every_year_and_no_other() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == {str(year) for year in years()}
