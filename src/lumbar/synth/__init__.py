"""A synthetic clinic, calibrated to published results; no record in it is of a person."""

from lumbar.synth.template import template
from lumbar.synth.write import write_clinic

__all__ = ["template", "write_clinic"]
