"""The specification as data: chapters of sections of paragraphs, each a small clinic and what must come out.

A table is text: a header line, then one row a line, cells between bars. In given tables an empty
cell is absent. In expected tables an empty cell says nothing and `none` says null.

    procedures="performed_on | code"
               "2025-03-03   | 63030"

A given table without a `patient_id` column holds for every patient of the paragraph; `1..20` in that
column stands for twenty patients. Dates of procedures and scores may carry a time ("2025-03-03 08:00").
Scores are on the instrument's own scale. Ids not given are numbered in the order of the table.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from lumbar.measures import for_year
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import CLINICAL_TABLES, ODI, PERCENT
from lumbar.tables.results import OUTCOME, RATE
from lumbar.tables.schema import Table, Type

SPEC_FOLDER = Path(__file__).parents[1] / "spec"
CLOSED = "2026-11-21"  # an as-of date on which the windows of every default operation have closed
TABLES = {table.name: table for table in CLINICAL_TABLES}
TIMES = {"performed_on": "performed_time", "assessed_on": "assessed_time"}
IDS = {"procedure": ("procedure_id", "l"), "score": ("score_id", "s"), "condition": ("condition_id", "c")}
ONE_PATIENT = "p"

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One rule: a sentence, a clinic, what is expected of it, and the arithmetic shown."""

    says: str
    expected: str = ""
    scores: str = ""
    procedures: str = ""
    patients: str = ""
    conditions: str = ""
    coverages: str = ""
    reported_codes: str = ""
    rates: str = ""
    arithmetic: str = ""
    as_of: str = CLOSED
    policy: Policy = Policy()  # noqa: RUF009 - a frozen value
    age_on: str = ""  # moves the age date of both strata: to reach 29 February
    year: int = 2026

    @property
    def given(self) -> dict[str, str]:
        """The given tables, as text, by clinical table name; only those with rows."""
        texts = {
            "patient": self.patients,
            "procedure": self.procedures,
            "score": self.scores,
            "condition": self.conditions,
            "coverage": self.coverages,
            "reported_code": self.reported_codes,
        }
        return {name: text for name, text in texts.items() if text.strip()}


@dataclass(frozen=True, slots=True)
class Section:
    """Paragraphs about one thing. `procedures` are given to paragraphs that name none; `year` to all."""

    title: str
    rule: str
    paragraphs: tuple[Paragraph, ...]
    intro: str = ""
    procedures: str = ""
    year: int = 2026

    def full(self) -> Iterator[Paragraph]:
        """The paragraphs with what the section gives to all of them."""
        for paragraph in self.paragraphs:
            given = replace(paragraph, year=self.year, as_of=_in_year(paragraph.as_of, self.year))
            yield given if given.procedures else replace(given, procedures=self.procedures)


def _in_year(as_of: str, year: int) -> str:
    """The default as-of date moved to the end of the section's year, when all its windows have closed."""
    return as_of if as_of != CLOSED or year == 2026 else f"{year}-12-31"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A folder of sections."""

    folder: str
    title: str
    intro: str
    sections: tuple[tuple[str, Section], ...]


def chapters() -> tuple[Chapter, ...]:
    """The whole specification, in the order of `tests/spec/contents.py`."""
    contents = load(SPEC_FOLDER / "contents.py").CHAPTERS
    return tuple(
        Chapter(
            folder,
            title,
            intro,
            tuple((name, load(SPEC_FOLDER / folder / f"{name}.py").SECTION) for name in names.split()),
        )
        for folder, title, intro, names in contents
    )


def load(path: Path) -> Any:
    """The module in that file."""
    found = spec_from_file_location(f"spec_{path.parent.name}_{path.stem}", path)
    assert found is not None
    assert found.loader is not None, path
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


def cells(text: str) -> list[dict[str, str]]:
    """A text table as one dict of cell texts a row."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    if not lines:
        return []
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    for row in body:
        assert len(row) == len(header), f"{len(row)} cells under {len(header)} headings: {' | '.join(row)}"
    return [dict(zip(header, row, strict=True)) for row in body]


def people(cell: str) -> list[str]:
    """The patients a cell names: `a`, or `1..3` for 1, 2, 3 (padded to one width)."""
    first, dots, last = cell.partition("..")
    if not dots:
        return [cell]
    return [str(n).zfill(len(last)) for n in range(int(first), int(last) + 1)]


def everyone(paragraph: Paragraph) -> list[str]:
    """The patients of a paragraph, in order of appearance."""
    named = [
        patient
        for text in paragraph.given.values()
        for row in cells(text)
        if "patient_id" in row
        for patient in people(row["patient_id"])
    ]
    return list(dict.fromkeys(named)) or [ONE_PATIENT]


