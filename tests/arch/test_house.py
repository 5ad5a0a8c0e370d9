"""The rules of the house that no linter sees."""

import ast
import re

import pytest

from source_files import ROOT, SRC, kept_files, name_of, python_files, tree

MOST_LINES = 450
WRITTEN_BY_HAND = {".py", ".sql", ".js", ".css", ".j2", ".sh", ".toml", ".yml"}
# Words that say nothing about what is inside.
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|misc|base|stuff|manager|tools?|lib|core|v\d+|new|old)($|_)")
# Built from parts, so that this file does not name them.
SPOKEN_HOSTS = "|".join(("pyp" + "i", "npm" + "js", "debi" + "an", "pythonhost" + "ed"))
MACHINE = re.compile(rf"/(?:work|root|home|Users)/\w|[A-Z]:\\\\?Users|\b(?:{SPOKEN_HOSTS})\.(?:org|com)\b")


def test_no_source_test_or_script_file_is_longer_than_450_lines():
    long = {}
    for path in kept_files():
        if path.suffix in WRITTEN_BY_HAND or path.name in {"Makefile", "run"}:
            n_lines = len(path.read_text(encoding="utf-8").splitlines())
            if n_lines > MOST_LINES:
                long[name_of(path)] = n_lines
    assert long == {}


def test_no_module_or_folder_has_a_name_that_says_nothing():
    inside = [path for path in kept_files() if path.suffix in {".py", ".sql"}]
    vague = set()
    for path in inside:
        parts = path.relative_to(ROOT).with_suffix("").parts
        # tests/lib is the one folder of what tests share.
        if any(VAGUE.search(part) for part in (parts if parts[:2] != ("tests", "lib") else parts[2:])):
            vague.add(name_of(path))
    assert vague == set()


@pytest.mark.parametrize("name", ["utils", "date_utils", "helpers", "common", "base", "engine_v2", "score_helper"])
def test_a_name_that_says_nothing_is_noticed(name):
    assert VAGUE.search(name)


def public_definitions(node: ast.Module | ast.ClassDef, prefix: str = ""):
    """The functions, classes and methods a reader may use, as (name, node)."""
    for child in node.body:
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or child.name.startswith("_"):
            continue
        yield f"{prefix}{child.name}", child
        if isinstance(child, ast.ClassDef):
            yield from public_definitions(child, f"{prefix}{child.name}.")


def says_itself(node: ast.AST) -> bool:
    """A property of one line that returns a field or a comparison says what it is by its name."""
    return (
        isinstance(node, ast.FunctionDef)
        and any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)
        and len(node.body) == 1
    )


def test_every_module_and_every_public_function_and_class_says_what_you_get():
    silent = []
    for path in python_files():
        module = tree(path)
        if not ast.get_docstring(module):
            silent.append(name_of(path))
        for name, node in public_definitions(module):
            if not says_itself(node) and not ast.get_docstring(node):
                silent.append(f"{name_of(path)}: {name}")
    assert silent == []


def test_no_kept_file_names_a_machine_or_a_package_index():
    found = {}
    for path in kept_files():
        if path.suffix in {".png", ".parquet", ".gz"}:
            continue
        hits = MACHINE.findall(path.read_text(encoding="utf-8"))
        if hits:
            found[name_of(path)] = hits[:3]
    assert found == {}


@pytest.mark.parametrize("text", ["/ro" + "ot/x", "/ho" + "me/jo/x", "https://pyp" + "i.org/simple", "C:\\Us" + "ers"])
def test_a_machine_or_a_package_index_is_noticed(text):
    assert MACHINE.search(text)


ASKS_THE_CLOCK = re.compile(
    r"\.(?:today|now|utcnow)\(|\btime\.(?:time|localtime|gmtime)\(|current_(?:date|time)|now\(\)"
)


# Where a user who leaves `--on` out gets today, and is told so.
TODAY = "src/lumbar/cli/options.py"


def test_nothing_asks_the_clock():
    """The as-of date is an argument: the same input gives the same result on any day."""
    asking = {
        name_of(path)
        for path in SRC.rglob("*")
        if path.suffix in {".py", ".sql"} and ASKS_THE_CLOCK.search(path.read_text(encoding="utf-8"))
    }
    assert asking == {TODAY}


@pytest.mark.parametrize("text", ["date.today()", "datetime.now(UTC)", "where x <= current_date", "time.time()"])
def test_asking_the_clock_is_noticed(text):
    assert ASKS_THE_CLOCK.search(text)


def test_nothing_is_swallowed():
    """No bare `except:`, and no handler that only passes."""
    swallowing = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or all(isinstance(s, ast.Pass | ast.Continue) for s in node.body)
            ):
                swallowing.append(f"{name_of(path)}:{node.lineno}")
    assert swallowing == []
