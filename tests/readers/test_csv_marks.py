"""Quotation marks that swallow rows, and files that are none: told, never read as fewer rows."""

import os

import pytest

from lumbar.errors import InputError
from source_folder import SCORE, intake, tables_folder

HEADER = "score_id,patient_id,instrument,scale,value,assessed_on,mode"


def line(number, **other):
    return ",".join(
        {**dict.fromkeys(HEADER.split(","), ""), **SCORE, "score_id": f"s{number}", **other}[name]
        for name in HEADER.split(",")
    )


@pytest.mark.parametrize("between", [0, 1, 7, 5000])
@pytest.mark.parametrize("column", ["score_id", "instrument", "mode"])
def test_two_marks_that_open_refuse_the_file_for_the_rows_between_them(column, between, tmp_path):
    """The marks are even in number, and what stands between them is one value of one row."""
    stray = {column: f'"{SCORE.get(column, "")}'}
    rows = [HEADER, line(1), line(2, **stray), *(line(3 + n) for n in range(between)), line(8000, **stray), line(8001)]
    with pytest.raises(InputError, match=r"score\.csv: a quotation mark is left open in line 3, and the rows up to"):
        intake(tables_folder(tmp_path, score="\n".join(rows) + "\n"))


def test_two_marks_in_other_columns_refuse_the_file_too(tmp_path):
    """What they make of the rows does not fit the header."""
    rows = [HEADER, line(1), line(2, score_id='"s2'), line(3), line(4, mode='"paper'), line(5)]
    with pytest.raises(InputError, match="a quotation mark is left open in line 3"):
        intake(tables_folder(tmp_path, score="\n".join(rows) + "\n"))


def test_a_mark_left_open_in_the_header_refuses_the_file(tmp_path):
    with pytest.raises(InputError, match="a quotation mark is left open in the header"):
        intake(tables_folder(tmp_path, score=HEADER.replace("mode", '"mode') + "\n" + line(1, mode='paper"') + "\n"))


def test_a_text_of_several_lines_is_a_value(tmp_path):
    """With commas in it, as an address has."""
    rows = [
        HEADER,
        line(1, mode='"by hand,\nin the ward, with help,\n\nof a nurse"'),
        line(2, assessed_on="2025-01-03"),
    ]
    read = intake(tables_folder(tmp_path, score="\n".join(rows) + "\n"))
    assert [row["mode"] for row in read.tables["score"]] == ["by hand,\nin the ward, with help,\n\nof a nurse", None]
    assert read.rejected == []


@pytest.mark.parametrize("name", ["score_2.csv", "score_2.parquet", "deaths.csv", "score_2.csv.gz"])
def test_a_link_that_leads_nowhere_and_a_pipe_are_told(name, tmp_path):
    for number, make in enumerate((os.mkfifo, lambda path: path.symlink_to("nowhere"))):
        folder = tables_folder(tmp_path / str(number))
        make(folder / name)
        if name == "deaths.csv":
            assert "deaths.csv was not read: no table is called so" in intake(folder).warnings
        else:
            with pytest.raises(InputError, match=rf"^{name}: no file but a broken link, or a pipe"):
                intake(folder)
