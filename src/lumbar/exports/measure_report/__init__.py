"""FHIR R4 MeasureReports after the guide "Data Exchange for Quality Measures", in one Bundle."""

from lumbar.exports.measure_report.bundle import REPORTS, write_measure_report
from lumbar.exports.measure_report.site import SETTINGS_TABLE, SETTINGS_TEXT, Site

__all__ = ["REPORTS", "SETTINGS_TABLE", "SETTINGS_TEXT", "Site", "write_measure_report"]
