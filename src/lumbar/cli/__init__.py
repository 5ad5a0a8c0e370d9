"""The command `lumbar`: arguments, progress, exit codes.

Heavy modules are imported inside commands, so that help is quick.
"""

from lumbar.cli import (
    auditing,
    codebook,
    comparing,
    evidence,
    export,
    fetching,
    ledger,
    path,
    records,
    results,
    score,
    scripting,
    worklist,
)
from lumbar.cli.app import app
from lumbar.cli.entry import main

__all__ = [
    "app",
    "auditing",
    "codebook",
    "comparing",
    "evidence",
    "export",
    "fetching",
    "ledger",
    "main",
    "path",
    "records",
    "results",
    "score",
    "scripting",
    "worklist",
]
