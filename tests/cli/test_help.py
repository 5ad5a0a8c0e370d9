"""Help: there for every command, with an example, and quick."""

import re
import subprocess

import pytest

from command_line import COMMAND, cpu_seconds, lumbar
from lumbar.cli import app
from lumbar.version import __version__


def registered(program, before=""):
    """Every command by the words that call it, those of a group among them."""
    for command in program.registered_commands:
        yield f"{before}{command.name or command.callback.__name__.replace('_', '-')}", command
    for group in program.registered_groups:
        yield from registered(group.typer_instance, f"{before}{group.name} ")


REGISTERED = dict(registered(app))
COMMANDS = sorted(REGISTERED)


def test_every_command_is_known_here():
    assert COMMANDS == [
        "audit-pack",
        "bundle",
        "check",
        "code",
        "demo",
        "diff",
        "evaluate",
        "explain",
        "export 837p",
        "export measure-report",
        "export outcomes",
        "export qpp",
        "export qrda3",
        "fetch-fhir",
        "ledger",
        "lint",
        "path",
        "persistent-pain",
        "purge",
        "report",
        "score",
        "sql",
        "synth",
        "template",
        "verify",
        "worklist",
    ]


def test_help_names_every_command_and_where_to_start():
    for words in (("--help",), ("-h",), ()):
        ended = lumbar(*words)
        assert ended.code == 0
        assert "Start with:  lumbar demo" in ended.out
        listed = re.findall(r"^  ([a-z][\w-]*)  +[A-Z]", ended.out.split("Options:")[1], re.M)
        assert sorted(listed) == sorted({name.split()[0] for name in COMMANDS})
        assert "..." not in ended.out.split("Options:")[1]
        assert ended.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_what_it_does_with_an_example_of_itself(name):
    ended = lumbar(*name.split(), "--help")
    assert ended.code == 0
    assert f"Example:  lumbar {name} " in ended.out
    assert ended.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_says_what_it_is_for(name):
    annotations = REGISTERED[name].callback.__annotations__
    assert all(
        getattr(meta, "help", None)
        for annotation in annotations.values()
        for meta in getattr(annotation, "__metadata__", ())
    )
    assert annotations


@pytest.mark.parametrize("name", COMMANDS)
def test_what_an_option_takes_is_said_in_a_word_or_by_its_choices(name):
    """FOLDER, FILE, YEAR, never the name of a type."""
    taken = re.findall(r"^  (?:-\w, )?(--[\w-]+) ([A-Z<]\S*)(?:  |$)", lumbar(*name.split(), "--help").out, re.M)
    assert all(
        re.fullmatch(r"<[\w.-]+(\|[\w.-]+)+>|FOLDER|FILE|YYYY-MM-DD|YEAR|ID|N|NPI|SIZE|KEY=VALUE|TIN", word)
        for _, word in taken
    ), taken
    if name == "evaluate":
        assert dict(taken) == {
            "--out": "FOLDER",
            "--year": "YEAR",
            "--as-of": "YYYY-MM-DD",
            "--from": "<fhir|omop|tables>",
            "--mapping": "FILE",
            "--policy": "FILE",
            "--measure": "ID",
            "--threads": "N",
            "--memory-limit": "SIZE",
            "--engine": "<duckdb|spark>",
            "--spark-conf": "KEY=VALUE",
        }


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_stands_on_one_line_so_that_it_can_be_copied(name):
    (example,) = re.findall(r"^  Example:  (.*)$", lumbar(*name.split(), "--help").out, re.M)
    assert f"  Example:  {example}\n\n" in lumbar(*name.split(), "--help").out


def test_the_version_is_told():
    assert lumbar("--version") == (0, f"lumbar {__version__}\n", "")


def test_help_answers_at_once(capsys):
    """0.3 s is the aim; processor time, with room for a slow machine."""
    taken = cpu_seconds("--help")
    with capsys.disabled():
        print(f"\nlumbar --help: {taken:.2f} s of processor time, best of five")
    assert taken < 0.6


def test_help_loads_no_engine_and_no_tables():
    """What makes help slow is imported inside the commands."""
    heavy = ("duckdb", "pyarrow", "altair", "numpy", "lumbar.workflow", "lumbar.readers")
    program = f"import sys, lumbar, lumbar.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([COMMAND.parent / "python", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
