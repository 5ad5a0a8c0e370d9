"""The clinic as CSV: one file a clinical table, the columns a user may bring, in order."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from lumbar.synth.as_rows import chart_rows
from lumbar.synth.chart import Chart
from lumbar.synth.draws import stream
from lumbar.synth.spoiled_rows import spoiled_rows
from lumbar.tables.clinical import CLINICAL_TABLES


def write_tables(folder: Path, charts: Iterable[Chart], seed: int, blemishes: bool) -> None:
    """Write `<table>.csv` for every clinical table into an existing folder; UTF-8, comma, line feed."""
    with ExitStack() as open_files:
        files, writers = {}, {}
        for table in CLINICAL_TABLES:
            path = folder / f"{table.name}.csv"
            files[table.name] = open_files.enter_context(path.open("w", encoding="utf-8", newline=""))
            names = [column.name for column in table.user_columns]
            writers[table.name] = csv.DictWriter(files[table.name], names, lineterminator="\n")
            writers[table.name].writeheader()
        for chart in charts:
            draw = stream("tables", seed, chart.number)
            for table_name, row in chart_rows(draw, chart, blemishes):
                writers[table_name].writerow(row)
            for table_name, bad in spoiled_rows(chart, seed) if blemishes else ():
                if isinstance(bad, str):
                    files[table_name].write(f"{bad}\n")
                else:
                    writers[table_name].writerow(bad)
