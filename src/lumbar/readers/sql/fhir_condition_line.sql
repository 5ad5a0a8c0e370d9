-- fhir_condition_line.sql — one row per line of Condition files, in their order. `codes`: the different
-- ICD-10-CM codes it has, in text order and without their dots; null where it is coded in nothing of ours.
-- `has_bad_coding`: the codings are no list; or may be none, where the reading cannot tell.
select
    source,
    is_broken,
    coalesce(has_bad_coding, r.code is not null and r.code.coding is null) as has_bad_coding,
    r.resourceType as resource_type,
    text_of(r.id) as condition_id,
    reference_id(r.subject.reference, 'Patient') as patient_id,
    case
        when len(codings) > 0
            then list_sort(list_distinct(list_transform(codings, lambda c: upper(replace(text_of(c.code), '.', '')))))
    end as codes,
    coalesce(text_of(r.onsetDateTime), r.onsetPeriod.start) as onset_on,
    coalesce(text_of(r.abatementDateTime), r.abatementPeriod.start) as abated_on,
    coalesce(
        list_filter(
            r.verificationStatus.coding,
            lambda c: trim(c.system) = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'
            and text_of(c.code) is not null
        )[1].code,
        list_filter(r.verificationStatus.coding, lambda c: text_of(c.code) is not null)[1].code
    ) as verification,
    r.recordedDate as recorded_on
from (
    select
        source,
        is_broken,
        has_bad_coding,
        r,
        list_filter(r.code.coding, lambda c: list_contains(getvariable('diagnosis_urls'), trim(c.system))) as codings
    from resource
) as coded
