"""The outcome table as a file: its counts, its cells, its looks and the same bytes on any day."""

import re
import time
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter.core

from command_line import assert_one_clear_line, lumbar
from decade import as_of, decade
from lumbar.errors import UsageError
from lumbar.exports.leaving import unfinished
from lumbar.exports.outcomes.privacy import TABLES, Privacy
from lumbar.exports.outcomes.writing import write_outcomes
from lumbar.measures import for_year, years
from lumbar.tables.results import FLAGS, NOT_RECOVERED
from lumbar.workflow.exporting import leaving
from lumbar.workflow.result import stored
from outcome_reading import FORMS, rows_of
from result_folder import result_folder
from source_files import ROOT

LEVELS = tuple(level.value for level in Privacy)


def export(result, path, level, *more):
    ended = lumbar("export", "outcomes", result, "--out", path, "--privacy", level, *more)
    assert ended.code == 0, ended.err
    return ended


@pytest.fixture(scope="module")
def files(closed, tmp_path_factory):
    """Every level in every form, of the 1,500 patients once all windows have closed."""
    folder = tmp_path_factory.mktemp("outcomes")
    paths = {(level, form): folder / f"{level}.{form}" for level in LEVELS for form in FORMS}
    for (level, _), path in paths.items():
        export(closed, path, level)
    return paths


# ---- counts and cells


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_the_rows_of_a_file_counted_are_the_rates_of_the_result(files, closed, level, form):
    rows = rows_of(files[level, form])
    kinds = {s.name: s.kind for m in for_year(2026).measures for s in m.strata}
    found = Counter((row["measure_id"], row["kind"], row["status"]) for row in rows)
    for rate in stored(closed).rate.to_pylist():
        of = [kinds[rate["stratum"]]] if rate["stratum"] != "overall" else [*kinds.values()]
        n = {status: sum(found[rate["measure_id"], kind, status] for kind in set(of))
             for status in ("met", "not_met", "not_assessed")}  # fmt: skip
        assert n["met"] == rate["met"]
        assert n["not_met"] + n["not_assessed"] == rate["not_met"]
        assert n["not_assessed"] == rate["not_assessed"]
        assert sum(n.values()) == rate["eligible"]
    assert len(rows) > 3000


def test_an_identified_parquet_file_is_the_table_outcome_row_for_row(files, closed):
    outcome = stored(closed).outcome
    written = pq.read_table(files["identified", "parquet"])
    assert written.equals(outcome.filter(outcome["in_measure"]))
    assert written.schema.equals(outcome.schema)


@pytest.mark.parametrize("level", LEVELS)
def test_the_three_forms_hold_the_same_cells(files, level):
    """Of a workbook 8.2 comes back as the float 8.2, whose shortest text is the decimal; of CSV all is text."""

    def said(value):
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float | Decimal):
            return f"{Decimal(str(value)).normalize():f}"
        return "" if value is None else str(value)

    csv, parquet, xlsx = ([[said(v) for v in row.values()] for row in rows_of(files[level, form])] for form in FORMS)
    assert csv == parquet == xlsx


@pytest.mark.parametrize("level", LEVELS)
def test_columns_have_their_declared_types_meanings_and_order(files, level):
    table = TABLES[Privacy(level)]
    schema = pq.read_schema(files[level, "parquet"])
    assert tuple(schema.names) == table.column_names
    types = {"text": pa.string(), "date": pa.date32(), "score": pa.decimal128(9, 4), "integer": pa.int64(),
             "boolean": pa.bool_()}  # fmt: skip
    for column, field in zip(table.columns, schema, strict=True):
        assert field.type == types[column.type], column.name
        assert field.metadata[b"meaning"].decode() == column.meaning
        assert field.metadata.get(b"unit", b"").decode() == column.unit
    assert b"pandas" not in schema.metadata
    assert schema.metadata[b"lumbar.note"].decode() == NOT_RECOVERED
    assert schema.metadata[b"lumbar.as_of"] == b"2027-02-01"


def test_a_csv_file_is_as_rfc_4180_has_it(files):
    content = files["identified", "csv"].read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.endswith(b"\r\n")
    assert not content.startswith(b"\xef\xbb\xbf")
    content.decode("utf-8")


def test_open_windows_leave_as_such_in_an_identified_and_in_a_limited_file(with_open_windows, tmp_path):
    for level in ("identified", "limited"):
        export(with_open_windows, tmp_path / "o.csv", level)
        rows = rows_of(tmp_path / "o.csv")
        assert {"open"} < {row["status"] for row in rows} <= {"met", "not_met", "not_assessed", "open", "upcoming"}
        assert {row["provisional"] for row in rows} == {"true", "false"}


