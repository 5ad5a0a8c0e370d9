"""The command `lumbar`: arguments, progress, exit codes.

Exit 0: done; 1: a check found something; 2: bad usage or input, one clear line on stderr; 143: ended by SIGTERM.
Heavy modules are imported inside commands, so that help is quick.
"""

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from lumbar.errors import LumbarError
from lumbar.version import __version__

if TYPE_CHECKING:
    from lumbar.workflow import OnProgress

app = typer.Typer(
    name="lumbar",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "What did the operation do? Pairs each lumbar operation with its pain and disability scores and gives it "
        "its result, its code and the proof.\n\n"
        "Start with:  lumbar demo"
    ),
)


class SourceFormat(StrEnum):
    """How the records lie."""

    fhir = "fhir"
    tables = "tables"


class Output(StrEnum):
    """How a command prints."""

    text = "text"
    json = "json"


Source = Annotated[
    Path, typer.Argument(metavar="FOLDER", help="Folder with the records: CSV or Parquet tables, or FHIR NDJSON.")
]
Result = Annotated[Path, typer.Argument(metavar="FOLDER", help="Result folder of `lumbar evaluate`.")]
From = Annotated[SourceFormat | None, typer.Option("--from", help="How the records lie; guessed when left out.")]
Mapping = Annotated[Path | None, typer.Option(metavar="FILE", help="Site mapping, TOML; see evaluate --print-mapping.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy, TOML; see evaluate --print-policy.")
]
Format = Annotated[Output, typer.Option("--format", help="How to print.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the result folder if it exists.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lumbar {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


@app.command()
def demo(
    patients: Annotated[int, typer.Option(metavar="N", help="How many synthetic patients.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same clinic.")] = 7,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder for the clinic and its result.")] = Path(
        "demo-clinic"
    ),
    overwrite: Overwrite = False,
) -> None:
    """Make a synthetic clinic, evaluate it, and write its report: the place to start.

    Example:  lumbar demo --patients 500 --out my-demo
    """
    import shutil

    from lumbar.errors import ResultFolderError
    from lumbar.printed import summary_lines
    from lumbar.store import open_result
    from lumbar.synth.calibration import AS_OF, YEAR
    from lumbar.synth.write import write_clinic
    from lumbar.workflow import evaluate_to_folder

    records, result = out / "records", out / "result"
    if out.exists() and any(out.iterdir()):
        if not overwrite:
            raise ResultFolderError(f"{out} exists; choose another --out or add --overwrite")
        if not (result / "run.json").is_file() or {p.name for p in out.iterdir()} != {"records", "result"}:
            raise ResultFolderError(f"{out} exists and is no demo of ours; it is left alone")
        shutil.rmtree(out)
    with _progress() as on_progress:
        on_progress("synth", f"{patients} patients")
        write_clinic(records, patients, seed, "tables", AS_OF)
        note = "A made-up clinic: no record is of a person."
        evaluate_to_folder(records, result, year=YEAR, as_of=AS_OF, note=note, on_progress=on_progress)
    _print_lines(summary_lines(open_result(result)))
    episode_id = _telling_episode(result)
    typer.echo(
        f"\nOpen the report:       {result / 'report.html'}\n"
        f"Ask why, for one:      lumbar explain {result} {episode_id}\n"
        f"See what was left out: lumbar check {records}\n"
        f"Your own records:      lumbar template my-tables"
    )


@app.command()
def synth(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the records.")],
    patients: Annotated[int, typer.Option(metavar="N", help="How many patients.", min=1)] = 2000,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same clinic.")] = 7,
    format_: Annotated[SourceFormat, typer.Option("--format", help="How to write them.")] = SourceFormat.tables,
) -> None:
    """Write a synthetic clinic's records, calibrated to published results.

    Example:  lumbar synth records --patients 2000 --seed 7 --format fhir
    """
    from lumbar.synth.write import write_clinic

    with _progress() as on_progress:
        on_progress("synth", f"{patients} patients")
        write_clinic(folder, patients, seed, format_.value)
    site = f" --mapping {folder / 'mapping.toml'}" if format_ is SourceFormat.fhir else ""
    typer.echo(f"Wrote {patients} synthetic patients to {folder}\nNext: lumbar check {folder}{site}")


@app.command()
def template(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="New folder for the tables.")]) -> None:
    """Write empty tables with their headers, a filled example, and what every column means.

    Example:  lumbar template my-tables
    """
    from lumbar.synth.template import template as write_template

    write_template(folder)
    typer.echo(
        f"Wrote {folder}/empty (headers to fill), {folder}/example (filled) and {folder}/DICTIONARY.md\n"
        f"Next: lumbar check {folder}/example"
    )


