-- fhir_organization.sql — one row per Organization of one file: what a payer is called.
select
    line,
    case when r.id is null then 'unparsable' end as fault,
    r.id,
    r.name as told
from resource_line
where r.resourceType = 'Organization'
