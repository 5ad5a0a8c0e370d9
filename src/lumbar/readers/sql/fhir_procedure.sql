-- fhir_procedure.sql — raw_procedure rows from the Procedures of one file, table `resource_line`.
-- One row per coding in the first kind of code system it is coded in (cpt, hcpcs, snomed); a procedure
-- in no known system is mapped as written. A CPT code may carry its modifiers: `63030:58,62`.
with

procedure_line as (
    select
        resource_line.line,
        resource_line.r,
        known.system_names,
        list_filter(
            list_transform(
                resource_line.r.code.coding,
                lambda c: { 'system': c.system, 'code': c.code, 'rank': list_position(known.system_urls, c.system) }
            ),
            lambda c: c.code is not null
        ) as codings,
        resource_line.r.performer[
            coalesce(
                nullif(
                    list_position(
                        list_transform(
                            resource_line.r.performer,
                            lambda p: list_has_any(
                                list_transform(p.function.coding, lambda c: concat(c.system, '|', c.code)),
                                known.surgeon_keys
                            )
                        ),
                        true
                    ),
                    0
                ),
                1
            )
        ].actor as surgeon,
        known.npi_systems
    from resource_line
    cross join known
    where resource_line.r.resourceType = 'Procedure'
),

preferred as (
    select
        line,
        r,
        surgeon,
        npi_systems,
        system_names,
        system_names[list_min(list_transform(codings, lambda c: nullif(c.rank, 0)))] as best_name,
        codings
    from procedure_line
),

kept as (
    select
        line,
        r,
        surgeon,
        npi_systems,
        best_name,
        case
            when best_name is null then codings[1:1]
            else list_filter(codings, lambda c: system_names[nullif(c.rank, 0)] = best_name)
        end as codings
    from preferred
),

numbered as (
    select
        line,
        r,
        surgeon,
        npi_systems,
        best_name,
        len(codings) as n_of_line,
        generate_subscripts(codings, 1) as n,
        unnest(codings) as one
    from kept
    where len(codings) > 0
    union all
    select
        line,
        r,
        surgeon,
        npi_systems,
        best_name,
        1 as n_of_line,
        1 as n,
        null as one
    from kept
    where coalesce(len(codings), 0) = 0
)

select
    numbered.line,
    case when numbered.n_of_line = 1 then 0 else numbered.n end as part,
    case when numbered.r.id is null then 'unparsable' end as fault,
    case when numbered.r.id is null then 'id is missing' end as detail,
    case when numbered.n = 1 then numbered.r.id else numbered.r.id || '#' || numbered.n end as procedure_id,
    reference_id(numbered.r.subject.reference, 'Patient') as patient_id,
    coalesce(numbered.r.performedDateTime, numbered.r.performedPeriod.start) as performed_on,
    coalesce(numbered.best_name, numbered.one.system) as system,
    case when numbered.best_name = 'cpt' then split_part(numbered.one.code, ':', 1) else numbered.one.code end as code,
    case
        when numbered.best_name = 'cpt' and contains(numbered.one.code, ':') then split_part(numbered.one.code, ':', 2)
    end as modifiers,
    case
        when list_contains(numbered.npi_systems, numbered.surgeon.identifier.system)
            then numbered.surgeon.identifier.value
        else practitioner.npi
    end as surgeon_npi,
    coalesce(numbered.r.location.display, reference_id(numbered.r.location.reference, 'Location')) as facility,
    numbered.r.status
from numbered
left join fhir_practitioner as practitioner
    on reference_id(numbered.surgeon.reference, 'Practitioner') = practitioner.id
