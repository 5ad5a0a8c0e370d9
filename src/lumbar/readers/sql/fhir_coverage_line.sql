-- fhir_coverage_line.sql — one row per line of Coverage files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    reference_id(r.beneficiary.reference, 'Patient') as patient_id,
    coalesce(contains(r.payor[1].reference, 'Patient/'), false) as is_self_paid,
    reference_id(r.payor[1].reference, 'Organization') as organization_id,
    coalesce(
        text_of(r.payor[1].display),
        text_of(r.payor[1].identifier.value),
        text_of(r.type.text),
        r.type.coding[1].display
    ) as displayed,
    r.period.start as starts_on,
    r.period.end as ends_on,
    r.subscriberId as member_id,
    r.status
from resource
