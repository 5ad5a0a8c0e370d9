-- fhir_condition.sql — raw_condition rows from the Conditions of a batch of files: those coded in ICD-10-CM.
select
    source,
    line,
    0 as part,
    case when condition_id is null then 'unparsable' end as fault,
    case when condition_id is null then 'id is missing' end as detail,
    condition_id,
    patient_id,
    'icd10cm' as system,
    code,
    onset_on,
    abated_on,
    verification
from resource_line
where is_diagnosis
