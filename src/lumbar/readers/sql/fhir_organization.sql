-- fhir_organization.sql — one row per Organization of one file: what a payer is called.
select
    line,
    case when id is null then 'unparsable' end as fault,
    id,
    told
from resource_line
