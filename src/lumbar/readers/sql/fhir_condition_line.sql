-- fhir_condition_line.sql — one row per line of Condition files, in their order. `code`: the ICD-10-CM code it
-- has; `codes`: the different ones, in text order and without their dots, where there are several.
-- `has_bad_coding`: the codings are no list; or may be none, where the reading cannot tell.
with

coded as (
    select
        source,
        is_broken,
        has_bad_coding,
        r,
        r.verificationStatus.coding as verifications,
        case
            when len(r.code.coding) = 1
                then
                    case
                        when list_contains(getvariable('diagnosis_urls'), text_of(r.code.coding[1].system))
                            then r.code.coding
                    end
            else
                list_filter(
                    r.code.coding, lambda c: list_contains(getvariable('diagnosis_urls'), text_of(c.system))
                )
        end as codings
    from resource
)

select
    source,
    is_broken,
    coalesce(has_bad_coding, r.code is not null and r.code.coding is null) as has_bad_coding,
    r.resourceType as resource_type,
    text_of(r.id) as condition_id,
    reference_id(r.subject.reference, 'Patient') as patient_id,
    coalesce(len(codings) > 0, false) as is_diagnosis,
    codings[1].code as code,
    case
        when len(codings) > 1
            then list_sort(list_distinct(list_transform(codings, lambda c: upper(replace(text_of(c.code), '.', '')))))
    end as codes,
    coalesce(text_of(r.onsetDateTime), r.onsetPeriod.start) as onset_on,
    coalesce(text_of(r.abatementDateTime), r.abatementPeriod.start) as abated_on,
    case
        when len(verifications) = 1 and verifications[1].code in (
            'confirmed', 'unconfirmed', 'provisional', 'differential', 'refuted', 'entered-in-error'
        ) then verifications[1].code
        else
            coalesce(
                list_filter(
                    verifications,
                    lambda c: text_of(c.system) = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'
                    and text_of(c.code) is not null
                )[1].code,
                -- Another system's code says something only where it is the same word.
                list_filter(
                    verifications,
                    lambda c: lower(text_of(c.code)) in (
                        'confirmed', 'unconfirmed', 'provisional', 'differential', 'refuted', 'entered-in-error'
                    )
                )[1].code
            )
    end as verification,
    r.recordedDate as recorded_on
from coded
