-- fhir_practitioner.sql — one row per Practitioner of one file: the National Provider Identifier, if any.
select
    line,
    case when r.id is null then 'unparsable' end as fault,
    r.id,
    list_filter(r.identifier, lambda i: list_contains(known.npi_systems, i.system))[1].value as told
from resource_line
cross join known
where r.resourceType = 'Practitioner'
