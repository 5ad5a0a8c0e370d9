-- check_patient.sql — one row per raw patient row, typed, with the first reason to reject it or null.
-- A birth date that is absent or only a year or month is kept as null: the age is unknown.
select
    source,
    line,
    part,
    patient_id as record_id,
    patient_id,
    full_date(birth_date) as birth_date,
    sex,
    full_date(deceased_on) as deceased_on,
    case
        when lower(deceased) in ('true', 't', 'yes', 'y', '1') then true
        when lower(deceased) in ('false', 'f', 'no', 'n', '0') then false
        when deceased_on is not null then true
    end as deceased,
    language,
    race,
    ethnicity,
    case
        when fault is not null then fault
        when patient_id is null then 'unparsable'
        when is_bad_date(birth_date) or is_bad_date(deceased_on) then 'unparsable'
        when lower(deceased) not in ('true', 't', 'yes', 'y', '1', 'false', 'f', 'no', 'n', '0') then 'unparsable'
        when patient_id in (from conflicting_id) then 'conflicting_id'
    end as reason,
    case
        when fault is not null then detail
        when patient_id is null then 'patient_id is missing'
        when is_bad_date(birth_date) then 'birth_date'
        when is_bad_date(deceased_on) then 'deceased_on'
        when lower(deceased) not in ('true', 't', 'yes', 'y', '1', 'false', 'f', 'no', 'n', '0') then 'deceased'
    end as detail
from raw_patient
