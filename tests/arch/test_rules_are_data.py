"""Measures and code lists are data with a source; the rules stand nowhere else."""

import ast
import csv
import re
from dataclasses import fields, is_dataclass
from datetime import date

import pytest

from lumbar import codelists
from lumbar.measures import for_year, years
from lumbar.measures.lock import lock_lines, lock_text
from lumbar.measures.model import Cite
from source_files import ROOT, SRC, name_of, tree, without_comments

CONFIDENCES = {"certain", "likely", "unverified", "unknown"}
MEASURE_FILES = sorted((SRC / "measures").glob("py20*/*.py"))
CODE_LISTS = sorted((SRC / "codelists").glob("py20*/*.csv"))
ids = {"ids": name_of}

# A measure file holds a docstring, imports, and values built by calling names; everything else is logic.
DATA_NODES = (
    *(ast.Module, ast.Expr, ast.Import, ast.ImportFrom, ast.alias, ast.Assign, ast.Name, ast.Load, ast.Store),
    *(ast.Call, ast.keyword, ast.Constant, ast.Tuple, ast.Attribute, ast.UnaryOp, ast.USub),
)


def logic_in(module: ast.Module) -> list[str]:
    """What in a module is more than values, as `line: kind`."""
    return [
        f"{getattr(node, 'lineno', '?')}: {type(node).__name__}"
        for node in ast.walk(module)
        if not isinstance(node, DATA_NODES)
    ]


@pytest.mark.parametrize("path", MEASURE_FILES, **ids)
def test_a_measure_file_holds_no_logic(path):
    assert logic_in(tree(path)) == []


@pytest.mark.parametrize(
    "logic",
    [
        "def f():\n    pass",
        "x = 1 if y else 2",
        "x = [n for n in y]",
        "x = lambda: 1",
        "for x in y:\n    pass",
        "x = 1 + 2",
    ],
)
def test_logic_in_a_measure_file_is_noticed(logic):
    assert logic_in(ast.parse(logic))


def test_a_year_has_one_file_a_measure_named_after_it():
    for year in years():
        rules = for_year(year)
        assert rules.year == year
        names = {path.stem for path in MEASURE_FILES if path.parent.name == f"py{year}"} - {"__init__"}
        assert {re.match(r"cqm(\d+)_", name)[1] for name in names} == {measure.id for measure in rules.measures}
        assert {measure.year for measure in rules.measures} == {year}


