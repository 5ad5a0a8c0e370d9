-- fhir_organization_line.sql — one row per line of an Organization file, in its order.
select
    is_broken,
    r.resourceType as resource_type,
    r.id,
    r.name as told
from resource
