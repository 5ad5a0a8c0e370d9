"""The command audit-pack: the proofs of some operations, with the records they rest on."""

from pathlib import Path
from typing import Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import progress
from lumbar.cli.options import Dated, Measures, Result

_MANY_CASES = 200


@app.command("audit-pack")
def audit_pack(
    folder: Result,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder for the pack.")],
    episode_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[EPISODE_ID]...", help="Operations: <patient_id>@<YYYY-MM-DD>.")
    ] = None,
    list_: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="The operations instead in a file, one id a line.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", help="Or so many drawn of those that count in a measure.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed draws the same sample.")] = 0,
    measure: Measures = None,
    source: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The records the result was made from: adds their original lines."),
    ] = None,
    on: Dated = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the audit pack if it exists.")] = False,
) -> None:
    """Write the proofs of some operations and the records they rest on, as one PDF and a folder.

    Example:  lumbar audit-pack result --sample 30 --seed 7 --out audit
    """
    from lumbar.audit.sample import ids_of_list
    from lumbar.errors import UsageError
    from lumbar.workflow.auditing import audit_pack as write_pack
    from lumbar.workflow.exporting import parsed_day

    if sum((bool(episode_ids), list_ is not None, sample is not None)) != 1:
        raise UsageError("name the operations in one way: their ids, --list FILE or --sample N")
    if measure and sample is None:
        raise UsageError("--measure says what a sample is drawn from; it needs --sample N")
    ids = episode_ids or [] if list_ is None else ids_of_list(_text_of(list_))
    with progress() as on_progress:
        pack = write_pack(
            folder,
            out,
            episode_ids=ids,
            sample=sample,
            seed=seed,
            measures=measure or (),
            source=source,
            on=parsed_day(on),
            overwrite=overwrite,
            on_progress=on_progress,
        )
    if len(pack.cases) > _MANY_CASES:
        n_mb = (out / "audit-pack.pdf").stat().st_size / 1e6
        typer.echo(f"The PDF has {n_mb:,.0f} MB; a smaller sample is easier to read and to sign.", err=True)
    n_lines = "" if pack.lines is None else f", with {len(pack.lines):,} lines of the source"
    typer.echo(f"{len(pack.cases):,} operations{n_lines}; {pack.chosen}.")
    typer.echo(f"Audit pack: {out}\nTo read and sign: {out / 'audit-pack.pdf'}")


def _text_of(path: Path) -> str:
    from lumbar.errors import InputError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path} cannot be read as UTF-8 text") from None