@pytest.mark.parametrize("level", ["identified", "limited"])
def test_while_results_may_change_the_command_and_the_file_say_interim(with_open_windows, level, tmp_path):
    reasons = unfinished(leaving(stored(with_open_windows)))
    assert reasons
    for form in FORMS:
        ended = export(with_open_windows, tmp_path / f"o.{form}", level)
        assert [line for line in ended.err.splitlines() if line.startswith("Interim: ")] == [
            f"Interim: {reason}" for reason in reasons
        ]
    about = openpyxl.load_workbook(tmp_path / "o.xlsx")["about"]
    assert dict(row[:2] for row in about.iter_rows(values_only=True))["interim"] == "; ".join(reasons)
    metadata = pq.read_schema(tmp_path / "o.parquet").metadata
    assert metadata[b"lumbar.interim"].decode() == "; ".join(reasons)


@pytest.mark.parametrize("level", LEVELS)
def test_once_all_windows_have_closed_nothing_says_interim(files, closed, level, tmp_path):
    assert "Interim" not in export(closed, tmp_path / "o.csv", level).err
    about = openpyxl.load_workbook(files[level, "xlsx"])["about"]
    assert "interim" not in {row[0] for row in about.iter_rows(values_only=True)}
    assert b"lumbar.interim" not in pq.read_schema(files[level, "parquet"]).metadata


def test_a_de_identified_file_says_that_days_at_the_ends_of_windows_are_moved(files):
    fields = pq.read_schema(files["deidentified", "parquet"])
    for name in ("preoperative_day", "postoperative_day"):
        assert "the nearest of these" in fields.field(name).metadata[b"meaning"].decode()


def test_a_measure_and_a_surgeon_can_be_asked_for(closed, tmp_path):
    npi = Counter(stored(closed).outcome["surgeon_npi"].to_pylist()).most_common(1)[0][0]
    export(closed, tmp_path / "o.parquet", "identified", "--measure", "461", "--npi", npi)
    rows = rows_of(tmp_path / "o.parquet")
    assert rows
    assert {(row["measure_id"], row["surgeon_npi"]) for row in rows} == {("461", npi)}
    export(closed, tmp_path / "d.parquet", "deidentified", "--npi", npi)
    assert npi.encode() not in (tmp_path / "d.parquet").read_bytes()
    assert b"lumbar.surgeon_npi" not in pq.read_schema(tmp_path / "d.parquet").metadata


# ---- the workbook


@pytest.mark.parametrize("level", LEVELS)
def test_a_workbook_can_be_read_by_a_person(files, level):
    book = openpyxl.load_workbook(files[level, "xlsx"])
    rows, about = book["outcomes"], book["about"]
    assert book.sheetnames == ["outcomes", "about"]
    assert rows.freeze_panes == "C2"  # below the header, right of the ids
    assert rows.auto_filter.ref == rows.dimensions
    assert rows.print_title_rows == "$1:$1"
    header = rows["A1"]
    assert header.font.bold
    assert header.fill.fgColor.rgb == "FF1F4E5F"
    assert header.alignment.wrap_text
    table = TABLES[Privacy(level)]
    said = {row[0]: row[1] for row in about.iter_rows(values_only=True) if row[0]}
    assert said["note"] == NOT_RECOVERED
    assert said["as_of"] == "2027-02-01"
    assert said["policy"].startswith("postoperative = latest; ")
    assert {c.name: c.meaning for c in table.columns}.items() <= said.items()
    assert FLAGS.items() <= said.items()


def test_cells_of_a_workbook_are_of_their_type(files):
    """Ids and codes are text, as are those that look like numbers; days are dates and scores are numbers."""
    sheet = openpyxl.load_workbook(files["identified", "xlsx"])["outcomes"]
    header = [cell.value for cell in sheet[1]]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    typed = {(header[cell.column - 1], cell.data_type) for cell in cells}
    kinds = {"text": "s", "date": "d", "score": "n", "boolean": "b"}
    assert dict(typed) == {
        c.name: kinds[c.type] for c in TABLES[Privacy.IDENTIFIED].columns if c.name != "not_in_measure_because"
    }
    assert len(typed) == len(header) - 1
    assert sheet["C2"].number_format == "yyyy-mm-dd"
    assert sheet.cell(2, header.index("postoperative_score") + 1).number_format == "0.0###"


def test_the_flag_of_who_got_worse_is_coloured_and_no_other(files):
    sheet = openpyxl.load_workbook(files["limited", "xlsx"])["outcomes"]
    column = [cell.value for cell in sheet[1]].index("flags") + 1
    (area,) = sheet.conditional_formatting
    letter = openpyxl.utils.get_column_letter(column)
    assert str(area.sqref) == f"{letter}2:{letter}{sheet.max_row}"
    assert area.rules[0].formula == [f'ISNUMBER(SEARCH(" worse "," "&${letter}2&" "))']


