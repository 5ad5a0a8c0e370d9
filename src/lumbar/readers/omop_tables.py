"""The tables of the OMOP Common Data Model 5.4 that are read, and the columns of them that count."""

from dataclasses import dataclass

from lumbar.readers.mapping import OMOP_IDS


@dataclass(frozen=True, slots=True)
class CdmTable:
    """One table of the CDM.

    `key` is its first column, the rows' id; `required` and `other` are the columns read, of which the
    first must be there. `raw` is the clinical table its rows become; a table without one is looked up in.
    """

    name: str
    key: str
    required: tuple[str, ...]
    other: tuple[str, ...]
    raw: str | None = None
    is_vocabulary: bool = False
    must_be_there: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, in order."""
        return (*self.required, *self.other)

    @property
    def has_record_id(self) -> bool:
        """Whether its records become records of ours under an id of their own."""
        return self.name in OMOP_IDS


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# In this order they are read: what a later one is joined or sifted with stands before it.
CDM_TABLES = (
    CdmTable(
        "concept",
        "concept_id",
        _columns("concept_id concept_name vocabulary_id concept_code"),
        (),
        is_vocabulary=True,
        must_be_there=True,
    ),
    CdmTable(
        "concept_relationship",
        "concept_id_1",
        _columns("concept_id_1 concept_id_2 relationship_id"),
        _columns("invalid_reason"),
        is_vocabulary=True,
    ),
    CdmTable(
        "person",
        "person_id",
        _columns("person_id year_of_birth"),
        _columns(
            "month_of_birth day_of_birth birth_datetime gender_concept_id gender_source_value race_concept_id "
            "race_source_value ethnicity_concept_id ethnicity_source_value"
        ),
        raw="patient",
        must_be_there=True,
    ),
    CdmTable("death", "person_id", _columns("person_id death_date"), _columns("death_datetime")),
    CdmTable("provider", "provider_id", _columns("provider_id npi"), ()),
    CdmTable("care_site", "care_site_id", _columns("care_site_id care_site_name"), ()),
    CdmTable(
        "procedure_occurrence",
        "procedure_occurrence_id",
        _columns("procedure_occurrence_id person_id procedure_concept_id procedure_date"),
        _columns(
            "procedure_datetime modifier_concept_id provider_id visit_occurrence_id procedure_source_value "
            "procedure_source_concept_id modifier_source_value"
        ),
        raw="procedure",
        must_be_there=True,
    ),
    CdmTable("visit_occurrence", "visit_occurrence_id", _columns("visit_occurrence_id care_site_id"), ()),
    CdmTable(
        "measurement",
        "measurement_id",
        _columns("measurement_id person_id measurement_concept_id measurement_date value_as_number"),
        _columns(
            "measurement_datetime measurement_type_concept_id operator_concept_id unit_concept_id "
            "measurement_source_value measurement_source_concept_id unit_source_value"
        ),
        raw="score",
    ),
    CdmTable(
        "observation",
        "observation_id",
        _columns("observation_id person_id observation_concept_id observation_date value_as_number"),
        _columns(
            "observation_datetime observation_type_concept_id value_as_string qualifier_concept_id unit_concept_id "
            "observation_source_value observation_source_concept_id unit_source_value"
        ),
        raw="score",
    ),
    CdmTable(
        "condition_occurrence",
        "condition_occurrence_id",
        _columns("condition_occurrence_id person_id condition_concept_id condition_start_date"),
        _columns(
            "condition_end_date condition_status_concept_id condition_source_concept_id condition_status_source_value"
        ),
        raw="condition",
    ),
    CdmTable(
        "payer_plan_period",
        "payer_plan_period_id",
        _columns("payer_plan_period_id person_id payer_plan_period_start_date payer_plan_period_end_date"),
        _columns("payer_concept_id payer_source_value payer_source_concept_id plan_concept_id plan_source_value"),
        raw="coverage",
    ),
)

# Tables of the CDM that are not read: nobody is told that they were passed over.
OTHER_CDM_TABLES = _columns(
    "cdm_source cohort cohort_definition concept_ancestor concept_class concept_synonym condition_era cost "
    "device_exposure domain dose_era drug_era drug_exposure drug_strength episode episode_event fact_relationship "
    "location metadata note note_nlp observation_period relationship source_to_concept_map specimen visit_detail "
    "vocabulary"
)

# The static queries over `omop_<table>` and the mapping's words, in order: steps, then raw tables.
STEPS = ("person_id", "coded_concept", "score_concept")
RAW_TABLES = ("patient", "procedure", "score", "condition", "coverage", "reported_code")
