"""The generated patients in shards, so that every policy meets every as-of date."""

import os
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product

from arrow_tables import Row
from cohort import AS_OF_DATES, YEAR, cohort
from engines import Evaluated, reference
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy

SEED = 20
N_PATIENTS = int(os.environ.get("LUMBAR_DIFFERENTIAL_PATIENTS", "3000"))
POLICIES = (
    Policy(postoperative=LATEST),
    Policy(postoperative=NEAREST, include_unverified_procedures=True),
    Policy(postoperative=EARLIEST, responder_pain=Decimal("1.5"), worse_odi=Decimal(8)),
)


@dataclass(frozen=True, slots=True)
class Shard:
    """Patients `first` up to but not including `last`, under one policy, as of one date."""

    first: int
    last: int
    policy: Policy
    as_of: date

    @property
    def name(self) -> str:
        return f"patients {self.first}-{self.last - 1}, {self.policy.postoperative} score, as of {self.as_of}"

    @property
    def halves(self) -> tuple["Shard", "Shard"]:
        """Two shards of half the patients each: one for each core."""
        middle = (self.first + self.last) // 2
        return (
            Shard(self.first, middle, self.policy, self.as_of),
            Shard(middle, self.last, self.policy, self.as_of),
        )

    def clinic(self) -> dict[str, list[Row]]:
        """The clinical rows of the shard's patients."""
        return cohort(SEED, range(self.first, self.last), self.as_of)

    def by_reference(self) -> Evaluated:
        """What the reference says of the shard."""
        return reference(self.clinic(), YEAR, self.policy, self.as_of)


def shards(n_patients: int = N_PATIENTS) -> list[Shard]:
    """The patients spread over every pair of policy and as-of date."""
    pairs = list(product(POLICIES, AS_OF_DATES))
    edges = [n_patients * number // len(pairs) for number in range(len(pairs) + 1)]
    return [
        Shard(first, last, policy, as_of)
        for (policy, as_of), first, last in zip(pairs, edges, edges[1:], strict=False)
        if first < last
    ]
