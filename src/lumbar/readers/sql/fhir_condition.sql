-- fhir_condition.sql — raw_condition rows from the Conditions of a batch of files, those coded in ICD-10-CM: one row
-- per code. Once a line gives several, all of them are numbered. A coding without a code gives a row without.
with

coded as (
    select
        resource_line.* exclude (code, codes),
        coalesce(codes[1], code) as code,
        0 as part
    from resource_line
    where coalesce(len(codes) <= 1, true) and (is_diagnosis or has_bad_coding)
    union all by name
    select
        resource_line.* exclude (code, codes),
        unnest(codes) as code,
        generate_subscripts(codes, 1) as part
    from resource_line
    where len(codes) > 1
)

select
    source,
    line,
    part,
    case when condition_id is null or has_bad_coding then 'unparsable' end as fault,
    case
        when condition_id is null then 'id is missing'
        when has_bad_coding then 'code.coding is not a list'
    end as detail,
    case when part = 0 then condition_id else condition_id || '#' || part end as condition_id,
    patient_id,
    'icd10cm' as system,
    code,
    onset_on,
    abated_on,
    verification,
    recorded_on
from coded
