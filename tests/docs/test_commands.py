"""Every command the documentation shows exists as shown; the tutorials run, with the outputs they print."""

import re
import subprocess

import pytest
import typer
import typer.main

from doc_pages import ROOT, Page, pages
from lumbar.cli import app

GROUP = typer.main.get_command(app)
SHOWING = [page for page in pages(generated=True) if any(page.commands())]
RUNNING = [Page(ROOT / "docs" / name) for name in ("tutorial.md", "fhir.md", "scoring.md")]


def parse(words: list[str]) -> None:
    """Raises when the program has no such command, option or choice. A command named alone needs no arguments."""
    if words and words[0] in GROUP.commands:
        command, *rest = GROUP.commands[words[0]], *words[1:]
        while rest and hasattr(command, "commands"):
            assert rest[0] in command.commands, f"no such command: lumbar {' '.join(words)}"
            command, *rest = command.commands[rest[0]], *rest[1:]
        if rest:
            command.make_context(words[0], rest, parent=typer.Context(GROUP))
        return
    options = {option for parameter in GROUP.params for option in parameter.opts}
    options |= set(GROUP.context_settings["help_option_names"])
    assert set(words) <= options, f"no such command: lumbar {' '.join(words)}"


@pytest.mark.parametrize("page", SHOWING, ids=lambda page: page.name)
def test_the_commands_of_the_page_exist(page):
    for words in page.commands():
        parse(list(words))


@pytest.mark.parametrize(
    ("shown", "complaint"),
    [
        ("no-such-command x", "no such command"),
        ("-x", "no such command"),
        ("check x --no-such-option", "No such option"),
        ("check x --from xml", "'xml' is not one of|Input should be"),
        ("evaluate x --year soon", "integer|valid int"),
        ("explain result", "Missing"),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(shown, complaint):
    with pytest.raises(Exception, match=complaint):
        parse(shown.split())


def test_every_command_is_shown_somewhere():
    shown = {tuple(words) for page in pages() for words in page.commands() if words}
    kinds = {(name, kind) for name, command in GROUP.commands.items() for kind in getattr(command, "commands", ())}
    assert {(name,) for name in GROUP.commands} <= {words[:1] for words in shown}
    assert kinds <= {words[:2] for words in shown}


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """The command done, with what it printed; no input."""
    return subprocess.run(command, capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, check=False)


def assert_printed(output: str, expected: str) -> None:
    """Each expected line stands in the output, in that order; only where `...` stands may lines lie between."""
    lines, at, may_skip = output.splitlines(), 0, False
    for wanted in expected.splitlines():
        if wanted == "...":
            may_skip = True
            continue
        ahead = lines[at:] if may_skip else lines[at : at + 1]
        assert wanted in ahead, f"not printed here: {wanted!r}\n--- printed:\n{output}"
        at, may_skip = at + ahead.index(wanted) + 1, False
    assert may_skip or at == len(lines), f"more was printed:\n{output}"


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.name)
def test_the_commands_of_the_page_run_and_print_what_it_shows(page, clinic):
    output = None
    for block in page.blocks("sh", "text"):
        if block.language == "sh":
            done = run(["bash", "-euc", block.text])
            assert done.returncode == 0, done.stderr
            output = done.stdout
        elif output is not None:
            assert_printed(output, block.text)


@pytest.mark.parametrize("expected", ["a\n...\nc", "...\nb\n...", "...\nb\nc", "a\nb\nc"])
def test_lines_left_out_are_allowed_where_dots_stand(expected):
    assert_printed("a\nb\nc\n", expected)


@pytest.mark.parametrize("expected", ["a\nc", "b\n...", "...\nc\nb", "a\nb", "...\nd\n..."])
def test_other_output_than_shown_is_noticed(expected):
    with pytest.raises(AssertionError):
        assert_printed("a\nb\nc\n", expected)


def test_the_five_commands_of_the_readme_run_one_after_another(clinic):
    shown = re.findall(r"^\| `(lumbar [^`]+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(shown) == 5
    for command in shown:
        done = run(command.split())
        assert (done.returncode, done.stderr) == (0, ""), command
    assert (clinic / "result" / "report.html").is_file()
