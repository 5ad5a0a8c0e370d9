"""The back-test: forecasts of 1,000 simulated clinics a world, each made on three days and held against the end.

About 100 s of processor time a world of 1,000 clinics, and 25 s for the smaller ones. What was measured stands in
docs/ledger.md.
"""

from dataclasses import replace
from datetime import date

import pytest

from arrow_tables import arrow_clinic, arrow_table
from back_test import AS_OF_DATES, Held, back_test, together
from engines import duckdb
from lumbar.followup.forecast import CONFIDENCE
from lumbar.followup.ledger import ledger
from lumbar.tables.results import OUTCOME, OVERALL
from simulated_clinics import MEASURE, POLICY, RULES, World, clinic, final_counts, records, tables_on

N_CLINICS = 1_000
N_CLINICS_THAT_CHANGE = 250
LEAST, MOST = 0.76, 0.84


def tell(world: World, held: dict[tuple[str, date], Held]) -> None:
    """What was measured, for the log of the run."""
    print(f"\n{world}")
    for stratum in dict.fromkeys(stratum for stratum, _ in held):
        print(f"  {stratum:17}on all days  {together(held, stratum)}")
        for (name, as_of), one in held.items():
            if name == stratum:
                print(f"  {'':17}on {as_of}  {one}")


@pytest.mark.parametrize("response", [1.0, 0.7, 1.3])
def test_the_interval_holds_the_final_rate_of_80_in_100_clinics_whatever_their_response(response, capsys):
    """As the response model says, and with every chance of an answer 30 % lower and higher: on all days, and on each."""
    world = World(response=response)
    held = back_test(range(1, N_CLINICS + 1), world)
    with capsys.disabled():
        tell(world, held)
    assert LEAST <= together(held, OVERALL).coverage <= MOST
    for as_of in AS_OF_DATES:
        assert held[OVERALL, as_of].n == N_CLINICS
        assert LEAST <= held[OVERALL, as_of].coverage <= MOST, as_of
    for stratum in MEASURE.strata:
        # Of few rows left, one number alone is more likely than 80 %: an interval holds too often, never too rarely.
        assert together(held, stratum.name).coverage >= LEAST


@pytest.mark.parametrize("this_year", [0.7, 1.3])
def test_a_clinic_whose_patients_answer_otherwise_than_before_is_forecast_wrongly_at_first(this_year, capsys):
    """The limit of the method, stated in the docs: history cannot know that all has changed by 30 % this year.

    As windows of this year close they become history, and the interval narrows around the end again.
    """
    world = World(this_year=this_year)
    held = back_test(range(1, N_CLINICS_THAT_CHANGE + 1), world)
    with capsys.disabled():
        tell(world, held)
    first, *_ = AS_OF_DATES
    assert together(held, OVERALL).coverage < LEAST, "the stated limit: say so in docs/ledger.md when this is mended"
    one = held[OVERALL, first]
    assert (one.error < 0) == (this_year < 1), "too high a forecast where fewer answer, too low where more do"


@pytest.mark.parametrize("seed", [11, 12])
def test_the_simulated_tables_are_those_the_engine_makes_of_the_same_records(seed):
    one = clinic(seed, World())
    clinical = arrow_clinic(records(one))
    for as_of in AS_OF_DATES:
        outcome, _ = duckdb(records(one), RULES, POLICY, as_of)
        own = [row for row in outcome if row["measure_id"] == MEASURE.id]
        ours, score = tables_on(one, as_of)
        assert score.num_rows == sum(
            row["assessed_on"] <= as_of and not row["score_id"].endswith(".0") for row in records(one)["score"]
        )
        names = [name for name in ours.column_names if name not in ("flags", "surgeon_npi")]
        strata = {(s.kind, s.timepoint) for s in MEASURE.strata}
        theirs = [row for row in own if (row["kind"], row["timepoint"]) in strata]
        key = "patient_id"
        assert {row[key]: [row[n] for n in names] for row in theirs} == {
            row[key]: [row[n] for n in names] for row in ours.to_pylist()
        }
        assert {row[key]: "deceased" in row["flags"] for row in theirs} == {
            row[key]: "deceased" in row["flags"] for row in ours.to_pylist()
        }
        rules = replace(RULES, measures=(MEASURE,))
        of_engine = ledger(arrow_table(OUTCOME, outcome), clinical.__getitem__, rules, POLICY, as_of)
        of_simulation = ledger(ours, {"score": score}.__getitem__, rules, POLICY, as_of)
        assert of_engine == of_simulation
        assert {row.stratum: row.all for row in of_engine.rows} == {
            name: counted for name, (_, counted) in final_counts(one, as_of).items()
        }


def test_the_confidence_is_the_one_that_is_promised():
    assert CONFIDENCE == 0.80
