-- check_contact.sql — one row per raw contact row, typed, with the first reason to reject it or null.
select
    source,
    line,
    part,
    patient_id as record_id,
    patient_id,
    name,
    mrn,
    phone,
    email,
    language,
    full_date(declined_on) as declined_on,
    case
        when fault is not null then fault
        when patient_id is null or is_bad_date(declined_on) then 'unparsable'
        when patient_id in (from conflicting_id) then 'conflicting_id'
        when patient_id not in (select known.patient_id from patient as known) then 'unknown_patient'
        when is_partial_date(declined_on) then 'imprecise_date'
    end as reason,
    case
        when fault is not null then detail
        when patient_id is null then 'patient_id is missing'
        when is_bad_date(declined_on) or is_partial_date(declined_on) then 'declined_on'
    end as detail
from raw_contact
