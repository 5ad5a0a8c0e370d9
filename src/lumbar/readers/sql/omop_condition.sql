-- omop_condition.sql — raw_condition rows: one per row of condition_occurrence with an ICD-10-CM code.
-- The code is that of the source concept, else of the concept itself. A date that stands for "not known" is null. The
-- verification is what the mapping says of the status, as the source wrote it or by its concept's name.
with

coded as (
    select
        diagnosed.*,
        case when source_concept.system = 'icd10cm' then source_concept.code else standard.code end as code
    from omop_condition_occurrence as diagnosed
    left join omop_coded_concept as source_concept on diagnosed.condition_source_concept_id = source_concept.concept_id
    left join omop_coded_concept as standard on diagnosed.condition_concept_id = standard.concept_id
    where source_concept.system = 'icd10cm' or standard.system = 'icd10cm'
)

select
    coded.source,
    coded.line,
    0 as part,
    cast(null as string) as fault,
    cast(null as string) as detail,
    coded.record_id as condition_id,
    person_id.patient_id,
    'icd10cm' as system,
    coded.code,
    case when unknown_start.written is null then coded.condition_start_date end as onset_on,
    case when unknown_end.written is null then coded.condition_end_date end as abated_on,
    coalesce(by_source.verification, by_concept.verification) as verification,
    cast(null as string) as recorded_on
from coded
left join omop_person_id as person_id on coded.person_id = person_id.person_id
left join omop_unknown_date as unknown_start on substr(coded.condition_start_date, 1, 10) = unknown_start.written
left join omop_unknown_date as unknown_end on substr(coded.condition_end_date, 1, 10) = unknown_end.written
left join omop_status_word as by_source on lower(coded.condition_status_source_value) = by_source.word
left join omop_concept as status on coded.condition_status_concept_id = status.concept_id
left join omop_status_word as by_concept on lower(status.concept_name) = by_concept.word
