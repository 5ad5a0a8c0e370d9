-- fhir_organization.sql — one row per Organization of a batch of files: what a payer is called.
select
    source,
    line,
    case when id is null then 'unparsable' end as fault,
    id,
    told
from resource_line
