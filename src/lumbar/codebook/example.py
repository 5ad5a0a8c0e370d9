"""A worked example: a made-up patient whose records the reference engine judges, so that the code comes out."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lumbar.codebook import wording
from lumbar.codebook.standing import AVERAGE_CHANGE, Place, code_of
from lumbar.codelists import Entry, code_list
from lumbar.codelists.codebook import listed
from lumbar.engine.reference import Judgement, judge_patient
from lumbar.engine.reference_dates import shift
from lumbar.engine.reference_episode import PatientRecords
from lumbar.errors import InternalError
from lumbar.measures import for_year
from lumbar.measures.model import Measure, Offset, Stratum, Target, days
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import ODI
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET

# Where in the identification period the operation is put, and the scores around it.
_OPERATED = Offset(months=2, days=2)
_ASKED_BEFORE = days(-20)
_BORN = Offset(months=-54 * 12)
_STEPS = 5  # the scores of an example go by fifths of the improvement asked for


@dataclass(frozen=True, slots=True)
class Example:
    """What happened to the made-up patient, and the engine's judgement of it."""

    place: Place
    judged: Judgement
    procedure_code: str
    procedure_words: str
    exclusion: str
    as_of: date

    @property
    def operated_on(self) -> date:
        return self.judged.episode.index_date


def worked_example(place: Place) -> Example:
    """A patient of the place's stratum who gets its code. Raises InternalError when the engine gives another."""
    rules, measure, stratum = for_year(place.year), place.measure, place.stratum
    operated_on = shift(stratum.period.starts_on, _OPERATED)
    procedure = _procedure(place, operated_on)
    role = MET if place.role == AVERAGE_CHANGE else place.role
    before, after = _scores(measure, role)
    asked_on = shift(operated_on, stratum.nearest_to)
    as_of = shift(operated_on, stratum.postoperative.closes) + timedelta(days=1)
    exclusion, records = _exclusion(place, operated_on)
    records["procedures"].append(_line("1", operated_on, procedure.code))
    patient = PatientRecords(
        patient={"patient_id": "example", "birth_date": shift(stratum.period.age_on, _BORN)},
        scores=[
            _score(measure, name, value, on)
            for name, value, on in (("before", before, shift(operated_on, _ASKED_BEFORE)), ("after", after, asked_on))
            if value is not None
        ],
        **records,
    )
    judged = _row(judge_patient(patient, rules, Policy(), as_of), measure, stratum)
    if judged.code != code_of(stratum.codes, role):
        raise InternalError(f"the example of {code_of(stratum.codes, role)} came out as {judged.status}, {judged.code}")
    return Example(place, judged, procedure.code, procedure.note, exclusion, as_of)


def _row(judgements: list[Judgement], measure: Measure, stratum: Stratum) -> Judgement:
    for judged in judgements:
        if judged.measure.id == measure.id and judged.stratum == stratum:
            return judged
    raise InternalError(f"the example of measure {measure.id} started no episode")


def _procedure(place: Place, on: date) -> Entry:
    """The usual procedure of the kind, from the year's own list."""
    usual = {row.code for row in listed("example") if row.only == f"kind:{place.stratum.kind}"}
    for procedures in for_year(place.year).procedures:
        if procedures.kind == place.stratum.kind:
            for entry in code_list(place.year, procedures.code_list):
                if entry.code in usual and entry.valid_on(on):
                    return entry
    raise InternalError(f"no usual procedure of kind {place.stratum.kind} in {place.year}")


def _scores(measure: Measure, role: str) -> tuple[Decimal | None, Decimal | None]:
    """Scores before and after that give the role, in points of the instrument."""
    target = measure.target
    if isinstance(target, Target):
        step = target.improved_by / _STEPS
        met_before, met_after = target.at_most + target.improved_by, target.at_most - step
        missed_before, missed_after = target.at_most + _STEPS * step, target.at_most + 3 * step
    else:
        step = Decimal(6) if measure.instrument == ODI else Decimal(1)
        met_before, met_after = 8 * step, 4 * step
        missed_before, missed_after = 8 * step, 6 * step
    return {
        MET: (met_before, met_after),
        NOT_MET: (missed_before, missed_after if isinstance(target, Target) else None),
        NOT_ASSESSED: (met_before, None),
        EXCLUDED: (missed_before, missed_after),
    }[role]


def _score(measure: Measure, name: str, value: Decimal, on: date) -> dict[str, Any]:
    return {
        "score_id": name,
        "patient_id": "example",
        "instrument": measure.instrument,
        "scale": measure.scales[0],
        "value": value,
        "assessed_on": on,
        "recorded_on": on,
    }


def _line(number: str, on: date, code: str) -> dict[str, Any]:
    return {
        "procedure_id": number,
        "patient_id": "example",
        "performed_on": on,
        "system": "cpt",
        "code": code,
    }


def _exclusion(place: Place, operated_on: date) -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """What excludes the example, in words, and the records that show it; nothing for any other role."""
    records: dict[str, list[dict[str, Any]]] = {"procedures": [], "conditions": []}
    if place.role != EXCLUDED:
        return "", records
    usual = {row.code for row in listed("example") if row.system == "icd10cm"}
    for exclusion in place.measure.exclusions:
        for entry in code_list(place.year, exclusion.code_list):
            if entry.code in usual and entry.valid_on(operated_on):
                onset_on = shift(operated_on, Offset(months=-1))
                records["conditions"].append(
                    {
                        "condition_id": "1",
                        "patient_id": "example",
                        "system": entry.system,
                        "code": entry.code,
                        "onset_on": onset_on,
                    }
                )
                return f"{entry.code}, {entry.note} ({exclusion.category}), since {wording.day(onset_on)}", records
    for other in getattr(place.measure, "same_date_exclusions", ()):
        for entry in code_list(place.year, other.code_list):
            if entry.valid_on(operated_on):
                records["procedures"].append(_line("2", operated_on, entry.code))
                return f"procedure {entry.code} on the same date ({other.category})", records
    raise InternalError(f"measure {place.measure.id} of {place.year} has an exclusion code and nothing that excludes")
