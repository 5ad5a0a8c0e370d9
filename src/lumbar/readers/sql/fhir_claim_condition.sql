-- fhir_claim_condition.sql — raw_condition rows from the claims of a batch of files: one row per diagnosis in
-- ICD-10-CM of a claim that stands. A claim says that a diagnosis was there on its dates, never since when or until
-- when: its first day is the first day the diagnosis is known of.
with

diagnosis as (
    select
        source,
        line,
        id,
        patient_id,
        starts_on,
        generate_subscripts(r.diagnosis, 1) as part,
        unnest(r.diagnosis) as diagnosis
    from resource_line
    where status = 'completed' and starts_on is not null
),

coded as (
    select
        *,
        list_filter(
            diagnosis.diagnosisCodeableConcept.coding,
            lambda c: list_contains(getvariable('diagnosis_urls'), text_of(c.system))
        )[1].code as code
    from diagnosis
)

select
    source,
    line,
    part,
    case when id is null then 'unparsable' end as fault,
    case when id is null then 'id is missing' end as detail,
    id || '#dx' || coalesce(text_of(diagnosis.sequence), cast(part as varchar)) as condition_id,
    patient_id,
    'icd10cm' as system,
    code,
    starts_on as onset_on
from coded
where code is not null
