"""The clinic as OMOP CDM 5.4: one CSV file a table, and the mapping its tables need."""

import csv
from collections.abc import Iterable
from contextlib import ExitStack
from importlib.resources import files as package_files
from pathlib import Path

from lumbar.synth import calibration, surgery
from lumbar.synth.as_omop import chart_rows
from lumbar.synth.chart import Chart
from lumbar.synth.draws import stream
from lumbar.synth.omop_columns import COLUMNS
from lumbar.synth.omop_concepts import Concepts
from lumbar.synth.spoiled_omop import spoiled_rows


def write_omop(folder: Path, charts: Iterable[Chart], seed: int, blemishes: bool) -> None:
    """Write the tables into an existing folder; UTF-8, comma, line feed; vocabularies separated by tabs, as they come.

    The concept table holds what the clinic uses and nothing else.
    """
    mapping = (package_files("lumbar.synth") / "omop_mapping.toml").read_bytes()
    (folder / "mapping.toml").write_bytes(mapping)
    concepts = Concepts()
    npis = sorted({*surgery.NPIS.values(), *surgery.ASSISTANT_NPIS, *surgery.ANAESTHETIST_NPIS})
    staff = {npi: str(number) for number, npi in enumerate(npis, start=1)}
    places = {name: str(number) for number, name in enumerate((calibration.NORTH, calibration.SOUTH), start=1)}
    with ExitStack() as open_files:
        writers = {}
        for table, columns in COLUMNS.items():
            file = open_files.enter_context((folder / f"{table}.csv").open("w", encoding="utf-8", newline=""))
            is_vocabulary = table.startswith("concept")
            writers[table] = csv.DictWriter(
                file,
                columns,
                lineterminator="\n",
                delimiter="\t" if is_vocabulary else ",",
            )
            writers[table].writeheader()
        for npi, number in staff.items():
            writers["provider"].writerow({"provider_id": number, "npi": npi})
        for name, number in places.items():
            writers["care_site"].writerow({"care_site_id": number, "care_site_name": name})
        for chart in charts:
            draw = stream("omop", seed, chart.number)
            for table, row in chart_rows(draw, chart, concepts, staff, places, blemishes):
                writers[table].writerow(row)
            for table, row in spoiled_rows(chart, seed, concepts) if blemishes else ():
                writers[table].writerow(row)
        for row in concepts.rows:
            writers["concept"].writerow(row)
        for row in concepts.mapped:
            writers["concept_relationship"].writerow(row)
