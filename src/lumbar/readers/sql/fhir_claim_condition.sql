-- fhir_claim_condition.sql — raw_condition rows from the claims of a batch of files: one row per diagnosis in
-- ICD-10-CM of a claim that stands. A claim says that a diagnosis was there on its dates, never since when or until
-- when: its first day is the first day the diagnosis is known of. What was suspected on admission, or complained of,
-- is provisional.
with

diagnosis as (
    select
        source,
        line,
        id,
        patient_id,
        starts_on,
        names_in_order(r.diagnosis) as names,
        generate_subscripts(r.diagnosis, 1) as part,
        unnest(r.diagnosis) as diagnosis
    from resource_line
    where status = 'completed'
),

coded as (
    select
        *,
        list_filter(
            diagnosis.diagnosisCodeableConcept.coding,
            lambda c: list_contains(getvariable('diagnosis_urls'), rtrim(text_of(c.system), '/'))
        )[1].code as code
    from diagnosis
)

select
    source,
    line,
    part,
    case
        when id is null then 'unparsable'
        when starts_on is null then 'imprecise_date'
    end as fault,
    case
        when id is null then 'id is missing'
        when starts_on is null then 'onset_on'
    end as detail,
    id || '#dx' || names[part] as condition_id,
    patient_id,
    'icd10cm' as system,
    code,
    starts_on as onset_on,
    case
        when len(list_filter(
            diagnosis.type,
            lambda t: list_has_any(
                list_transform(t.coding, lambda c: lower(text_of(c.code))), getvariable('suspected_diagnosis_types')
            )
        )) = len(diagnosis.type) and len(diagnosis.type) > 0 then 'provisional'
    end as verification
from coded
where code is not null
