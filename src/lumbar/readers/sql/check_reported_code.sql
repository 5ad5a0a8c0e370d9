-- check_reported_code.sql — one row per raw reported-code row, typed, with the first reason to reject it or null.
select
    source,
    line,
    part,
    cast(null as varchar) as record_id,
    patient_id,
    upper(code) as code,
    full_date(reported_on) as reported_on,
    case
        when fault is not null then fault
        when code is null or is_bad_date(reported_on) then 'unparsable'
        when patient_id is null or patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when is_imprecise_date(reported_on) then 'imprecise_date'
    end as reason,
    case
        when fault is not null then detail
        when code is null then 'code is missing'
        when is_bad_date(reported_on) or is_imprecise_date(reported_on) then 'reported_on'
    end as detail
from raw_reported_code
