"""The commands export: a result as a file that a receiver takes, one module a kind."""

from lumbar.cli.export import qpp, qrda3
from lumbar.cli.export.group import export

__all__ = ["export", "qpp", "qrda3"]
