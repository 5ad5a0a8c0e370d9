-- fhir_claim_procedure.sql — raw_procedure rows from the claims of a batch of files: one row per line that has a code.
-- Who did it: of the care team that the line names (of all, where it names none) the member in the surest role,
-- else the claim's own provider where that is a Practitioner. A line without a code (room and board) is no procedure.
with

item as (
    select
        source,
        line,
        id,
        patient_id,
        status,
        r.careTeam as care_team,
        r.provider,
        r.facility,
        r.contained,
        generate_subscripts(claim_lines(r, served_on), 1) as part,
        unnest(claim_lines(r, served_on)) as item
    from resource_line
    where not has_bad_coding
),

served as (
    select
        *,
        codings_in(item.productOrService) as codings,
        case
            when json_valid(item.productOrService) then json_type(item.productOrService, '$.coding')
        end as coding_type,
        list_sort(list_transform(
            list_filter(
                care_team,
                lambda m: coalesce(len(item.careTeamSequence), 0) = 0
                or list_contains(item.careTeamSequence, m.sequence)
            ),
            lambda m: {
                'place': case
                    when coalesce(len(m.role.coding), 0) = 0 then 1000
                    else list_min(list_transform(
                        m.role.coding,
                        lambda c: nullif(list_position(getvariable('claim_surgeon_roles'), text_of(c.code)), 0)
                    ))
                end,
                'sequence': try_cast(m.sequence as integer),
                'provider': m.provider
            }
        )) as members
    from item
),

done as (
    select
        * exclude (codings),
        service_of(list_filter(codings, lambda c: text_of(c.code) is not null)) as service,
        coalesce(list_filter(members, lambda m: m.place is not null)[1].provider, {
            'reference': provider.reference, 'identifier': null
        }) as surgeon,
        case
            when json_valid(contained)
                then json_transform(
                    contained,
                    '[{"resourceType":"VARCHAR","id":"VARCHAR","identifier":[{"system":"VARCHAR","value":"VARCHAR"}]}]'
                )
        end as inner_resources
    from served
),

told as (
    select
        *,
        coalesce(
            case
                when
                    list_contains(getvariable('npi_systems'), text_of(surgeon.identifier.system))
                    or (
                        text_of(surgeon.identifier.system) is null
                        and list_has_any(
                            list_transform(surgeon.identifier.type.coding, lambda c: c.code), getvariable('npi_types')
                        )
                    )
                    then surgeon.identifier.value
            end,
            npi_of(
                list_filter(
                    inner_resources,
                    lambda c: c.resourceType = 'Practitioner' and '#' || c.id = surgeon.reference
                )[1].identifier
            )
        ) as npi
    from done
)

select
    told.source,
    told.line,
    told.part,
    case
        when told.id is null or told.service is null or has_bad_modifier(told.item.modifier) then 'unparsable'
    end as fault,
    case
        when told.id is null then 'id is missing'
        when told.service is null then 'productOrService.coding is not a list'
        when has_bad_modifier(told.item.modifier) then 'modifier is not a list'
    end as detail,
    told.id || '#' || told.item.name as procedure_id,
    told.patient_id,
    told.item.day as performed_on,
    service_system(told.service) as system,
    told.service.code,
    modifiers_in(told.item.modifier) as modifiers,
    coalesce(told.npi, practitioner.npi) as surgeon_npi,
    coalesce(
        text_of(told.facility.display),
        reference_id(told.facility.reference, 'Location'),
        reference_id(told.facility.reference, 'Organization')
    ) as facility,
    told.status
from told
left join fhir_practitioner as practitioner
    on reference_id(told.surgeon.reference, 'Practitioner') = practitioner.id
where told.service is not null or told.coding_type not in ('ARRAY', 'NULL')
union all
select
    source,
    line,
    1 as part,
    'unparsable' as fault,
    'item is not a list' as detail,
    id as procedure_id,
    patient_id,
    starts_on as performed_on,
    null as system,
    null as code,
    null as modifiers,
    null as surgeon_npi,
    null as facility,
    status
from resource_line
where has_bad_coding
