-- fhir_condition.sql — raw_condition rows from the Conditions of a batch of files, those coded in ICD-10-CM: one row
-- per code. Once a line gives several, all of them are numbered. A coding without a code gives a row without.
with

coded as (
    select
        resource_line.* exclude (codes),
        unnest(case when len(codes) > 0 then codes else [null] end) as code,
        case when len(codes) > 1 then generate_subscripts(codes, 1) else 0 end as part
    from resource_line
    where codes is not null or has_bad_coding
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
