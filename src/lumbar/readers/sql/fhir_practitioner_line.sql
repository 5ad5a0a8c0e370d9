-- fhir_practitioner_line.sql — one row per line of a Practitioner file, in its order.
select
    is_broken,
    r.resourceType as resource_type,
    r.id,
    npi_of(r.identifier) as told
from resource
