"""The groups an operation is in, by the name of a breakdown: one row per operation, one text column a breakdown."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.errors import UsageError
from lumbar.followup.counted import GROUP
from lumbar.followup.groups import age_group, grouped
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import PATIENT

KIND = "kind"
SURGEON = "surgeon"
FACILITY = "facility"
# In the order of importance: a later one is left out first when both together would tell too much.
BREAKDOWNS = (KIND, SURGEON, "payer", "age_group", "sex", "language", "race", FACILITY)
NOT_RECORDED = "not recorded"

ReadClinical = Callable[[str], pa.Table]


def operations(
    outcome: pa.Table, clinical: ReadClinical, by: Sequence[str], rules: PerformanceYear, policy: Policy
) -> pa.Table:
    """One row per operation of `outcome`: episode_id, and the group of each breakdown in `by`, none of them null.

    The patient's facts are those recorded, in the words recorded; age in whole years on the day of the operation;
    the facility is the ledger's, that of the qualifying line with the smallest id.
    Raises UsageError for an unknown breakdown, or for surgeon and facility together: most people can find out where a
    surgeon operates, and would subtract the one from the other.
    """
    if SURGEON in by and FACILITY in by:
        raise UsageError("surgeon and facility cannot be released together; choose one of them")
    for name in by:
        if name not in BREAKDOWNS:
            raise UsageError(f"no breakdown is called {name!r}; there are {', '.join(BREAKDOWNS)}")
    keys = ["episode_id", "patient_id", "index_date", "kind", "payer", "surgeon_npi"]
    rows = outcome.select(keys).group_by(keys).aggregate([])
    patient = clinical(PATIENT.name).select(["patient_id", "birth_date", "sex", "language", "race"])
    rows = rows.join(patient, "patient_id", join_type="left outer")
    if FACILITY in by:
        rows = grouped(rows, FACILITY, clinical, rules, policy).rename_columns({GROUP: FACILITY})
    made = {
        SURGEON: lambda: rows["surgeon_npi"],
        "age_group": lambda: age_group(rows["birth_date"], rows["index_date"]),
    }
    columns = {name: pc.fill_null(made[name]() if name in made else rows[name], NOT_RECORDED) for name in by}
    return pa.table({"episode_id": rows["episode_id"], **columns})
