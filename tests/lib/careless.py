"""Publishers who do less than is needed, in the form of a release: what an attack must be able to break."""

import json
from collections import Counter
from typing import Any

from disclosure_attack import MET, NOT_ASSESSED, NOT_MET, SMALL, STANDINGS, Operation
from random_clinics import Clinic


def careless_text(clinic: Clinic, *, hides_small: bool) -> str:
    """Every group of every breakdown by name: all counts, or all but those of 1-10."""
    truth = clinic.truth()

    def figures(some: Counter[Operation]) -> dict[str, Any]:
        return {measure: _counts(some, place, hides_small) for place, measure in enumerate(clinic.measures)}

    def of_group(place: int, group: str) -> Counter[Operation]:
        return Counter({operation: n for operation, n in truth.items() if operation[1][place] == group})

    breakdowns = [
        {
            "by": by,
            "rows": [{"group": group, "figures": figures(of_group(place, group))} for group in clinic.groups[by]],
        }
        for place, by in enumerate(clinic.by)
    ]
    return json.dumps({"measures": clinic.measures, "periods": [{"overall": figures(truth), "breakdowns": breakdowns}]})


def _counts(some: Counter[Operation], place: int, hides_small: bool) -> dict[str, int | None]:
    n: Counter[str] = Counter()
    for (standings, _), n_alike in some.items():
        n[standings[place]] += n_alike
    counts = {
        "closed": sum(n[standing] for standing in STANDINGS),
        "met": n[MET],
        "not_met": n[NOT_MET] + n[NOT_ASSESSED],
        "not_assessed": n[NOT_ASSESSED],
    }
    return {name: None if hides_small and count in SMALL else count for name, count in counts.items()}
