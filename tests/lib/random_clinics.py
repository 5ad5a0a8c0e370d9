"""Clinics of very different sizes and skews, as the outcome and patient tables a result holds; all made up."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from arrow_tables import arrow_table
from disclosure_attack import MET, NOT_ASSESSED, NOT_MET, Operation
from lumbar.measures import for_year
from lumbar.report.public_figures import Release, public_figures
from lumbar.tables.clinical import PATIENT, PROCEDURE
from lumbar.tables.results import OUTCOME
from lumbar.workflow.publishing import released_text

TIMEPOINTS = {"discectomy": "three_month", "fusion": "one_year"}
FIRST_CLOSE, AS_OF = date(2025, 6, 1), date(2026, 11, 21)
GROUPS = {"kind": 2, "surgeon": 12, "payer": 6, "sex": 3, "language": 4}
PAYERS = ("aetna", "cigna", "medicare", "medicaid", "unknown", "unitedhealthcare")
STATUSES = {MET: "met", NOT_MET: "not_met", NOT_ASSESSED: "not_assessed", "excluded": "excluded"}


@dataclass(frozen=True)
class Made:
    """One made operation: the groups it is in, where it stands in each measure, the day its window closes."""

    groups: tuple[str, ...]
    standings: tuple[str, ...]
    closes: date


@dataclass(frozen=True)
class Clinic:
    """A clinic's operations; `by` names their breakdowns, `measures` the measures."""

    by: tuple[str, ...]
    measures: tuple[str, ...]
    operations: tuple[Made, ...]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The groups there are of each breakdown."""
        return {name: sorted({o.groups[place] for o in self.operations}) for place, name in enumerate(self.by)}

    def truth(self, since: date | None = None, until: date = AS_OF - timedelta(days=1)) -> Counter[Operation]:
        """The operations whose window closed after `since`, until `until`, and that are not excluded."""
        return Counter(
            (o.standings, o.groups)
            for o in self.operations
            if (since is None or o.closes > since) and o.closes <= until and "excluded" not in o.standings
        )

    def release(self, as_of: date = AS_OF, previous: dict[str, Any] | None = None) -> Release:
        """What the clinic publishes on a day, after what it published before."""
        rules = for_year(2026)
        rules = replace(rules, measures=tuple(m for m in rules.measures if m.id in self.measures))
        run = {"as_of": as_of.isoformat(), "rule_set_hash": "0" * 64, "policy": {}}
        outcome, clinical = self._tables(rules)
        return public_figures(outcome, clinical.__getitem__, rules, run, self.by, previous)

    def text(self, as_of: date = AS_OF) -> str:
        """The text the clinic publishes on a day, having published nothing before."""
        return released_text(self.release(as_of).figures)

    def _tables(self, rules: Any) -> tuple[pa.Table, dict[str, pa.Table]]:
        outcome, patient = [], []
        for number, made in enumerate(self.operations):
            own = dict(zip(self.by, made.groups, strict=True))
            kind, patient_id = own.get("kind", "fusion"), f"p{number:05}"
            patient.append({"patient_id": patient_id, "sex": own.get("sex"), "language": own.get("language")})
            for measure, standing in zip(rules.measures, made.standings, strict=True):
                outcome.append(
                    {
                        "episode_id": f"{patient_id}@2025-03-04",
                        "patient_id": patient_id,
                        "index_date": date(2025, 3, 4),
                        "kind": kind,
                        "surgeon_npi": own.get("surgeon", "1"),
                        "payer": own.get("payer", "aetna"),
                        "measure_id": measure.id,
                        "timepoint": TIMEPOINTS[kind],
                        "window_closes": made.closes,
                        "status": STATUSES[standing],
                        "in_measure": standing != "excluded",
                        "not_in_measure_because": "excluded" if standing == "excluded" else None,
                    }
                )
        clinical = {"patient": arrow_table(PATIENT, patient), "procedure": arrow_table(PROCEDURE, [])}
        return arrow_table(OUTCOME, outcome), clinical


def clinic_of(by: Sequence[str], measures: Sequence[str], operations: Sequence[Made]) -> Clinic:
    """A clinic of these operations."""
    return Clinic(tuple(by), tuple(measures), tuple(operations))


def random_clinic(seed: int, n_measures: int | None = None) -> Clinic:
    """A clinic of 1 to 2,000 operations; how skewed its groups are, and how well it asks and heals, is drawn too."""
    draw = random.Random(seed)
    n = round(10 ** draw.uniform(*draw.choice([(0, 2), (2, 3.3), (2, 3.3)])))
    by = draw.sample(list(GROUPS), draw.randint(2, 3))
    sizes = [draw.randint(1, GROUPS[name]) for name in by]
    weights = [[draw.random() ** draw.choice([0.5, 1, 4]) + 0.001 for _ in range(size)] for size in sizes]
    names = [_group_names(name, size) for name, size in zip(by, sizes, strict=True)]
    n_measures = n_measures or draw.choice([1, 2, 3])
    healing, answering, alike, excluding = (
        draw.random(),
        draw.uniform(0.2, 1),
        draw.random(),
        draw.choice([0, 0, 0.02, 0.1]),
    )
    tilt = draw.choice([0, 0, 1])
    operations = []
    for _ in range(n):
        places = [draw.choices(range(len(w)), w)[0] for w in weights]
        # In a tilted clinic, what a patient reaches and answers depends on the groups: cells of zero occur.
        heals = healing if not tilt else (healing + 0.5 * (sum(places) % 3)) % 1.01
        answers = answering if not tilt else (answering + 0.4 * (places[0] % 3)) % 1.01
        first = draw.choices((MET, NOT_MET), (heals, 1 - heals))[0] if draw.random() < answers else NOT_ASSESSED
        standings = [first]
        while len(standings) < n_measures:
            again = draw.choices((MET, NOT_MET), (heals, 1 - heals))[0] if draw.random() < answers else NOT_ASSESSED
            standings.append(first if draw.random() < alike else again)
        if draw.random() < excluding:
            standings = ["excluded"] * n_measures
        closes = FIRST_CLOSE + timedelta(days=draw.randrange((AS_OF - FIRST_CLOSE).days + 30))
        groups = tuple(own[place] for own, place in zip(names, places, strict=True))
        operations.append(Made(groups, tuple(standings), closes))
    return clinic_of(by, ("459", "461", "471")[:n_measures], operations)


def _group_names(breakdown: str, size: int) -> Sequence[str]:
    named = {"kind": tuple(TIMEPOINTS), "payer": PAYERS}
    return named.get(breakdown, tuple(f"{breakdown} {number}" for number in range(20)))[:size]
