-- fhir_procedure.sql — raw_procedure rows from the Procedures of one file, table `resource_line`.
-- One row per coding in the first kind of code system it is coded in (cpt, hcpcs, snomed); a procedure
-- in no known system is mapped as written. A CPT code may carry its modifiers: `63030:58,62`.
with

procedure_line as (
    select
        line,
        r
    from resource_line
    where r.resourceType = 'Procedure'
),

coding as (
    select
        line,
        unnest(r.code.coding) as one,
        generate_subscripts(r.code.coding, 1) as place
    from procedure_line
),

named as (
    select
        coding.line,
        coding.place,
        coalesce(code_system.name, coding.one.system) as system,
        coding.one.code,
        coalesce(code_system.position, 1000) as rank
    from coding
    left join code_system on coding.one.system = code_system.url
    where coding.one.code is not null
),

preferred as (
    select *
    from named
    qualify
        system = first_value(system) over (partition by line order by rank asc, place asc)
        and rank < 1000
        or place = first_value(place) over (partition by line order by rank asc, place asc)
),

numbered as (
    select
        *,
        row_number() over (partition by line order by place asc) as n,
        count(*) over (partition by line) as n_of_line
    from preferred
),

performer as (
    select
        line,
        unnest(r.performer) as one,
        generate_subscripts(r.performer, 1) as place
    from procedure_line
),

surgeon as (
    select
        performer.line,
        min_by(
            coalesce(performer.one.actor.reference, ''),
            case when surgeon_function.code is null then 1000 else 0 end + performer.place
        ) as reference,
        min_by(
            case
                when list_contains(identifier_kind.npi_systems, performer.one.actor.identifier.system)
                    then performer.one.actor.identifier.value
                else ''
            end,
            case when surgeon_function.code is null then 1000 else 0 end + performer.place
        ) as npi
    from performer
    cross join identifier_kind
    left join surgeon_function
        on
            list_contains(
                list_transform(performer.one.function.coding, lambda c: concat(c.system, '|', c.code)),
                concat(surgeon_function.system, '|', surgeon_function.code)
            )
    group by performer.line
)

select
    procedure_line.line,
    case when coalesce(numbered.n_of_line, 1) = 1 then 0 else numbered.n end as part,
    case when procedure_line.r.id is null then 'unparsable' end as fault,
    case when procedure_line.r.id is null then 'id is missing' end as detail,
    case
        when coalesce(numbered.n, 1) = 1 then procedure_line.r.id
        else concat(procedure_line.r.id, '#', numbered.n)
    end as procedure_id,
    reference_id(procedure_line.r.subject.reference, 'Patient') as patient_id,
    coalesce(procedure_line.r.performedDateTime, procedure_line.r.performedPeriod.start) as performed_on,
    numbered.system,
    case when numbered.system = 'cpt' then split_part(numbered.code, ':', 1) else numbered.code end as code,
    case when numbered.system = 'cpt' and contains(numbered.code, ':') then split_part(numbered.code, ':', 2) end
        as modifiers,
    coalesce(nullif(surgeon.npi, ''), practitioner.npi) as surgeon_npi,
    coalesce(procedure_line.r.location.display, reference_id(procedure_line.r.location.reference, 'Location'))
        as facility,
    procedure_line.r.status
from procedure_line
left join numbered on procedure_line.line = numbered.line
left join surgeon on procedure_line.line = surgeon.line
left join fhir_practitioner as practitioner on reference_id(surgeon.reference, 'Practitioner') = practitioner.id