def test_a_workbook_of_more_rows_than_a_sheet_holds_is_refused(closed, tmp_path):
    """1,048,576 rows and a header."""
    one = leaving(stored(closed))
    many = replace(one, rows=one.rows.take(pa.array([0] * 1_048_576)))
    with pytest.raises(UsageError, match=r"1,048,576 rows are more than a sheet holds \(1,048,575\); name a file that"):
        write_outcomes(many, tmp_path / "o", Privacy.IDENTIFIED, ".xlsx")
    assert list(tmp_path.iterdir()) == []


# ---- the same bytes


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_the_same_result_gives_the_same_bytes_on_any_day(files, closed, level, form, tmp_path, monkeypatch):
    """The one clock a file could ask would now say 1999."""

    class AsBefore(type):
        def __instancecheck__(cls, value):
            return isinstance(value, datetime)

    class Then(datetime, metaclass=AsBefore):
        @classmethod
        def now(cls, tz=None):
            return cls(1999, 12, 31, tzinfo=tz)

    monkeypatch.setattr(xlsxwriter.core, "datetime", Then)
    export(closed, tmp_path / f"again.{form}", level)
    assert (tmp_path / f"again.{form}").read_bytes() == files[level, form].read_bytes()


def test_a_workbook_made_in_another_time_zone_has_the_same_bytes(files, closed, tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        export(closed, tmp_path / "far.xlsx", "deidentified")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (tmp_path / "far.xlsx").read_bytes() == files["deidentified", "xlsx"].read_bytes()
    with zipfile.ZipFile(tmp_path / "far.xlsx") as packed:
        assert {part.date_time[:3] for part in packed.infolist()} == {(1980, 1, 31)}


def test_the_date_of_a_file_is_the_one_asked_for(closed, tmp_path):
    export(closed, tmp_path / "o.xlsx", "deidentified", "--on", "2027-03-05")
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    assert book.properties.created == datetime(2027, 3, 5)  # noqa: DTZ001 - as the library gives it
    assert book.properties.creator in (None, "")
    assert dict(row[:2] for row in book["about"].iter_rows(values_only=True))["dated"] == "2027-03-05"


# ---- every year


@pytest.mark.parametrize("year", years())
def test_every_year_leaves_at_every_level_and_in_every_form(year, tmp_path):
    """The clinic of ten years, each year once its windows have closed; what is released was recounted."""
    result = result_folder(tmp_path / "result", decade(), year, as_of(year))
    n_eligible = sum(row["eligible"] for row in stored(result).rate.to_pylist() if row["stratum"] == "overall")
    assert n_eligible > 100
    for level, form in (*((level, "csv") for level in LEVELS), ("deidentified", "parquet"), ("deidentified", "xlsx")):
        export(result, tmp_path / f"o.{form}", level)
        assert len(rows_of(tmp_path / f"o.{form}")) == n_eligible


# ---- what is refused


@pytest.mark.parametrize("name", ["o.txt", "o", "o.xls", "o.csv.gz"])
def test_a_file_of_no_known_form_is_refused(closed, tmp_path, name):
    ended = lumbar("export", "outcomes", closed, "--out", tmp_path / name)
    assert_one_clear_line(ended)
    assert "the name ends in .csv, .parquet or .xlsx" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_the_form_is_the_same_in_capitals(closed, tmp_path):
    export(closed, tmp_path / "O.CSV", "limited")
    assert (tmp_path / "O.CSV").read_bytes().startswith(b"patient,operation,")


@pytest.mark.parametrize("form", FORMS)
def test_with_a_window_open_nothing_is_de_identified(with_open_windows, tmp_path, form):
    """Fusions of 30 September 2025 are assessed until 30 December 2026."""
    ended = lumbar("export", "outcomes", with_open_windows, "--out", tmp_path / f"o.{form}")
    assert_one_clear_line(ended)
    assert "evaluate as of 2026-12-31 or later, or choose --privacy limited" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_without_a_level_a_file_is_de_identified(closed, tmp_path):
    ended = lumbar("export", "outcomes", closed, "--out", tmp_path / "o.csv")
    assert ended.code == 0
    assert "age_at_index" in (tmp_path / "o.csv").read_text().splitlines()[0]
    assert "de-identified, safe harbor" in ended.out
    assert NOT_RECOVERED in ended.out
    assert "of one patient alone" in ended.err


# ---- what is documented


def test_the_page_says_which_level_has_which_column():
    """Each column of each level, and no other."""
    page = (ROOT / "docs" / "exports" / "outcomes.md").read_text(encoding="utf-8")
    lines = [re.split(r" *\| ?", line)[1:-1] for line in page.splitlines() if line.startswith("| `")]
    said = [(re.findall(r"`(\w+)`", first), having) for first, *having in lines if len(having) == len(LEVELS)]
    for place, level in enumerate(LEVELS):
        columns = {column for named, having in said for column in named if having[place]}
        assert columns == set(TABLES[Privacy(level)].column_names), level
