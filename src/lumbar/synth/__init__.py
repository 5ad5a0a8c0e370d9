"""A synthetic clinic, calibrated to published results; no record in it is of a person."""
