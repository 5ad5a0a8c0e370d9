"""The commands export: a result as a file that a receiver takes, one module a kind."""

from lumbar.cli.export import claim_837p, measure_report, outcomes, qpp, qrda3
from lumbar.cli.export.group import export

__all__ = ["claim_837p", "export", "measure_report", "outcomes", "qpp", "qrda3"]
