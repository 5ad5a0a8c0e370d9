-- fhir_coverage.sql — raw_coverage rows from the Coverages of one file; the payer's name from its
-- Organization, else as displayed, else the kind of plan.
select
    line,
    0 as part,
    cast(null as varchar) as fault,
    cast(null as varchar) as detail,
    reference_id(r.beneficiary.reference, 'Patient') as patient_id,
    case
        when r.payor[1].reference like '%Patient/%' then 'self pay'
        else coalesce(organization.name, r.payor[1].display, r.type.text, r.type.coding[1].display)
    end as payer,
    r.period.start as starts_on,
    r.period.end as ends_on,
    r.subscriberId as member_id,
    r.status
from resource_line
left join fhir_organization as organization on reference_id(r.payor[1].reference, 'Organization') = organization.id
where r.resourceType = 'Coverage'
