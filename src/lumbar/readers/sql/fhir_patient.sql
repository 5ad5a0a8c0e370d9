-- fhir_patient.sql — raw_patient rows, with what a contact needs, from the Patients of a batch of files.
select
    0 as part,
    case when patient_id is null then 'unparsable' end as fault,
    case when patient_id is null then 'id is missing' end as detail,
    * exclude (place, is_broken, resource_type)
from resource_line
