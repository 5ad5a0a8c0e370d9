"""The commands export: a result as a file that a receiver takes, one module a kind."""

from lumbar.cli.export import outcomes, qpp
from lumbar.cli.export.group import export

__all__ = ["export", "outcomes", "qpp"]
