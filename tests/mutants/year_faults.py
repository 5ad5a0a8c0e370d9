"""Planted faults in what the years do differently."""

from faults import BOTH, COUNT, DUCKDB, EXCLUSION, JUDGED, REFERENCE, SHARED, Fault

EVERY_YEAR = ("tests/differential/test_every_year.py", "-k", "2018 or 2023")
PROOFS = ("tests/unit/test_proofs_of_every_year.py",)

YEAR_FAULTS = (
    Fault(
        "a numeric score is chosen in 2021",
        "measures/py2021/cqm459_back_pain.py",
        "scales=(VAS_CM.name, VAS_MM.name)",
        'scales=("nrs", VAS_CM.name, VAS_MM.name)',
        BOTH,
    ),
    Fault(
        "the stratum of 2024 is spelled right",
        "measures/py2024/cqm459_back_pain.py",
        "discectomyLaminectmy",
        "lumbarDiscectomy",
        ("tests/golden/test_rates_by_year.py",),
    ),
    Fault(
        "2023 has a rate for each kind",
        "engine/rates.py",
        'for row in strata if row["submitted_alone"]]',
        "for row in strata]",
        EVERY_YEAR,
    ),
    Fault(
        "one score after surgery is both scores",
        JUDGED,
        "when seen.wants_both_scores and seen.improvement is not null then 'met'",
        "when seen.wants_both_scores and seen.postoperative_score is not null then 'met'",
    ),
    Fault(
        "the average change is of everybody in the measure",
        COUNT,
        "when own.in_measure and own.status = 'met' and own.wants_both_scores",
        "when own.wants_both_scores and own.improvement is not null",
        EVERY_YEAR,
    ),
    Fault("the average change is per hundred points", "engine/rates.py", "_PER_POINT = 10_000", "_PER_POINT = 100"),
    Fault(
        "the average change is what it was before, taken from after",
        "engine/reference.py",
        "float(Fraction(sum(changes)) / len(changes))",
        "-float(Fraction(sum(changes)) / len(changes))",
        REFERENCE,
    ),
    Fault(
        "another procedure of any date excludes",
        EXCLUSION,
        "            and episode.index_date = procedure.performed_on\n",
        "",
        EVERY_YEAR,
    ),
    Fault(
        "an exclusion code of one measure excludes from another",
        EXCLUSION,
        "and reported_exclusion.phase_number = episode_window.phase_number",
        "and true",
        EVERY_YEAR,
    ),
    Fault(
        "a score is shared with a result nobody asks for",
        SHARED,
        "        and chosen_score.phase_number = judged_place.phase_number\n",
        "",
        EVERY_YEAR,
    ),
    Fault(
        "a discontinued procedure of the date excludes",
        EXCLUSION,
        "    where not_done.procedure_id is null\n",
        "    where true\n",
        EVERY_YEAR,
    ),
    Fault(
        "a measure asked for alone knows no other",
        "engine/relational.py",
        "places = ((instruments[m.instrument], phases[s.timepoint]) for m in rules.measures for s in m.strata)",
        "places = ((i, p) for i in instruments.values() for p in phases.values())",
        EVERY_YEAR,
    ),
    Fault(
        "a fusion of another measure counts",
        "engine/relational.py",
        "                        stratum.kind == kind,\n",
        '                        measure.id != "461" or stratum.kind == kind,\n',
        DUCKDB,
    ),
    Fault(
        "a score to reach is told in the other measure of the instrument",
        "explain/proof.py",
        "            other.of_own_kind and not self.locked(other)\n",
        "            other.measure is j.measure and other.of_own_kind and not self.locked(other)\n",
        PROOFS,
    ),
)
