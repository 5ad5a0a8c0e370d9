"""What several commands are asked: arguments and options with their help."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


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
