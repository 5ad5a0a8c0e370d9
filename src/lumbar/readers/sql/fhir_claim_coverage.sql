-- fhir_claim_coverage.sql — raw_coverage rows from the claims of a batch of files: who paid, on the claim's dates,
-- where it names no Coverage resource, for that one tells more.
with

insured as (
    select
        source,
        line,
        patient_id,
        starts_on,
        ends_on,
        r.insurer,
        coalesce(list_filter(r.insurance, lambda i: i.focal = 'true')[1], r.insurance[1]).coverage as coverage
    from resource_line
    where status = 'completed' and starts_on is not null
),

named as (
    select
        insured.*,
        coalesce(
            text_of(insured.coverage.display),
            text_of(insured.insurer.display),
            organization.name,
            text_of(insured.insurer.identifier.value)
        ) as payer
    from insured
    left join fhir_organization as organization
        on reference_id(insured.insurer.reference, 'Organization') = organization.id
    where reference_id(insured.coverage.reference, 'Coverage') is null
)

select
    source,
    line,
    1 as part,
    cast(null as varchar) as fault,
    cast(null as varchar) as detail,
    patient_id,
    payer,
    starts_on,
    coalesce(ends_on, starts_on) as ends_on
from named
where payer is not null
