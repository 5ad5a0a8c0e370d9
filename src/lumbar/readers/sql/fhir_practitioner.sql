-- fhir_practitioner.sql — one row per Practitioner of a batch of files: the National Provider Identifier, if any.
select
    source,
    line,
    case when id is null then 'unparsable' end as fault,
    id,
    told
from resource_line
