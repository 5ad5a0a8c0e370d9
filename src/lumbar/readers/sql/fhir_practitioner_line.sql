-- fhir_practitioner_line.sql — one row per line of a Practitioner file, in its order.
select
    is_broken,
    r.resourceType as resource_type,
    text_of(r.id) as id,
    text_of(npi_of(r.identifier)) as told
from resource
