"""The patients that leave, each with the operations in the measure, the records behind them, and their proofs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.exports.leaving import Leaving
from lumbar.tables.clinical import PATIENT, PROCEDURE, SCORE

Row = Mapping[str, Any]

# So many patients are held at a time, however many leave.
_AT_A_TIME = 1_000
_ORDER = [("patient_id", "ascending"), ("index_date", "ascending"), ("measure_id", "ascending")]
_READ = (PATIENT.name, PROCEDURE.name, SCORE.name)


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient: rows in the measure by day and measure, procedure lines, scores by id, and proofs by episode.

    `died_on` is none for the living and where the day is not known.
    """

    patient_id: str
    died_on: date | None
    rows: tuple[Row, ...]
    procedures: tuple[Row, ...]
    scores: Mapping[str, Row]
    proofs: Mapping[str, Mapping[str, Any]]

    def before_death(self, day: date) -> bool:
        """Whether a record of that day may leave: none is dated after the death."""
        return self.died_on is None or day <= self.died_on

    def score(self, score_id: str | None) -> Row | None:
        """The score of that id if it may leave."""
        found = None if score_id is None else self.scores[score_id]
        return found if found is not None and self.before_death(found["assessed_on"]) else None

    def withholds(self, row: Row) -> bool:
        """Whether a score chosen for a row is dated after the death, so that nothing may tell it."""
        ids = (row["preoperative_score_id"], row["postoperative_score_id"])
        return any(score_id is not None and self.score(score_id) is None for score_id in ids)

    def operations(self) -> Iterator[Row]:
        """One row of each operation, in order of day."""
        for _, rows in groupby(self.rows, key=lambda row: row["episode_id"]):
            yield next(rows)


def charts(leaving: Leaving, *, with_proofs: bool) -> Iterator[Chart]:
    """The charts in order of patient id; proofs cost time and are made only where wanted."""
    tables = {name: leaving.clinical(name) for name in _READ}
    patients = groupby(_rows(leaving.rows.sort_by(_ORDER)), key=lambda row: row["patient_id"])
    by_patient = ((patient_id, tuple(rows)) for patient_id, rows in patients)
    while chunk := dict(islice(by_patient, _AT_A_TIME)):
        records = {name: _of_patients(table, chunk) for name, table in tables.items()}
        episodes = list(dict.fromkeys(row["episode_id"] for rows in chunk.values() for row in rows))
        proofs = {p["episode_id"]: p for p in leaving.proofs(episodes)} if with_proofs else {}
        for patient_id, rows in chunk.items():
            (patient,) = records[PATIENT.name][patient_id]
            own = {row["episode_id"] for row in rows}
            yield Chart(
                patient_id=patient_id,
                died_on=patient["deceased_on"],
                rows=rows,
                procedures=tuple(records[PROCEDURE.name][patient_id]),
                scores={score["score_id"]: score for score in records[SCORE.name][patient_id]},
                proofs={episode: proofs[episode] for episode in own if episode in proofs},
            )


def _of_patients(table: pa.Table, patient_ids: Mapping[str, Any]) -> dict[str, list[Row]]:
    wanted = pc.is_in(table["patient_id"], pa.array(patient_ids, pa.string()))
    found: dict[str, list[Row]] = defaultdict(list)
    for row in table.filter(wanted).to_pylist():
        found[row["patient_id"]].append(row)
    return found


def _rows(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()
