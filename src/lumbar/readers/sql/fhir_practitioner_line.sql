-- fhir_practitioner_line.sql — one row per line of Practitioner files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    r.id,
    list_filter(r.identifier, lambda i: list_contains(getvariable('npi_systems'), i.system))[1].value as told
from resource
