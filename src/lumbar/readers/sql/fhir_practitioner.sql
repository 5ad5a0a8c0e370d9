-- fhir_practitioner.sql — one row per Practitioner of one file: the National Provider Identifier, if any.
select
    line,
    case when id is null then 'unparsable' end as fault,
    id,
    told
from resource_line
