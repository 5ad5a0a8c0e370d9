"""What several commands are asked: arguments and options with their help."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SourceFormat(StrEnum):
    """How the records lie."""

    fhir = "fhir"
    omop = "omop"
    tables = "tables"


class Engine(StrEnum):
    """What runs the rules."""

    duckdb = "duckdb"
    spark = "spark"


class SynthFormat(StrEnum):
    """How a synthetic clinic's records are written."""

    fhir = "fhir"
    eob = "eob"
    omop = "omop"
    tables = "tables"


class Dialect(StrEnum):
    """Whose SQL is written."""

    postgres = "postgres"
    duckdb = "duckdb"
    spark = "spark"
    databricks = "databricks"
    snowflake = "snowflake"
    bigquery = "bigquery"
    trino = "trino"


class Output(StrEnum):
    """How a command prints."""

    text = "text"
    json = "json"


class Audience(StrEnum):
    """For whom a report is."""

    internal = "internal"
    public = "public"


class Breakdown(StrEnum):
    """By what public figures are broken down."""

    kind = "kind"
    surgeon = "surgeon"
    payer = "payer"
    age_group = "age_group"
    sex = "sex"
    language = "language"
    race = "race"
    facility = "facility"


class Practice(StrEnum):
    """The size of a practice as CMS counts it."""

    small = "small"
    large = "large"


RECORDS = "Records: a folder of CSV or Parquet tables, FHIR NDJSON or OMOP tables; or an OMOP database."
Source = Annotated[Path, typer.Argument(metavar="FOLDER", help=RECORDS)]
Result = Annotated[Path, typer.Argument(metavar="FOLDER", help="Result folder of `lumbar evaluate`.")]
From = Annotated[SourceFormat | None, typer.Option("--from", help="How the records lie; guessed when left out.")]
Mapping = Annotated[Path | None, typer.Option(metavar="FILE", help="Site mapping, TOML; see evaluate --print-mapping.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="Policy, TOML; see evaluate --print-policy.")
]
Format = Annotated[Output, typer.Option("--format", help="How to print.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the result folder if it exists.")]
On = Annotated[
    str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="Day the codes are looked at; today when left out.")
]

Out = Annotated[Path, typer.Option(metavar="FILE", help="File to write; replaced when it exists.")]
Measures = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="ID", help="Only this measure, such as 459; may be repeated. All when left out."),
]
Npi = Annotated[
    str | None, typer.Option("--npi", metavar="NPI", help="Only this surgeon's operations: ten digits, checked.")
]
Tin = Annotated[str | None, typer.Option("--tin", metavar="TIN", help="Taxpayer number of the practice, nine digits.")]
Settings = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="What no record holds, TOML; see --print-settings. Placeholders when left out."),
]
Log = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Surgical log of all payers, CSV; without it completeness is unknown."),
]
Dated = Annotated[
    str | None,
    typer.Option("--on", metavar="YYYY-MM-DD", help="Date written in the file; the result's as-of date when left out."),
]
Interim = Annotated[bool, typer.Option("--interim", help="Write although windows are open; the file says so.")]


def on_or_today(on: str | None) -> date:
    """The day asked for, or today, said on stderr. Raises UsageError for what is no date."""
    if on is None:
        today = date.today()  # noqa: DTZ011 - the date on the user's own calendar
        typer.echo(f"Codes as of today, {today}; --on YYYY-MM-DD for another day", err=True)
        return today
    try:
        return date.fromisoformat(on)
    except ValueError:
        from lumbar.errors import UsageError

        raise UsageError(f"--on {on!r} is not a date; write it as YYYY-MM-DD") from None
