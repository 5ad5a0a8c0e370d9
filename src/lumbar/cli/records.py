"""Commands that begin with records: demo, synth, template, check, evaluate."""

from pathlib import Path
from typing import Annotated, Any

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json, print_lines, progress
from lumbar.cli.options import (
    RECORDS,
    Engine,
    Format,
    From,
    Mapping,
    Output,
    Overwrite,
    PolicyFile,
    Source,
    SourceFormat,
    SynthFormat,
)


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
    from lumbar.synth.calibration import AS_OF, MADE_UP, YEAR
    from lumbar.synth.write import write_clinic
    from lumbar.workflow import evaluate_to_folder

    records, result = out / "records", out / "result"
    if out.exists() and any(out.iterdir()):
        if not overwrite:
            raise ResultFolderError(f"{out} exists; choose another --out or add --overwrite")
        if not (result / "run.json").is_file() or {p.name for p in out.iterdir()} != {"records", "result"}:
            raise ResultFolderError(f"{out} exists and is no demo of ours; it is left alone")
        shutil.rmtree(out)
    with progress() as on_progress:
        on_progress("synth", f"{patients} patients")
        write_clinic(records, patients, seed, "tables", AS_OF)
        evaluate_to_folder(records, result, year=YEAR, as_of=AS_OF, note=MADE_UP, on_progress=on_progress)
    print_lines(summary_lines(open_result(result)))
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
    format_: Annotated[
        SynthFormat, typer.Option("--format", help="How to write them; eob: FHIR, a payer's claims beside the scores.")
    ] = SynthFormat.tables,
) -> None:
    """Write a synthetic clinic's records, calibrated to published results.

    Example:  lumbar synth records --patients 2000 --seed 7 --format fhir
    """
    from lumbar.synth.write import write_clinic

    with progress() as on_progress:
        on_progress("synth", f"{patients} patients")
        write_clinic(folder, patients, seed, format_.value)
    site = f" --mapping {folder / 'mapping.toml'}" if format_ is not SynthFormat.tables else ""
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

    with progress() as on_progress:
        intake, rejected = check_source(
            source, format=_value(from_), mapping=mapping, policy=policy, on_progress=on_progress
        )
    if format_ is Output.json:
        facts = {"inputs": [f.as_json() for f in intake.files], "warnings": intake.warnings}
        print_json({**facts, "rejected": rejected.to_pylist()})
    else:
        print_lines(intake_lines(intake, rejected))
    raise typer.Exit(1 if rejected.num_rows else 0)


@app.command()
def evaluate(
    source: Annotated[Path | None, typer.Argument(metavar="FOLDER", help=RECORDS)] = None,
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
    memory_limit: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Memory for the work, such as 2GB; past it, work spills to disk beside --out. "
            "A quarter of the machine's when left out, at least 1GB.",
        ),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="What runs the rules: DuckDB in this process, or Spark, here or on a cluster.")
    ] = Engine.duckdb,
    spark_conf: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="A setting of Spark, such as spark.master=local[4]; may be repeated."),
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
    from lumbar.workflow.on_spark import evaluate_to_folder_on_spark, spark_settings

    if source is None or out is None or year is None or as_of is None:
        raise UsageError(
            "evaluate needs a folder of records, --out, --year and --as-of; "
            "for example: lumbar evaluate export/ --year 2026 --as-of 2026-11-21 --out result"
        )
    on_spark = engine is Engine.spark
    if on_spark and (threads is not None or memory_limit is not None):
        raise UsageError("--threads and --memory-limit are DuckDB's; with --engine spark give --spark-conf instead")
    if spark_conf and not on_spark:
        raise UsageError("--spark-conf is of use with --engine spark only")
    with progress() as on_progress:
        asked: dict[str, Any] = {
            "year": year,
            "as_of": as_of,
            "format": _value(from_),
            "mapping": mapping,
            "policy": policy,
            "measures": measure or (),
            "overwrite": overwrite,
            "report": not no_report,
            "on_progress": on_progress,
        }
        if on_spark:
            evaluate_to_folder_on_spark(source, out, settings=spark_settings(spark_conf or ()), **asked)
        else:
            evaluate_to_folder(source, out, threads=threads, memory_limit=memory_limit, **asked)
    print_lines(summary_lines(open_result(out)))
    typer.echo(f"\nResult: {out}" + ("" if no_report else f"\nReport: {out / 'report.html'}"))


def _value(chosen: SourceFormat | None) -> str | None:
    return None if chosen is None else chosen.value


def _telling_episode(folder: Path) -> str:
    """An episode worth explaining first: in the measure and not met, with a preoperative score."""
    from lumbar.store import open_result

    for row in open_result(folder).outcome.to_pylist():
        if row["in_measure"] and row["status"] == "not_met" and row["preoperative_score"] is not None:
            return str(row["episode_id"])
    return "<episode id>"
