"""The groups an operation is in, by the name of a breakdown: one row per operation, one text column a breakdown."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.codelists.disclosure import age_groups
from lumbar.errors import UsageError
from lumbar.followup.groups import whole_years
from lumbar.tables.clinical import PATIENT, PROCEDURE

KIND = "kind"
SURGEON = "surgeon"
FACILITY = "facility"
# In the order of importance: a later one is left out first when both together would tell too much.
BREAKDOWNS = (KIND, SURGEON, "payer", "age_group", "sex", "language", "race", FACILITY)
NOT_RECORDED = "not recorded"

ReadClinical = Callable[[str], pa.Table]


def operations(outcome: pa.Table, clinical: ReadClinical, by: Sequence[str]) -> pa.Table:
    """One row per operation of `outcome`: episode_id, and the group of each breakdown in `by`, none of them null.

    The patient's facts are those recorded, in the words recorded; age in whole years on the day of the operation;
    the facility is the first by name among the lines of that day.
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
        rows = rows.join(_facilities(clinical(PROCEDURE.name)), ["patient_id", "index_date"], join_type="left outer")
    made = {
        SURGEON: lambda: rows["surgeon_npi"],
        "age_group": lambda: _age_group(rows["birth_date"], rows["index_date"]),
    }
    columns = {name: pc.fill_null(made[name]() if name in made else rows[name], NOT_RECORDED) for name in by}
    return pa.table({"episode_id": rows["episode_id"], **columns})


def _facilities(procedure: pa.Table) -> pa.Table:
    """One row per patient and day with a named facility."""
    named = procedure.select(["patient_id", "performed_on", "facility"]).filter(pc.field("facility").is_valid())
    first = named.group_by(["patient_id", "performed_on"]).aggregate([("facility", "min")])
    return first.rename_columns(["patient_id", "index_date", "facility"])


def _age_group(born: pa.ChunkedArray, on: pa.ChunkedArray) -> pa.ChunkedArray:
    """The label of the age in whole years; null where the date of birth is not known."""
    age = whole_years(born, on)
    groups = age_groups()
    label = pc.if_else(pc.is_valid(age), groups[0][1], None)
    for first_year, name in groups[1:]:
        label = pc.if_else(pc.greater_equal(age, first_year), name, label)
    return label
