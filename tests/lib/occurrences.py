"""Which cases of the rules a generated clinic and its outcome contain, as names.

Seen from the rows alone: what a case is called here is decided by dates and values, not by the generator.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from arrow_tables import Clinic, Row
from cohort import YEAR, plus_months
from lumbar.codelists import code_list
from lumbar.measures.model import Measure, Stratum
from lumbar.tables.clinical import LEG_PAIN
from lumbar.tables.results import MET, NOT_MET

DAY = timedelta(days=1)
MEASURES: dict[str, Measure] = {measure.id: measure for measure in YEAR.measures}
OWN_STRATUM: dict[str, Stratum] = {stratum.kind: stratum for stratum in YEAR.measures[0].strata}
FRACTURES = {entry.code for entry in code_list(2026, "diagnosis_acute_fracture")}
EDGES = ("the day before", "the first day", "the last day", "the day after")


def cases(clinic: Clinic, outcome: list[Row], as_of: date) -> Iterator[str]:
    """The name of every case in the clinic and its outcome; names repeat."""
    scores: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for score in clinic["score"]:
        scores[score["patient_id"], score["instrument"]].append(score)
    for row in outcome:
        yield from _words(row)
        yield from _calendar(row)
        yield from _as_of_edges(row, as_of)
        yield from _thresholds(row)
        yield from _chosen(row, scores[row["patient_id"], row["instrument"]])
    yield from _patients(clinic, outcome, as_of)
    yield from _conditions(clinic, outcome, as_of)


def _words(row: Row) -> Iterator[str]:
    yield f"kind {row['kind']}"
    yield f"payer {row['payer']}"
    yield f"status {row['status']}"
    yield f"status {row['status']}, {row['instrument']}, {row['timepoint']}"
    yield f"reported agrees: {row['reported_agrees']}"
    yield f"not in measure because {row['not_in_measure_because']}"
    yield f"code {row['code']} given"
    yield f"code {row['reported_code']} reported"
    for flag in row["flags"].split():
        yield f"flag {flag}"
        yield f"flag {flag} with status {row['status']}"
    if row["in_measure"]:
        yield f"in the measure: {row['kind']} {row['status']}"
    if row["provisional"]:
        yield f"provisional {row['status']}"
    if row["surgeon_npi"] is None:
        yield "no surgeon"


def edge(day: date, opens: date, closes: date) -> Iterator[str]:
    """Where a day lies on an edge of a window, counted with a day to either side."""
    named = {opens - DAY: EDGES[0], opens: EDGES[1], closes: EDGES[2], closes + DAY: EDGES[3]}
    if day in named:
        yield named[day]


def _calendar(row: Row) -> Iterator[str]:
    index_date = row["index_date"]
    for name in ("window_opens", "window_closes"):
        if row["timepoint"] == "one_year" and row[name].day < index_date.day:
            yield f"month end: {name} clamped to {'29' if row[name].day == 29 else 'the last'}"
        if (row[name].month, row[name].day) == (2, 29):
            yield f"leap day: {name} of {row['timepoint']}"
    if (index_date.month, index_date.day) == (2, 29):
        yield "leap day: the index date"
    before = plus_months(index_date, -3)
    if before.day < index_date.day:
        yield "month end: preoperative window clamped"
    if (before.month, before.day) == (2, 29):
        yield "leap day: the preoperative window opens"
    period = OWN_STRATUM[row["kind"]].period
    for name in edge(index_date, period.starts_on, period.ends_on):
        yield f"identification period of {row['kind']}: {name}"


def _as_of_edges(row: Row, as_of: date) -> Iterator[str]:
    for name in edge(as_of, row["window_opens"], row["window_closes"]):
        yield f"as-of date on {name} of {row['timepoint']}: {row['status']}"


def _thresholds(row: Row) -> Iterator[str]:
    target = MEASURES[row["measure_id"]].target
    after, improvement = row["postoperative_score"], row["improvement"]
    if after is None or row["status"] not in (MET, NOT_MET):
        return
    step = Decimal(2) if row["instrument"] == "odi" else Decimal("0.1")
    if improvement is None or improvement < target.improved_by:
        for name, distance in (("at", 0), ("a step above", step), ("a step below", -step)):
            if after == target.at_most + distance:
                yield f"{row['instrument']}: {name} the target, {row['status']}"
    if improvement is not None and after > target.at_most:
        for name, distance in (("at", 0), ("a step above", step), ("a step below", -step)):
            if improvement == target.improved_by + distance:
                yield f"{row['instrument']}: {name} the improvement, {row['status']}"
        if improvement == target.improved_by and float(row["preoperative_score"]) - float(after) < target.improved_by:
            yield "an improvement that binary floats would miss"


def _chosen(row: Row, scores: list[Row]) -> Iterator[str]:
    for when in ("preoperative", "postoperative"):
        day = row[f"{when}_on"]
        if day is None:
            continue
        same_date = [score for score in scores if score["assessed_on"] == day]
        for kind in _ties(same_date):
            yield f"{when}: {kind}"
    windows = {
        "preoperative": (plus_months(row["index_date"], -3), row["index_date"]),
        row["timepoint"]: (row["window_opens"], row["window_closes"]),
    }
    for phase, (opens, closes) in windows.items():
        for score in scores:
            for name in edge(score["assessed_on"], opens, closes):
                yield f"{phase}: a score on {name}"
    centre = plus_months(row["index_date"], 3 if row["timepoint"] == "three_month" else 12)
    for distance in {abs(score["assessed_on"] - centre) for score in scores if score["assessed_on"] > centre}:
        if any(score["assessed_on"] == centre - distance for score in scores):
            yield f"{row['timepoint']}: two dates equally near"


def _ties(same_date: list[Row]) -> Iterator[str]:
    """What kinds of ties the scores of one instrument and date form."""
    sided = [score for score in same_date if score["side"] and score["instrument"] == LEG_PAIN]
    plain = [score for score in same_date if score not in sided]
    values = {score["value"] for score in plain}
    if len(plain) > 1:
        yield "one date, different values" if len(values) > 1 else "one date, one value"
    if {score["side"] for score in sided} == {"left", "right"}:
        yield "both legs, different" if len({score["value"] for score in sided}) > 1 else "both legs, alike"
    if len(sided) > 1 and len({score["side"] for score in sided}) == 1:
        yield "one leg twice"
    if sided and plain:
        worst = max(score["value"] for score in sided)
        yield f"a leg beside an unsided score that is {'lower' if min(values) < worst else 'higher or equal'}"


def _patients(clinic: Clinic, outcome: list[Row], as_of: date) -> Iterator[str]:
    dates: dict[str, set[date]] = defaultdict(set)
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in outcome:
        dates[row["patient_id"]].add(row["index_date"])
        kinds[row["patient_id"]].add(row["kind"])
    for row in clinic["patient"]:
        patient_id = row["patient_id"]
        yield f"operations: {len(dates[patient_id])}"
        if any((later - earlier) == DAY for earlier, later in pairwise(sorted(dates[patient_id]))):
            yield "operations on two days running"
        if row["deceased_on"] is not None:
            for name in edge(row["deceased_on"], as_of, as_of):
                yield f"death on {name.replace('first', 'as-of').replace('last', 'as-of')}"
        elif row["deceased"]:
            yield "death without a date"
        for kind in kinds[patient_id]:
            age_on = OWN_STRATUM[kind].period.age_on
            if row["birth_date"] is not None:
                for name in edge(plus_months(row["birth_date"], 216), age_on, age_on):
                    yield f"18 on {name.replace('last', 'first')} around the age date of {kind}"
    for row in clinic["score"]:
        if row["recorded_on"] in (as_of, as_of + DAY) and row["assessed_on"] <= as_of:
            yield f"a score recorded on the as-of date{'' if row['recorded_on'] == as_of else ' or a day later'}"
    for row in clinic["procedure"]:
        for modifier in (row["modifiers"] or "").split():
            yield f"modifier {modifier}"


def _conditions(clinic: Clinic, outcome: list[Row], as_of: date) -> Iterator[str]:
    conditions: dict[str, list[Row]] = defaultdict(list)
    for row in clinic["condition"]:
        conditions[row["patient_id"]].append(row)
    for row in outcome:
        index_date = row["index_date"]
        for condition in conditions[row["patient_id"]]:
            onset_on, abated_on = condition["onset_on"], condition["abated_on"]
            if len(conditions[row["patient_id"]]) > 1 or "exclusion_reported_only" in row["flags"]:
                continue
            if condition["code"] in FRACTURES and onset_on is not None:
                for name in edge(onset_on, index_date - 90 * DAY, index_date):
                    yield f"fracture on {name} of the ninety days: {row['status'] == 'excluded'}"
            elif onset_on is not None and abated_on is None and onset_on in (index_date, index_date + DAY):
                yield f"onset {(onset_on - index_date).days} days after surgery: {row['status'] == 'excluded'}"
            if abated_on in (index_date, index_date - DAY) and condition["code"] not in FRACTURES:
                yield f"abated {(index_date - abated_on).days} days before surgery: {row['status'] == 'excluded'}"
            if condition["recorded_on"] in (as_of, as_of + DAY):
                late = "" if condition["recorded_on"] == as_of else " or a day later"
                yield f"a diagnosis recorded on the as-of date{late}: {row['status'] == 'excluded'}"
            yield f"verification {condition['verification']}: {row['status'] == 'excluded'}"