def cites(value: object):
    """Every citation in a rule set."""
    if isinstance(value, Cite):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from cites(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from cites(getattr(value, field.name))


@pytest.mark.parametrize("year", years())
def test_every_rule_names_its_source_and_how_sure_it_is(year):
    found = list(cites(for_year(year)))
    assert found
    assert all(cite.document and cite.section and cite.confidence in CONFIDENCES for cite in found)
    assert all(cite.note for cite in found if cite.confidence == "unverified")


@pytest.mark.parametrize("path", CODE_LISTS, **ids)
def test_a_code_list_has_the_one_shape(path):
    text = path.read_bytes().decode("utf-8")
    assert "\r" not in text
    assert text.endswith("\n")
    rows = list(csv.DictReader(text.splitlines()))
    assert tuple(rows[0]) == codelists.COLUMNS
    keys = [(row["system"], row["code"], row["valid_from"]) for row in rows]
    assert keys == sorted(set(keys))
    for row in rows:
        assert None not in row.values(), row
        assert row["system"] in {"cpt", "hcpcs", "icd10cm", "modifier", "snomed"}
        assert re.fullmatch(r"[0-9A-Z][0-9A-Z.]*", row["code"]), "a code is text in capitals, spaces and all signs gone"
        assert row["confidence"] in CONFIDENCES
        assert row["source"]
        assert row["source_version"]
        opens, closes = (date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to"))
        assert opens is None or closes is None or opens <= closes


@pytest.mark.parametrize("year", years())
def test_every_code_list_a_year_names_is_there_and_no_code_starts_both_kinds(year):
    rules = for_year(year)
    named = {p.code_list for p in rules.procedures} | {p.unverified_code_list for p in rules.procedures} - {""}
    named |= {m.code_list for m in rules.modifiers} | {rules.quality_data_code_list}
    named |= {e.code_list for measure in rules.measures for e in measure.exclusions}
    assert named <= set(codelists.code_list_names(year))
    codes = [
        {(entry.system, entry.code) for name in (p.code_list, p.unverified_code_list) if name
         for entry in codelists.code_list(year, name)}
        for p in rules.procedures
    ]  # fmt: skip
    assert sum(map(len, codes)) == len(set().union(*codes))


@pytest.mark.parametrize("year", years())
def test_every_code_a_measure_gives_is_on_its_list_and_in_force_that_year(year):
    rules = for_year(year)
    entries = {entry.code: entry for entry in codelists.code_list(year, rules.quality_data_code_list)}
    for measure in rules.measures:
        for stratum in measure.strata:
            codes = stratum.codes
            for code in (codes.met, codes.not_met, codes.not_assessed, codes.excluded):
                assert entries[code].valid_on(date(year, 1, 1)), code
                assert entries[code].valid_on(date(year, 12, 31)), code


@pytest.mark.parametrize("year", years())
def test_the_lock_text_kept_in_the_docs_is_the_rule_set(year):
    """A change to a rule is a difference somebody reads, and a Results entry in the changelog."""
    kept = (ROOT / "docs" / "generated" / f"lock-{year}.txt").read_text(encoding="utf-8")
    assert kept == lock_text(for_year(year))
    assert lock_lines(for_year(year)) == sorted(set(kept.splitlines()))


# ---- nowhere else

HCPCS = re.compile(r"\b(?:G2\d{3}|G99\d\d|M10\d\d)\b")
CPT = re.compile(r"\b(?:62380|22[3-8]\d\d|63\d{3}|0275T)\b")
ICD10CM = re.compile(r"\b[CDMS]\d\d\.\d[0-9A-Z]*\b")
DATE = re.compile(r"\b20\d\d-\d\d\b|\bdate\(\s*20\d\d|\b20\d\d,\s*\d{1,2},\s*\d{1,2}\b")
# Targets, windows and ages of the measures as they would be written in an expression.
THRESHOLD = re.compile(r"(?:[<>]=?|Decimal\([\"']?)\s*(?:3\.0|5\.0|22|30|42|140|18|216)\b(?![.\d])|to_months")
PATTERNS = {"HCPCS": HCPCS, "CPT": CPT, "ICD-10-CM": ICD10CM, "date": DATE, "threshold": THRESHOLD}

# What may hold such text all the same, and why.
ALLOWED = {
    "src/lumbar/synth/terminology.csv": "the codes of made-up patients",
    "src/lumbar/synth/example/": "ten made-up patients",
    "src/lumbar/cli/": "a date in the example of a message",
    "src/lumbar/engine/duckdb.py": "to_months, the name of a function of the engine",
}


def files_outside_the_rules():
    for path in sorted(SRC.rglob("*")):
        name = name_of(path)
        rules = re.match(r"src/lumbar/(?:measures|codelists)/", name)
        if path.suffix in {".py", ".sql", ".csv", ".toml", ".j2"} and not rules:
            yield path


def spoken(path) -> str:
    """A file's text without what is only said: comments and docstrings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".sql":
        return without_comments(text)
    if path.suffix == ".py":
        module = ast.parse(text)
        for node in ast.walk(module):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
                node.body = node.body[1:] or [ast.Pass()]
        return ast.unparse(module)
    return text


@pytest.mark.parametrize("kind", PATTERNS)
def test_no_rule_stands_outside_measures_and_code_lists(kind):
    found = {}
    for path in files_outside_the_rules():
        if not any(name_of(path).startswith(allowed) for allowed in ALLOWED):
            hits = PATTERNS[kind].findall(spoken(path))
            if hits:
                found[name_of(path)] = hits[:5]
    assert found == {}


@pytest.mark.parametrize("allowed", ALLOWED)
def test_every_exception_is_still_needed(allowed):
    texts = [spoken(path) for path in files_outside_the_rules() if name_of(path).startswith(allowed)]
    assert any(pattern.search(text) for pattern in PATTERNS.values() for text in texts)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("HCPCS", "code = 'G2137'"),
        ("HCPCS", "M1049"),
        ("CPT", "63030"),
        ("ICD-10-CM", "M46.46"),
        ("date", "date(2025, 1, 1)"),
        ("date", "date '2025-01-01'"),
        ("threshold", "score <= 3.0"),
        ("threshold", "improvement >= 30"),
        ("threshold", 'Decimal("5.0")'),
        ("threshold", "opens >= 42"),
    ],
)
def test_a_rule_in_code_is_noticed(kind, text):
    assert PATTERNS[kind].search(text)
