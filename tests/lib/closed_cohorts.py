"""Generated clinics in which nothing is corrected or recorded late, and the days from the last operation to the end."""

from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from arrow_tables import Row
from cohort import plus_months
from decade import COHORT_YEAR, clinic_of
from laws import MANY_SEEDS, Question
from lumbar.measures import for_year
from lumbar.measures.policy import EARLIEST, LATEST, NEAREST, Policy

N_PATIENTS = 150
N_DAYS = 4
# The longest window closes fifteen months after the operation.
ALL_CLOSED = timedelta(days=470)
YEARS = (2019, 2021, 2026)

Clinic = dict[str, list[Row]]


@st.composite
def closed_cohorts(draw: st.DrawFn) -> list[Question]:
    """One clinic as it is known on ascending days: all its operations are done on the first, all windows closed on the
    last. Deaths, further operations, ties, and several scores a window occur; under every policy, in three designs.
    """
    year = draw(st.sampled_from(YEARS))
    seed = draw(MANY_SEEDS)
    start = date(year - 1, 1, 1) + timedelta(days=draw(st.integers(min_value=0, max_value=380)))
    random = Random(seed)
    later = sorted({start + timedelta(days=random.randrange(ALL_CLOSED.days)) for _ in range(N_DAYS)})
    clinic = nothing_late(clinic_of(year, seed, N_PATIENTS, aim=plus_months(start, 12 * (COHORT_YEAR - year))), start)
    policy = Policy(postoperative=draw(st.sampled_from((LATEST, NEAREST, EARLIEST))))
    return [Question(clinic, for_year(year), policy, day) for day in (start, *later, start + ALL_CLOSED)]


def nothing_late(clinic: Clinic, start: date) -> Clinic:
    """The clinic without operations after `start` and with nothing that becomes known later than it happened.

    The dead answer nothing; who is dead on an unknown day is so from `start` on; a reported exclusion is known by then.
    """
    died_on = {
        row["patient_id"]: row["deceased_on"] or (start if row["deceased"] else date.max) for row in clinic["patient"]
    }
    exclusions = {s.codes.excluded for year in YEARS for m in for_year(year).measures for s in m.strata}
    return {
        **clinic,
        "procedure": [row for row in clinic["procedure"] if row["performed_on"] <= start],
        "score": [
            {**row, "recorded_on": None} for row in clinic["score"] if row["assessed_on"] <= died_on[row["patient_id"]]
        ],
        "condition": [{**row, "recorded_on": None} for row in clinic["condition"]],
        "reported_code": [
            row for row in clinic["reported_code"] if row["code"] not in exclusions or row["reported_on"] <= start
        ],
    }
