-- fhir_practitioner_line.sql — one row per line of a Practitioner file, in its order.
select
    is_broken,
    r.resourceType as resource_type,
    r.id,
    list_filter(r.identifier, lambda i: list_contains(getvariable('npi_systems'), i.system))[1].value as told
from resource
