-- fhir_procedure_line.sql — one row per line of Procedure files, in their order. Of several codings those in
-- the first kind of code system count (cpt, hcpcs, snomed); in no known system, the first as written.
-- `codings` only where more than one counts. The surgeon, else whoever is named first; a surgeon may be
-- contained in the procedure (`#id`). `has_bad_coding`: the codings are no list; or may be none, where the
-- reading cannot tell.
with

coded as (
    select
        source,
        is_broken,
        has_bad_coding,
        r,
        case
            when len(r.code.coding) > 1 then list_filter(r.code.coding, lambda c: text_of(c.code) is not null)
            else r.code.coding
        end as codings,
        case
            when len(r.performer) > 1
                then
                    coalesce(
                        list_filter(
                            r.performer,
                            lambda p: list_has_any(
                                list_transform(p.function.coding, lambda c: concat(c.system, '|', c.code)),
                                getvariable('surgeon_keys')
                            )
                        )[1],
                        r.performer[1]
                    )
            else r.performer[1]
        end as performer
    from resource
),

preferred as (
    select
        source,
        is_broken,
        has_bad_coding,
        r,
        performer,
        codings,
        case
            when len(codings) > 1
                then
                    getvariable('system_names')[list_min(list_transform(codings, lambda c: system_rank(c.system)))]
        end as best_name
    from coded
),

kept as (
    select
        source,
        is_broken,
        has_bad_coding,
        r,
        performer.actor as surgeon,
        case
            when starts_with(performer.actor.reference, '#') and json_valid(r.contained)
                then json_transform(
                    r.contained,
                    '[{"resourceType":"VARCHAR","id":"VARCHAR","identifier":[{"system":"VARCHAR","value":"VARCHAR"}]}]'
                )
        end as contained,
        case
            when best_name is not null then list_filter(codings, lambda c: system_name(c.system) = best_name)
            else codings[1:1]
        end as codings
    from preferred
)

select
    source,
    is_broken,
    coalesce(has_bad_coding, r.code is not null and r.code.coding is null) as has_bad_coding,
    r.resourceType as resource_type,
    text_of(r.id) as id,
    reference_id(r.subject.reference, 'Patient') as patient_id,
    coalesce(text_of(r.performedDateTime), r.performedPeriod.start) as performed_on,
    case when text_of(codings[1].code) is not null then codings[1].system end as system,
    codings[1].code as code,
    case when len(codings) > 1 then codings end as codings,
    case
        when list_contains(getvariable('npi_systems'), text_of(surgeon.identifier.system)) then surgeon.identifier.value
        when contained is not null
            then
                npi_of(
                    list_filter(
                        contained, lambda c: c.resourceType = 'Practitioner' and c.id = substr(surgeon.reference, 2)
                    )[1].identifier
                )
    end as npi,
    case
        when not coalesce(list_contains(getvariable('npi_systems'), text_of(surgeon.identifier.system)), false)
            then reference_id(surgeon.reference, 'Practitioner')
    end as practitioner_id,
    coalesce(text_of(r.location.display), reference_id(r.location.reference, 'Location')) as facility,
    r.status
from kept
