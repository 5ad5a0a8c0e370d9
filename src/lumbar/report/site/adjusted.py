"""What explains a rate besides the surgeon: the patients who came, and the patients who answered."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.followup.counted import STRATUM, of_own_stratum
from lumbar.followup.groups import grouped, whole_years
from lumbar.measures.model import Measure, Stratum, Target
from lumbar.report import wording
from lumbar.report.site.content import Content
from lumbar.report.site.surgeons import tallies_by_surgeon
from lumbar.statistics.case_mix import CaseMix, Cases, adjust
from lumbar.statistics.disclosure.limits import LEAST_CASES_TO_COMPARE
from lumbar.statistics.logit import Logit, NoFit
from lumbar.statistics.missing import Answers, weighted_rate
from lumbar.tables.clinical import PATIENT
from lumbar.tables.results import MET, OPEN, UPCOMING

_NO_MODEL = {
    "nobody": "there is nobody to learn from",
    "one_outcome": "all of them had the same outcome",
    "separated": "too few to tell the patients apart",
    "not_converged": "the model found no answer",
}
_NOT_RECORDED = "not recorded"
# Who answers may hang on these; each is a column of the model of answering.
_TRAITS = ("age", "sex", "language", "race", "ethnicity", "payer")


def case_mix(content: Content) -> dict[str, Any]:
    """Per measure and stratum the rates of surgeons among those assessed, adjusted for their patients."""
    rows = _rows(content).filter(pc.field("postoperative_score").is_valid())
    patients = content.clinical(PATIENT.name).select(["patient_id", "birth_date", "sex"])
    rows = rows.join(patients, "patient_id", join_type="left outer")
    rows = rows.append_column("age", whole_years(rows["birth_date"], rows["index_date"]))
    keys = ["measure_id", STRATUM, "surgeon_npi", "age", "sex", "kind", "payer", "preoperative_score"]
    counted = rows.group_by(keys).aggregate([("met", "sum"), ("met", "count")]).to_pylist()
    return {
        "case_mix": [
            _adjusted(content, measure, stratum, counted)
            for measure in _with_target(content)
            for stratum in measure.strata
        ]
    }


def weighted(content: Content) -> dict[str, Any]:
    """Per measure and stratum the rate of those who answered, and the one weighted for who did not."""
    rows = _rows(content)
    names = []
    for trait in _TRAITS:
        rows = grouped(rows, trait, content.clinical, content.shown.rules, content.policy)
        names.append(f"trait_{trait}")
        rows = rows.rename_columns([*rows.column_names[:-1], names[-1]])
    counted = rows.group_by(["measure_id", STRATUM, *names]).aggregate(
        [("met", "count"), ("answered", "sum"), ("met", "sum")]
    )
    found = []
    for measure in _with_target(content):
        for stratum in measure.strata:
            own = counted.filter((pc.field("measure_id") == measure.id) & (pc.field(STRATUM) == stratum.name))
            answers = [
                Answers(
                    tuple(row[name] or _NOT_RECORDED for name in names),
                    n=row["met_count"],
                    answered=row["answered_sum"],
                    met=row["met_sum"],
                )
                for row in own.to_pylist()
            ]
            estimate = weighted_rate(_TRAITS, answers)
            found.append({**_named(measure, stratum), "estimate": estimate, "why_not": _why_not(estimate.model)})
    return {"weighted": found}


def _with_target(content: Content) -> list[Measure]:
    """The measures in which met is a result; where it only says that both scores are there, nothing is adjusted."""
    return [measure for measure in content.shown.rules.measures if isinstance(measure.target, Target)]


def _rows(content: Content) -> pa.Table:
    """The rows in a measure whose window has closed: `met` and `answered` are 1 or 0."""
    shown = content.shown
    rows = of_own_stratum(shown.outcome.filter(pc.field("in_measure")), shown.rules)
    rows = rows.filter(~pc.field("status").isin([OPEN, UPCOMING]) & ~pc.field("provisional"))
    rows = rows.append_column("met", pc.cast(pc.equal(rows["status"], MET), pa.int64()))
    return rows.append_column("answered", pc.cast(pc.is_valid(rows["postoperative_score"]), pa.int64()))


def _adjusted(content: Content, measure: Measure, stratum: Stratum, counted: list[dict[str, Any]]) -> dict[str, Any]:
    found = adjust(
        Cases(
            unit=row["surgeon_npi"] or "",
            age_years=row["age"],
            sex=row["sex"] or _NOT_RECORDED,
            preoperative=row["preoperative_score"],
            kind=row["kind"],
            payer=row["payer"],
            met=row["met_sum"],
            n=row["met_count"],
        )
        for row in counted
        if (row["measure_id"], row[STRATUM]) == (measure.id, stratum.name)
    )
    tallies = tallies_by_surgeon(content.shown.cells, measure, stratum)
    compared = {npi for npi, tally in tallies if tally.may_be_compared}
    return {
        **_named(measure, stratum),
        "found": found,
        "units": [unit for unit in found.units if unit.unit in compared and unit.n >= LEAST_CASES_TO_COMPARE],
        "pooled": _pooled(found),
        "why_not": _why_not(found.model),
    }


def _named(measure: Measure, stratum: Stratum) -> dict[str, Any]:
    return {"measure": measure, "stratum": stratum, "label": wording.stratum_label(stratum)}


def _pooled(found: CaseMix) -> str:
    """Which levels are too rare to have a column of their own."""
    return ", ".join(f"{wording.PAYER.get(level, level)} ({trait})" for trait, level in found.design.pooled)


def _why_not(model: Logit | NoFit) -> str:
    return _NO_MODEL[model.reason] if isinstance(model, NoFit) else ""
