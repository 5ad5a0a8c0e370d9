"""Commands on evidence: bundle, verify."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lumbar.cli.app import app
from lumbar.cli.console import print_json, print_lines, progress
from lumbar.cli.options import Format, Out, Output, Result

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@app.command()
def bundle(
    folder: Result,
    out: Out,
    export: Annotated[
        list[Path] | None,
        typer.Option("--export", metavar="FILE", help="A file that `lumbar export` wrote from it; may be repeated."),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your Ed25519 private key; when left out, one of your own is made once."),
    ] = None,
) -> None:
    """Write the evidence of a result as one signed zip: result, exports, rules, code lists, input fingerprints.

    Example:  lumbar bundle result --out evidence.zip --export submission.json
    """
    from lumbar.evidence.signing import fingerprint
    from lumbar.store import open_result
    from lumbar.workflow.bundling import bundle as write_bundle

    open_result(folder)  # no key is made for what is no result
    signing_key = _signing_key(key)
    with progress() as on_progress:
        lines = write_bundle(folder, out, signing_key, exports=export or (), on_progress=on_progress)
    typer.echo(f"Written: {out}")
    typer.echo(f"Signed by: {fingerprint(signing_key.public_key())}", err=True)
    print_lines(lines)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Bundle that `lumbar bundle` wrote.")],
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Public key that it must be signed by, PEM or OpenSSH.")
    ] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The records the result was made from: make it again and compare."),
    ] = None,
    format_: Format = Output.text,
) -> None:
    """Check that nothing in a bundle was changed, whose it is, and that its result can be made again.

    Ends with 1 when something is found; each finding names the file or part it lies in.

    Example:  lumbar verify evidence.zip --public-key signer.pub
    """
    from lumbar.evidence import signing
    from lumbar.workflow.verifying import verify as verify_bundle

    wanted = signing.public_key(public_key) if public_key else None
    with progress() as on_progress:
        own = signing.own_public_key(_own_folder())
        found = verify_bundle(file, public_key=wanted, own_key=own, inputs=inputs, on_progress=on_progress)
    if format_ is Output.json:
        print_json({"bundle": file.name, **found.as_json()})
    else:
        print_lines(found.lines(file.name))
    raise typer.Exit(1 if found.findings else 0)


def _own_folder() -> Path:
    return Path(typer.get_app_dir("lumbar"))


def _signing_key(path: Path | None) -> "Ed25519PrivateKey":
    """The key given, or the user's own, made when there is none yet."""
    from lumbar.evidence import signing

    at = path or _own_folder() / signing.OWN_KEY
    if path is None:
        key, made = signing.own_key(_own_folder())
        if made:
            public = at.with_suffix(".pub")
            typer.echo(f"A key of your own was made: {at}; keep it safe. Others verify with {public}", err=True)
    else:
        key = signing.private_key(path, lambda: _passphrase(path))
    if signing.read_by_others(at):
        typer.echo(f"Others can read the private key {at}: chmod 600 it", err=True)
    return key


def _passphrase(path: Path) -> str:
    if not sys.stdin.isatty():
        from lumbar.errors import UsageError

        raise UsageError(f"the key {path} has a passphrase; run this in a terminal, where it is asked for")
    return str(typer.prompt(f"Passphrase of {path}", hide_input=True, err=True))