@app.command()
def check(
    source: Source,
    from_: From = None,
    mapping: Mapping = None,
    policy: PolicyFile = None,
    format_: Format = Output.text,
) -> None:
    """Say what would be read, what would be rejected and why, before any result.

    Ends with 1 when rows would be rejected.

    Example:  lumbar check export/ --from fhir --mapping site.toml
    """
    from lumbar.printed import intake_lines
    from lumbar.workflow import check as check_source

    with _progress() as on_progress:
        intake, rejected = check_source(
            source, format=_value(from_), mapping=mapping, policy=policy, on_progress=on_progress
        )
    if format_ is Output.json:
        facts = {"inputs": [f.as_json() for f in intake.files], "warnings": intake.warnings}
        _print_json({**facts, "rejected": rejected.to_pylist()})
    else:
        _print_lines(intake_lines(intake, rejected))
    raise typer.Exit(1 if rejected.num_rows else 0)


@app.command()
def evaluate(
    source: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="Folder with the records.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="FOLDER", help="New folder for the result.")] = None,
    year: Annotated[int | None, typer.Option(metavar="YEAR", help="Performance year, for example 2026.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Day the result is computed for; nothing later is known.")
    ] = None,
    from_: From = None,
    mapping: Mapping = None,
    policy: PolicyFile = None,
    measure: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this measure, such as 459; may be repeated.")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
    overwrite: Overwrite = False,
    threads: Annotated[
        int | None, typer.Option(metavar="N", help="Processor threads; all when left out.", min=1)
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Memory to use, such as 2GB; past it, work spills to disk.")
    ] = None,
    print_mapping: Annotated[
        bool, typer.Option("--print-mapping", help="Print the default mapping and leave.")
    ] = False,
    print_policy: Annotated[bool, typer.Option("--print-policy", help="Print the default policy and leave.")] = False,
) -> None:
    """Give every operation its result, its code and the proof.

    \b
    Example:  lumbar evaluate export/ --year 2026 --as-of 2026-11-21 --out result
    """
    if print_mapping:
        from lumbar.readers.mapping import default_mapping_text

        typer.echo(default_mapping_text(), nl=False)
        return
    if print_policy:
        from lumbar.measures.policy import DEFAULT_POLICY_TOML

        typer.echo(DEFAULT_POLICY_TOML, nl=False)
        return
    from lumbar.errors import UsageError
    from lumbar.printed import summary_lines
    from lumbar.store import open_result
    from lumbar.workflow import evaluate_to_folder

    if source is None or out is None or year is None or as_of is None:
        raise UsageError(
            "evaluate needs a folder of records, --out, --year and --as-of; "
            "for example: lumbar evaluate export/ --year 2026 --as-of 2026-11-21 --out result"
        )
    with _progress() as on_progress:
        evaluate_to_folder(
            source,
            out,
            year=year,
            as_of=as_of,
            format=_value(from_),
            mapping=mapping,
            policy=policy,
            measures=measure or (),
            threads=threads,
            memory=memory,
            overwrite=overwrite,
            report=not no_report,
            on_progress=on_progress,
        )
    _print_lines(summary_lines(open_result(out)))
    typer.echo(f"\nResult: {out}" + ("" if no_report else f"\nReport: {out / 'report.html'}"))


@app.command()
def explain(
    folder: Result,
    episode_id: Annotated[
        str, typer.Argument(metavar="EPISODE_ID", help="<patient_id>@<YYYY-MM-DD>, the date of the operation.")
    ],
    format_: Format = Output.text,
) -> None:
    """Show the proof of one operation's results in a clinician's words.

    Example:  lumbar explain result p0001@2025-03-04
    """
    from lumbar.explain import proof_json, proof_text
    from lumbar.workflow import stored

    proof = stored(folder).explain(episode_id)
    if format_ is Output.json:
        _print_json(proof_json(proof))
    else:
        typer.echo(proof_text(proof))


