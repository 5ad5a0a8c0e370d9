-- fhir_coverage.sql — raw_coverage rows from the Coverages of a batch of files; the payer's name from its
-- Organization, else as displayed, else the kind of plan.
select
    resource_line.source,
    resource_line.line,
    0 as part,
    cast(null as varchar) as fault,
    cast(null as varchar) as detail,
    resource_line.patient_id,
    case
        when resource_line.is_self_paid then 'self pay'
        else coalesce(organization.name, resource_line.displayed)
    end as payer,
    resource_line.starts_on,
    resource_line.ends_on,
    resource_line.member_id,
    resource_line.status
from resource_line
left join fhir_organization as organization on resource_line.organization_id = organization.id
