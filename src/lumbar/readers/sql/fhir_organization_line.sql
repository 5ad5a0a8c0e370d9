-- fhir_organization_line.sql — one row per line of Organization files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    r.id,
    r.name as told
from resource
