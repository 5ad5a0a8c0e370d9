"""The report of a result: one HTML file that opens offline."""
