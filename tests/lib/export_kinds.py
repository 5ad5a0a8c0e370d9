"""Every kind of export, as a test asks for it."""

# Each kind by its words, the name of its file, and how the recounter is named.
KINDS = {
    "qpp": (("qpp", "--tin", "000456789"), "submission.json", "qpp"),
    "measure-report": (("measure-report", "--type", "summary"), "reports.json", "measure-report summary"),
    "qrda3": (("qrda3", "--tin", "000456789"), "counts.xml", "qrda3"),
    "837p": (("837p",), "claims.837", "837p"),
    "outcomes": (("outcomes", "--privacy", "limited"), "rows.csv", "outcomes-limited"),
}
