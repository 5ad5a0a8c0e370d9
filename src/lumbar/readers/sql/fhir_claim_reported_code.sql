-- fhir_claim_reported_code.sql — raw_reported_code rows from the claims of a batch of files: one row per line of a
-- claim that stands whose HCPCS level II code may be a quality-data code. Which are, the engine knows. Payers deny
-- every such line: that says nothing.
with

item as (
    select
        source,
        line,
        patient_id,
        generate_subscripts(claim_lines(r, served_on), 1) as part,
        unnest(claim_lines(r, served_on)) as item
    from resource_line
    where not has_bad_coding and status = 'completed'
),

served as (
    select
        *,
        service_of(
            list_filter(codings_in(item.productOrService), lambda c: text_of(c.code) is not null)
        ) as service
    from item
)

select
    source,
    line,
    part,
    cast(null as varchar) as fault,
    cast(null as varchar) as detail,
    patient_id,
    service.code,
    item.day as reported_on
from served
where
    service_system(service) = 'hcpcs'
    and list_contains(getvariable('quality_code_letters'), upper(substr(text_of(service.code), 1, 1)))
