-- check_condition.sql — one row per raw diagnosis row, typed, with the first reason to reject it or null.
-- ICD-10-CM codes get their dot after the third character. Dates are read in `dated`, and looked at below.
-- A word of verification that is none of the known ones says neither that the diagnosis stands nor that it does not.
with

dated as (
    select
        raw_condition.* exclude (system, onset_on, abated_on, recorded_on, verification),
        coalesce(system_word.means, lower(raw_condition.system)) as system,
        replace(lower(raw_condition.verification), '_', '-') as verification,
        full_date(raw_condition.onset_on) as onset_on,
        is_partial_date(raw_condition.onset_on) as is_partial_onset_on,
        raw_condition.onset_on is not null as has_onset_on,
        full_date(raw_condition.abated_on) as abated_on,
        is_partial_date(raw_condition.abated_on) as is_partial_abated_on,
        raw_condition.abated_on is not null as has_abated_on,
        full_date(raw_condition.recorded_on) as recorded_on,
        is_partial_date(raw_condition.recorded_on) as is_partial_recorded_on,
        raw_condition.recorded_on is not null as has_recorded_on,
        replace(raw_condition.code, '.', '') as plain_code
    from raw_condition
    left join system_word on lower(raw_condition.system) = system_word.word
),

seen as (
    select
        *,
        has_onset_on and onset_on is null and not is_partial_onset_on as is_bad_onset_on,
        has_abated_on and abated_on is null and not is_partial_abated_on as is_bad_abated_on,
        has_recorded_on and recorded_on is null and not is_partial_recorded_on as is_bad_recorded_on,
        coalesce(
            verification not in (
                'confirmed', 'unconfirmed', 'provisional', 'differential', 'refuted', 'entered-in-error'
            ),
            false
        ) as is_bad_verification
    from dated
)

select
    source,
    line,
    part,
    condition_id as record_id,
    condition_id,
    patient_id,
    system,
    case
        when system = 'icd10cm' and length(plain_code) > 3
            then upper(concat(substr(plain_code, 1, 3), '.', substr(plain_code, 4)))
        else upper(code)
    end as code,
    onset_on,
    abated_on,
    verification,
    recorded_on,
    case
        when fault is not null then fault
        when
            condition_id is null
            or code is null
            or is_bad_onset_on
            or is_bad_abated_on
            or is_bad_recorded_on
            or is_bad_verification
            then 'unparsable'
        when condition_id in (from conflicting_id) then 'conflicting_id'
        when patient_id is null or patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when verification = 'entered-in-error' then 'entered_in_error'
        when is_partial_onset_on or is_partial_abated_on or is_partial_recorded_on then 'imprecise_date'
    end as reason,
    case
        when fault is not null then detail
        when condition_id is null then 'condition_id is missing'
        when code is null then 'code is missing'
        when is_bad_onset_on or is_partial_onset_on then 'onset_on'
        when is_bad_abated_on or is_partial_abated_on then 'abated_on'
        when is_bad_recorded_on or is_partial_recorded_on then 'recorded_on'
        when is_bad_verification then 'verification'
    end as detail
from seen
