-- omop_person_id.sql — one row per person_id of the person table, key person_id.
-- Columns: patient_id (the id the records are known by, null where the person has none), n_patients (more than one: the
-- person_id stands for different people).
select
    person_id,
    min(record_id) as patient_id,
    count(distinct record_id) as n_patients
from omop_person
where person_id is not null
group by person_id
