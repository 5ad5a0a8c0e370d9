"""A file that no longer says what the result says is refused: every column, in every form, at every level."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command_line import lumbar
from lumbar.errors import RecountError
from lumbar.exports.outcomes.privacy import TABLES, Privacy
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import expected
from lumbar.workflow.result import stored
from marked_patient import PATIENT_ID, write_marked_clinic
from outcome_reading import FORMS

LEVELS = tuple(level.value for level in Privacy)
COLUMNS = [(level, name) for level in LEVELS for name in TABLES[Privacy(level)].column_names]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A small result, its files by level and form, and what they must say."""
    folder = tmp_path_factory.mktemp("recount")
    result = folder / "result"
    ended = lumbar(
        *("evaluate", write_marked_clinic(folder), "--year", 2026, "--as-of", "2027-02-01", "--out", result),
        "--no-report",
    )
    assert ended.code == 0, ended.err
    files = {(level, form): folder / f"{level}.{form}" for level in LEVELS for form in FORMS}
    for (level, _), path in files.items():
        assert lumbar("export", "outcomes", result, "--out", path, "--privacy", level).code == 0
    return files, said_by(result)


def said_by(folder, npi=None):
    result = stored(folder)
    ids = [measure.id for measure in result.rules.measures]
    return expected(
        result.outcome.to_pylist(),
        result.rules,
        ids,
        npi,
        date(2027, 2, 1),
        lambda name: result.clinical(name).to_pylist(),
    )


