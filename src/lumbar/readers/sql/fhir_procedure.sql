-- fhir_procedure.sql — raw_procedure rows from the Procedures of a batch of files: one row per coding that counts.
-- A procedure in no known system is mapped as written. A CPT code may carry its modifiers: `63030:58,62`.
with

numbered as (
    select
        resource_line.* exclude (codings),
        1 as n_of_line,
        1 as n
    from resource_line
    where codings is null
    union all by name
    select
        resource_line.* exclude (codings, system, code),
        unnest(codings).system as system,
        unnest(codings).code as code,
        len(codings) as n_of_line,
        generate_subscripts(codings, 1) as n
    from resource_line
    where codings is not null
)

select
    numbered.source,
    numbered.line,
    case when numbered.n_of_line = 1 then 0 else numbered.n end as part,
    case when numbered.id is null or numbered.has_bad_coding then 'unparsable' end as fault,
    case
        when numbered.id is null then 'id is missing'
        when numbered.has_bad_coding then 'code.coding is not a list'
    end as detail,
    case when numbered.n = 1 then numbered.id else numbered.id || '#' || numbered.n end as procedure_id,
    numbered.patient_id,
    numbered.performed_on,
    coalesce(system_name(numbered.system), numbered.system) as system,
    case
        when system_name(numbered.system) = 'cpt' then split_part(numbered.code, ':', 1) else numbered.code
    end as code,
    case
        when system_name(numbered.system) = 'cpt' and contains(numbered.code, ':')
            then split_part(numbered.code, ':', 2)
    end as modifiers,
    coalesce(numbered.npi, practitioner.npi) as surgeon_npi,
    numbered.facility,
    -- Only what is said to be completed was done (RULES §3): FHIR has a word for no word.
    coalesce(text_of(numbered.status), 'unknown') as status
from numbered
left join fhir_practitioner as practitioner on numbered.practitioner_id = practitioner.id
