-- fhir_observation_line.sql — one row per line of Observation files, in their order; the parts of those lines
-- that may hold a score. Counts on the day a period begins.
select
    source,
    is_broken,
    resource_type,
    is_of_concern,
    n_bytes,
    r.id,
    r.status,
    r.code.coding as codings,
    r.valueQuantity as quantity,
    coalesce(r.valueInteger, r.valueDecimal) as plain_value,
    r.component as components,
    r.subject.reference as subject,
    coalesce(r.effectiveDateTime, r.effectivePeriod.start, r.effectiveInstant) as assessed_on,
    r.issued as recorded_on,
    r.bodySite is not null as has_site,
    r.bodySite.coding as site_codings,
    r.performer as performers,
    lower(coalesce(r.method.coding[1].code, r.method.text)) as mode
from resource
