-- fhir_condition_line.sql — one row per line of Condition files, in their order. `is_diagnosis`: it is coded
-- in ICD-10-CM; of several such codes the first in text order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    r.id as condition_id,
    reference_id(r.subject.reference, 'Patient') as patient_id,
    coalesce(len(codings) > 0, false) as is_diagnosis,
    list_min(list_transform(codings, lambda c: c.code)) as code,
    coalesce(r.onsetDateTime, r.onsetPeriod.start) as onset_on,
    coalesce(r.abatementDateTime, r.abatementPeriod.end) as abated_on,
    r.verificationStatus.coding[1].code as verification
from (
    select
        source,
        is_broken,
        r,
        list_filter(r.code.coding, lambda c: list_contains(getvariable('diagnosis_urls'), c.system)) as codings
    from resource
) as coded
