-- fhir_organization_line.sql — one row per line of Organization files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    text_of(r.id) as id,
    text_of(r.name) as told
from resource
