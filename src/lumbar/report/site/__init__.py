"""The report as a site: pages that open offline, their data beside them in blocks that are loaded when asked for."""
