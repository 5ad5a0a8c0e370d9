"""What is known of one synthetic patient, as frozen values; both writers write the same chart."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient with contact details. All of it is invented."""

    patient_id: str
    birth_date: date | None
    sex: str | None
    deceased_on: date | None
    deceased: bool | None
    language: str | None
    race: str | None
    ethnicity: str | None
    given: str
    family: str
    mrn: str
    phone: str | None
    email: str | None
    declined_on: date | None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure line. Lines whose ids differ only after `#` are codings of one record."""

    procedure_id: str
    patient_id: str
    performed_on: date
    performed_time: str | None  # HH:MM:SS, local
    system: str
    code: str
    modifiers: tuple[str, ...]
    surgeon_npi: str | None
    facility: str | None


@dataclass(frozen=True, slots=True)
class Score:
    """One score as it was written down: `value` is text in the unit of its scale.

    Scores whose ids differ only after `#` are parts of one panel. `sections` holds the ten answers of an
    Oswestry questionnaire (0-5, none where left out), empty when only the total was kept.
    """

    score_id: str
    patient_id: str
    instrument: str
    scale: str
    value: str
    assessed_on: date
    assessed_time: str | None  # HH:MM:SS, local
    side: str | None
    recorded_on: date | None
    status: str
    respondent: str | None
    mode: str | None
    sections: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """One diagnosis."""

    condition_id: str
    patient_id: str
    system: str
    code: str
    onset_on: date | None
    abated_on: date | None
    verification: str | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """One payer for one patient, by the name the site uses."""

    patient_id: str
    payer: str
    starts_on: date | None
    ends_on: date | None
    member_id: str | None


@dataclass(frozen=True, slots=True)
class ReportedCode:
    """One quality-data code the clinic sent already."""

    patient_id: str
    code: str
    reported_on: date


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything about one patient; `story` names what is special, empty for most.

    `birth_year_only` tells the writers that a sloppy site would write the year of birth alone.
    """

    number: int
    story: str
    patient: Patient
    procedures: tuple[Procedure, ...]
    scores: tuple[Score, ...]
    conditions: tuple[Condition, ...]
    coverages: tuple[Coverage, ...]
    reported_codes: tuple[ReportedCode, ...]
    birth_year_only: int | None = None
