"""A chart as rows of the clinical tables, as a user's CSV holds them: text, the columns a user may bring."""

import random
from collections.abc import Iterator
from datetime import date

from lumbar.synth.chart import Chart, Patient, Procedure, Score
from lumbar.synth.draws import central_time_offset

Row = dict[str, str]


def chart_rows(draw: random.Random, chart: Chart, with_blemishes: bool) -> Iterator[tuple[str, Row]]:
    """Every row of one chart with the name of its table. A time of day is written in any of the usual ways."""
    year_only = chart.birth_year_only if with_blemishes else None
    yield "patient", _patient_row(chart.patient, year_only)
    yield "contact", _contact_row(chart.patient)
    for procedure in chart.procedures:
        yield "procedure", _procedure_row(draw, procedure)
    for score in chart.scores:
        yield "score", score_row(draw, score)
    for condition in chart.conditions:
        yield (
            "condition",
            {
                "condition_id": condition.condition_id,
                "patient_id": condition.patient_id,
                "system": condition.system,
                "code": condition.code,
                "onset_on": _text(condition.onset_on),
                "abated_on": _text(condition.abated_on),
                "verification": _text(condition.verification),
            },
        )
    for coverage in chart.coverages:
        yield (
            "coverage",
            {
                "patient_id": coverage.patient_id,
                "payer": coverage.payer,
                "starts_on": _text(coverage.starts_on),
                "ends_on": _text(coverage.ends_on),
                "member_id": _text(coverage.member_id),
            },
        )
    for line in chart.reported_codes:
        yield (
            "reported_code",
            {"patient_id": line.patient_id, "code": line.code, "reported_on": _text(line.reported_on)},
        )


def score_row(draw: random.Random, score: Score) -> Row:
    """One score as a row of `score.csv`."""
    return {
        "score_id": score.score_id,
        "patient_id": score.patient_id,
        "instrument": score.instrument,
        "scale": score.scale,
        "value": score.value,
        "assessed_on": _moment(draw, score.assessed_on, score.assessed_time),
        "side": _text(score.side),
        "recorded_on": _text(score.recorded_on),
        "status": score.status,
        "respondent": _text(score.respondent),
        "mode": _text(score.mode),
    }


def _patient_row(patient: Patient, year_only: int | None) -> Row:
    return {
        "patient_id": patient.patient_id,
        "birth_date": _text(patient.birth_date if year_only is None else year_only),
        "sex": _text(patient.sex),
        "deceased_on": _text(patient.deceased_on),
        "deceased": "" if patient.deceased is None else str(patient.deceased).lower(),
        "language": _text(patient.language),
        "race": _text(patient.race),
        "ethnicity": _text(patient.ethnicity),
    }


def _contact_row(patient: Patient) -> Row:
    return {
        "patient_id": patient.patient_id,
        "name": patient.name,
        "mrn": patient.mrn,
        "phone": _text(patient.phone),
        "email": _text(patient.email),
        "language": _text(patient.language),
        "declined_on": _text(patient.declined_on),
    }


def _procedure_row(draw: random.Random, procedure: Procedure) -> Row:
    return {
        "procedure_id": procedure.procedure_id,
        "patient_id": procedure.patient_id,
        "performed_on": _moment(draw, procedure.performed_on, procedure.performed_time),
        "system": procedure.system,
        "code": procedure.code,
        "modifiers": " ".join(procedure.modifiers),
        "surgeon_npi": _text(procedure.surgeon_npi),
        "facility": _text(procedure.facility),
    }


def _moment(draw: random.Random, on: date, time: str | None) -> str:
    if time is None:
        return on.isoformat()
    ways = [f"{on}T{time}{central_time_offset(on)}", f"{on} {time}", f"{on}T{time}"]
    if time.endswith(":00"):
        ways.append(f"{on}T{time[:5]}")
    return draw.choice(ways)


def _text(value: object) -> str:
    return "" if value is None else str(value)
