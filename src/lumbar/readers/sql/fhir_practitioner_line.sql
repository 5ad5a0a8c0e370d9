-- fhir_practitioner_line.sql — one row per line of Practitioner files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    text_of(r.id) as id,
    text_of(npi_of(r.identifier)) as told
from resource
