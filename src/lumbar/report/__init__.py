"""The report of a result: one HTML file that opens offline."""

from lumbar.report.episodes import listed_episodes
from lumbar.report.page import report_html

__all__ = ["listed_episodes", "report_html"]
