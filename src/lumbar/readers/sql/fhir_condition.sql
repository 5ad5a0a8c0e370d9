-- fhir_condition.sql — raw_condition rows from the Conditions of one file: those coded in ICD-10-CM.
select
    line,
    0 as part,
    case when id is null then 'unparsable' end as fault,
    case when id is null then 'id is missing' end as detail,
    id as condition_id,
    reference_id(subject, 'Patient') as patient_id,
    'icd10cm' as system,
    code,
    onset_on,
    abated_on,
    verification
from (
    select
        resource_line.line,
        resource_line.r.id,
        resource_line.r.subject.reference as subject,
        coalesce(resource_line.r.onsetDateTime, resource_line.r.onsetPeriod.start) as onset_on,
        coalesce(resource_line.r.abatementDateTime, resource_line.r.abatementPeriod.end) as abated_on,
        resource_line.r.verificationStatus.coding[1].code as verification,
        unnest(resource_line.r.code.coding).system as system,
        unnest(resource_line.r.code.coding).code as code
    from resource_line
    where resource_line.r.resourceType = 'Condition'
) as coded
inner join code_system on coded.system = code_system.url and code_system.name = 'icd10cm'
qualify row_number() over (partition by line order by code asc) = 1
