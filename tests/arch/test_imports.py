"""Imports point down; what linters of imports cannot say is said here."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from source_files import ROOT, SRC, imported, name_of, python_files

# Import names that differ from the name a package is installed by.
INSTALLED_AS = {
    "adbc_driver_postgresql": "adbc-driver-postgresql",
    "jwt": "pyjwt",
    "simple_icd_10_cm": "simple-icd-10-cm",
    "vl_convert": "vl-convert-python",
}


def lint_imports() -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False
    )


def test_every_import_contract_is_kept():
    done = lint_imports()
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: \d+ kept, 0 broken", done.stdout)


def years_imported(path: Path) -> set[str]:
    """The performance years, as folder names, that a file imports from."""
    return {m[1] for name in imported(path) if (m := re.match(r"lumbar\.(?:measures|codelists)\.(py20\d\d)\b", name))}


def test_years_never_import_each_other():
    for path in python_files():
        own = next((part for part in path.parts if re.fullmatch(r"py20\d\d", part)), None)
        assert years_imported(path) <= ({own} if own else set()), name_of(path)


def test_an_import_of_another_year_is_noticed(tmp_path):
    path = tmp_path / "borrowed.py"
    path.write_text("from lumbar.measures.py2026 import YEAR\nimport lumbar.codelists.py2025\n")
    assert years_imported(path) == {"py2026", "py2025"}


def test_the_contract_of_the_readers_names_every_year():
    contracts = (ROOT / ".importlinter").read_text(encoding="utf-8")
    years = {path.name for path in (SRC / "measures").glob("py20*")}
    assert years
    assert years == set(re.findall(r"lumbar\.measures\.(py20\d\d)", contracts))


def test_every_library_the_package_imports_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in declared}
    used = {name.split(".")[0] for path in python_files() for name in imported(path)}
    foreign = used - set(sys.stdlib_module_names) - {"lumbar"}
    assert {INSTALLED_AS.get(name, name) for name in foreign} <= names


@pytest.mark.parametrize("module", ["lumbar", "lumbar.cli"])
def test_starting_loads_no_heavy_library(module):
    """`lumbar --help` must answer at once: engines, tables and charts load inside commands."""
    heavy = ("altair", "duckdb", "jinja2", "numpy", "pyarrow", "pyspark", "vl_convert")
    code = f"import sys, {module}; print(sorted(set({heavy!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