@app.command()
def report(
    folder: Result,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File to write; report.html of the result when left out.")
    ] = None,
) -> None:
    """Write the report of a result again, as one HTML page that opens offline.

    Example:  lumbar report result --out report.html
    """
    from lumbar.store import REPORT_FILE, replace_file
    from lumbar.workflow import stored

    target = out or folder / REPORT_FILE
    with _progress() as on_progress:
        on_progress("report", target.name)
        page = stored(folder).report()
    replace_file(target, page)
    typer.echo(f"Report: {target}")


@app.command()
def purge(
    folder: Result,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove a result folder: it is patient data.

    Example:  lumbar purge result --yes
    """
    from lumbar.store import purge as remove

    if not yes:
        typer.confirm(f"Remove {folder} and everything in it?", abort=True, err=True)
    remove(folder)
    typer.echo(f"Removed {folder}")


def main() -> None:
    """Runs the command; every failure is one clear line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if len(sys.argv) == 1:
        sys.argv.append("--help")
    signal.signal(signal.SIGTERM, _end)
    try:
        code = _run()
    except LumbarError as error:
        _fail(str(error))
    except typer.Abort:
        _fail("stopped; nothing was changed")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except Exception as error:
        if hasattr(error, "format_message"):  # an unknown option, a missing argument, a number that is none
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "lumbar"
            _fail(f"{error.format_message().rstrip('.')}; see {command} --help")
        if os.environ.get("LUMBAR_DEBUG"):
            raise
        # The text of a foreign error may hold a patient's values: only its kind is shown.
        _fail(f"something went wrong inside ({type(error).__name__}); set LUMBAR_DEBUG=1 to see where, and report it")
    raise SystemExit(code)


def _fail(message: str) -> NoReturn:
    typer.echo(f"lumbar: {' '.join(message.split())}", err=True)
    raise SystemExit(2)


class _Ended(BaseException):
    """SIGTERM, raised where the work is, so that everything cleans up behind itself."""

    asked = False


def _end(*_: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the cleaning up
    _Ended.asked = True
    raise _Ended


def _run() -> Any:
    """The command. Ended by SIGTERM it leaves at once, what it had begun to write taken away."""
    try:
        return app(standalone_mode=False)
    except BaseException:
        # DuckDB raises an error of its own for what a signal's handler raised.
        if not _Ended.asked:
            raise
        typer.echo("lumbar: ended by SIGTERM; nothing half-written is left", err=True)
        sys.stdout.flush()
        os._exit(128 + signal.SIGTERM)  # an engine's threads may still be at work: they are not waited for


@contextmanager
def _progress() -> "Iterator[OnProgress]":
    """A line on stderr that tells the stage, where a person is watching."""
    if not sys.stderr.isatty():
        yield lambda stage, item: _go_on()
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    words = {"synth": "making up", "read": "reading", "evaluate": "evaluating", "write": "writing", "report": "drawing"}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("starting")

        def on_progress(stage: str, item: str) -> None:
            _go_on()
            progress.update(task, description=f"{words.get(stage, stage)} {item}")

        yield on_progress


def _go_on() -> None:
    """Nothing, unless SIGTERM came where what its handler raised was lost, as in an import from C."""
    if _Ended.asked:
        raise _Ended


def _value(chosen: SourceFormat | None) -> str | None:
    return None if chosen is None else chosen.value


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _print_lines(lines: Iterable[tuple[str, bool]]) -> None:
    """Prints lines; those that warn go to stderr."""
    for line, warns in lines:
        typer.echo(line, err=warns)


def _telling_episode(folder: Path) -> str:
    """An episode worth explaining first: in the measure and not met, with a preoperative score."""
    from lumbar.store import open_result

    for row in open_result(folder).outcome.to_pylist():
        if row["in_measure"] and row["status"] == "not_met" and row["preoperative_score"] is not None:
            return str(row["episode_id"])
    return "<episode id>"