def changed(path, target, change):
    """A copy of a file whose header and rows went through `change(header, rows)`, in the same form."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        header, rows = change(header, rows)
        with target.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([header, *rows])
    elif path.suffix == ".parquet":
        table = pq.read_table(path)
        header, rows = change(table.schema.names, [list(row.values()) for row in table.to_pylist()])
        fields = [
            table.schema.field(name) if name in table.schema.names else pa.field(name, pa.string()) for name in header
        ]
        columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(fields)]
        pq.write_table(pa.table(columns, pa.schema(fields)), target)
    else:
        book = openpyxl.load_workbook(path)
        header, *rows = book["outcomes"].iter_rows(values_only=True)
        header, rows = change(list(header), [list(row) for row in rows])
        del book["outcomes"]
        sheet = book.create_sheet("outcomes", 0)
        for row in (header, *rows):
            sheet.append(row)
        book.save(target)
    return target


def other(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    if isinstance(value, int | float | Decimal):
        return value + 1
    if value in ("true", "false"):
        return "false" if value == "true" else "true"
    try:
        return str(Decimal(value) + 1)
    except ArithmeticError:
        pass_on = str(value)
    try:
        return (date.fromisoformat(pass_on) + timedelta(days=1)).isoformat()
    except ValueError:
        return pass_on + "x"


# ---- what is left alone is released


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_a_file_written_again_without_a_change_passes(small, level, form, tmp_path):
    files, there = small
    target = changed(files[level, form], tmp_path / "again", lambda header, rows: (header, rows))
    recount(f"outcomes-{level}", target, there)


# ---- what is changed is refused


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("level", "column"), COLUMNS)
def test_a_changed_cell_is_refused_and_no_value_is_told(small, level, column, form, tmp_path):
    """The last row that has a value there; where none has, the first is given one."""
    files, there = small

    def change(header, rows):
        place = header.index(column)
        filled = [row for row in rows if row[place] not in (None, "")]
        if filled:
            filled[-1][place] = other(filled[-1][place])
        else:
            rows[0][place] = "excluded"
        return header, rows

    target = changed(files[level, form], tmp_path / "changed", change)
    with pytest.raises(RecountError) as refused:
        recount(f"outcomes-{level}", target, there)
    assert PATIENT_ID not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(("level", "column"), [pair for pair in COLUMNS if pair[1] != "not_in_measure_because"])
def test_a_cell_that_is_emptied_is_refused(small, level, column, tmp_path):
    files, there = small

    def change(header, rows):
        place = header.index(column)
        next(row for row in rows if row[place])[place] = ""
        return header, rows

    target = changed(files[level, "csv"], tmp_path / "emptied", change)
    with pytest.raises(RecountError):
        recount(f"outcomes-{level}", target, there)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("how", "told"),
    [
        (lambda header, rows: (header, rows[:3] + rows[4:]), "eligible: .* in the file, .* in the result"),
        (lambda header, rows: (header, rows[:4] + rows[3:]), "eligible: .* in the file, .* in the result"),
        (lambda header, rows: (header, []), "eligible: 0 in the file, .* in the result"),
        (lambda header, rows: ([*header, "name"], [[*row, "x"] for row in rows]), "has not the form of outcomes"),
        (lambda header, rows: (header[:-1], [row[:-1] for row in rows]), "has not the form of outcomes"),
        (lambda header, rows: ([header[1], header[0], *header[2:]], rows), "has not the form of outcomes"),
    ],
    ids=["a row less", "a row twice", "no row", "a column more", "a column less", "columns changed over"],
)
def test_another_table_is_refused(small, level, form, how, told, tmp_path):
    files, there = small
    target = changed(files[level, form], tmp_path / "other", how)
    with pytest.raises(RecountError, match=told):
        recount(f"outcomes-{level}", target, there)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_results_of_two_operations_changed_over_are_refused(small, level, form, tmp_path):
    """Each count stays as it was: one met and one not met of the same measure and kind."""
    files, there = small

    def change(header, rows):
        measure, kind, status = (header.index(name) for name in ("measure_id", "kind", "status"))
        met, not_met = next(
            (one, two) for one in rows for two in rows
            if (one[status], two[status], one[measure], one[kind]) == ("met", "not_met", two[measure], two[kind])
        )  # fmt: skip
        met[status], not_met[status] = "not_met", "met"
        return header, rows

    target = changed(files[level, form], tmp_path / "over", change)
    with pytest.raises(
        RecountError, match=r"row \d+ of (outcome is not in the file|the file is not row \d+ of outcome in status)"
    ):
        recount(f"outcomes-{level}", target, there)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", ["limited", "deidentified"])
def test_a_patient_divided_in_two_is_refused(small, level, form, tmp_path):
    """The second operation of the patient with two becomes that of a further patient."""
    files, there = small

    def change(header, rows):
        last = max(int(row[0]) for row in rows) + 1
        for row in rows:
            if str(row[1]) == "2":
                row[0], row[1] = (str(last), "1") if form == "csv" else (last, 1)
        return header, rows

    target = changed(files[level, form], tmp_path / "divided", change)
    with pytest.raises(RecountError, match="rows are not linked to patients and operations as in the result"):
        recount(f"outcomes-{level}", target, there)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("asked", "written"), [(a, w) for a in LEVELS for w in LEVELS if a != w])
def test_a_file_of_another_level_than_asked_for_is_refused(small, asked, written, form):
    files, there = small
    with pytest.raises(RecountError, match=f"has not the form of outcomes-{asked}"):
        recount(f"outcomes-{asked}", files[written, form], there)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no workbook", b"PAR1 and no table", b"\xff\xfe\x00a"])
def test_a_file_that_is_none_is_refused(small, content, tmp_path):
    (tmp_path / "o").write_bytes(content)
    with pytest.raises(RecountError, match="has not the form of outcomes-limited"):
        recount("outcomes-limited", tmp_path / "o", small[1])


def test_a_formula_in_place_of_a_text_is_refused(small, tmp_path):
    book = openpyxl.load_workbook(small[0]["identified", "xlsx"])
    book["outcomes"]["A2"] = "=1+1"
    book.save(tmp_path / "o.xlsx")
    with pytest.raises(RecountError, match="row 1 of the file is not row"):
        recount("outcomes-identified", tmp_path / "o.xlsx", small[1])


def test_a_number_in_place_of_a_code_is_refused(small, tmp_path):
    """A measure's id is text: 459 as a number is another cell."""

    def change(header, rows):
        rows[0][header.index("measure_id")] = int(rows[0][header.index("measure_id")])
        return header, rows

    target = changed(small[0]["limited", "xlsx"], tmp_path / "number", change)
    with pytest.raises(RecountError, match="has not the form of outcomes-limited"):
        recount("outcomes-limited", target, small[1])