def clinic(paragraph: Paragraph) -> dict[str, list[Row]]:
    """The clinical rows of a paragraph, every given table typed as its declaration says."""
    all_patients = everyone(paragraph)
    rows: dict[str, list[Row]] = {"patient": [], "procedure": [], "score": []}
    for name, text in paragraph.given.items():
        rows[name] = list(_rows(TABLES[name], cells(text), all_patients))
    described = {row["patient_id"]: row for row in rows["patient"]}
    rows["patient"] = [
        {"birth_date": date(1970, 1, 1)} | described.get(patient, {"patient_id": patient}) for patient in all_patients
    ]
    return rows


def _rows(table: Table, given: list[dict[str, str]], all_patients: list[str]) -> Iterator[Row]:
    for number, cell in enumerate(given, start=1):
        patients = people(cell["patient_id"]) if "patient_id" in cell else all_patients
        for patient in patients:
            row: Row = {"patient_id": patient}
            for name, text in cell.items():
                if name != "patient_id":
                    row |= _values(table, name, text)
            if table.name in IDS:
                column, letter = IDS[table.name]
                assert column not in cell or len(patients) == 1, "an id can be given to one patient only"
                row.setdefault(
                    column, f"{letter}{number}" if patients == [ONE_PATIENT] else f"{patient}.{letter}{number}"
                )
            yield _defaults(table.name, row)


def _values(table: Table, name: str, text: str) -> Row:
    day, blank, time = text.partition(" ")
    if name in TIMES and blank:
        return {name: value(Type.DATE, day), TIMES[name]: time if time.count(":") == 2 else f"{time}:00"}
    return {name: value(table.column(name).type, text)}


def _defaults(table: str, row: Row) -> Row:
    if table == "procedure":
        return {"system": "cpt"} | row
    if table == "score":
        return {"scale": PERCENT.name if row["instrument"] == ODI else "nrs"} | row
    if table == "condition":
        return {"system": "icd10cm"} | row
    return row


def value(type_: Type, text: str) -> Any:
    """A cell's value; an empty cell and `none` are null."""
    if text in ("", "none"):
        return None
    if type_ is Type.DATE:
        return date.fromisoformat(text)
    if type_ in (Type.SCORE, Type.FRACTION):
        return Decimal(text)
    if type_ is Type.INTEGER:
        return int(text)
    if type_ is Type.BOOLEAN:
        return {"yes": True, "no": False}[text]
    return text


def rules(paragraph: Paragraph) -> PerformanceYear:
    """The rules of the paragraph's performance year, with its age date where it moves it."""
    year = for_year(paragraph.year)
    if not paragraph.age_on:
        return year
    age_on = date.fromisoformat(paragraph.age_on)
    return replace(
        year,
        measures=tuple(
            replace(
                measure,
                strata=tuple(
                    replace(stratum, period=replace(stratum.period, age_on=age_on)) for stratum in measure.strata
                ),
            )
            for measure in year.measures
        ),
    )


def check_outcome(paragraph: Paragraph, outcome: list[Row]) -> None:
    """Assert every expected row of the paragraph; an expected row names its rows by its key columns.

    `episodes` counts the patient's episodes, `flag` must be among the flags, `no_flag` must not.
    """
    wanted = cells(paragraph.expected)
    for want in wanted:
        patients = people(want["patient_id"]) if "patient_id" in want else everyone(paragraph)
        for patient in patients:
            _check_row(want, [row for row in outcome if row["patient_id"] == patient])


def _check_row(want: dict[str, str], rows: list[Row]) -> None:
    if want.get("episodes"):
        assert len({row["episode_id"] for row in rows}) == int(want["episodes"]), f"episodes of {want}"
        if want["episodes"] == "0":
            return
    for key in ("index_date", "instrument", "timepoint"):
        if want.get(key):
            rows = [row for row in rows if str(row[key]) == want[key]]
    assert rows, f"no outcome row for {want}"
    for row in rows:
        for name, text in want.items():
            if text and name not in ("patient_id", "episodes"):
                assert _agrees(row, name, text), f"{name} is {row.get(name, row['flags'])}, not {text}: {row}"


def _agrees(row: Row, name: str, text: str) -> bool:
    if name == "flag":
        return text in row["flags"].split()
    if name == "no_flag":
        return text not in row["flags"].split()
    if name == "flags":
        return bool(row["flags"] == ("" if text == "none" else text))
    return bool(row[name] == value(OUTCOME.column(name).type, text))


def check_rates(paragraph: Paragraph, rate: list[Row]) -> None:
    """Assert every expected rate row; fractions to the number of decimals written."""
    for want in cells(paragraph.rates):
        (row,) = [r for r in rate if (r["measure_id"], r["stratum"]) == (want["measure_id"], want["stratum"])]
        for name, text in want.items():
            column = RATE.column(name)
            expected = value(column.type, text)
            if text == "":
                continue
            if column.type is Type.FRACTION and expected is not None:
                assert row[name] is not None, f"{name} is null, not {text}"
                step = Decimal(1).scaleb(expected.as_tuple().exponent)
                assert Decimal(str(row[name])).quantize(step) == expected, f"{name}: {row[name]}, not {text}"
            else:
                assert row[name] == expected, f"{name}: {row[name]}, not {text}"
