-- check_procedure.sql — one row per raw procedure row, typed, with the first reason to reject it or null.
-- Every procedure of a known patient with a full date is mapped, whatever its code: the engine decides.
-- The date is read in `dated`, and looked at below.
with

dated as (
    select
        raw_procedure.* exclude (performed_on, system),
        coalesce(system_word.means, lower(raw_procedure.system)) as system,
        full_date(raw_procedure.performed_on) as performed_on,
        time_of_day(raw_procedure.performed_on) as performed_time,
        is_imprecise_date(raw_procedure.performed_on) as is_imprecise
    from raw_procedure
    left join system_word on lower(raw_procedure.system) = system_word.word
),

seen as (
    select
        *,
        performed_on is null and not is_imprecise as is_bad_date
    from dated
)

select
    source,
    line,
    part,
    procedure_id as record_id,
    procedure_id,
    patient_id,
    performed_on,
    performed_time,
    system,
    upper(code) as code,
    upper(regexp_replace(modifiers, '[\s,;]+', ' ', 'g')) as modifiers,
    surgeon_npi,
    facility,
    case
        when fault is not null then fault
        when procedure_id is null or is_bad_date then 'unparsable'
        when procedure_id in (from conflicting_id) then 'conflicting_id'
        when patient_id is null or patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when status = 'entered-in-error' then 'entered_in_error'
        when status is not null and status <> 'completed' then 'not_done'
        when is_imprecise then 'imprecise_date'
    end as reason,
    case
        when fault is not null then detail
        when procedure_id is null then 'procedure_id is missing'
        when is_bad_date or is_imprecise then 'performed_on'
    end as detail
from seen
