-- 7_exclusion.sql — one row per episode and instrument with a denominator exclusion.
-- Key: episode_number, instrument_number. By diagnosis: known, active on the index date, not
-- refuted, provisional or differential; an acute fracture needs its onset in the days before. By report:
-- the instrument's own exclusion code, known, dated up to the close of the later window (RULES §6).
with

diagnosed as (
    select
        episode.episode_number,
        exclusion_code.instrument_number
    from episode
    inner join condition on episode.patient_id = condition.patient_id
    inner join exclusion_code
        on
            condition.system = exclusion_code.system
            and condition.code = exclusion_code.code
            and (exclusion_code.valid_from is null or episode.index_date >= exclusion_code.valid_from)
            and (exclusion_code.valid_to is null or episode.index_date <= exclusion_code.valid_to)
    cross join setting
    where
        coalesce(condition.verification, 'confirmed') not in ('refuted', 'provisional', 'differential')
        and (condition.recorded_on is null or condition.recorded_on <= setting.as_of)
        and (condition.onset_on is null or condition.onset_on <= episode.index_date)
        and (condition.abated_on is null or condition.abated_on >= episode.index_date)
        and (
            exclusion_code.onset_within_days is null
            or condition.onset_on >= date_add(episode.index_date, -exclusion_code.onset_within_days)
        )
),

last_close as (
    select
        episode_number,
        patient_id,
        max(closes_on) as closes_on
    from episode_window
    group by episode_number, patient_id
),

reported as (
    select
        last_close.episode_number,
        reported_exclusion.instrument_number
    from reported_code
    inner join reported_exclusion on reported_code.code = reported_exclusion.code
    inner join last_close
        on
            reported_code.patient_id = last_close.patient_id
            and reported_code.reported_on <= last_close.closes_on
    cross join setting
    where reported_code.reported_on <= setting.as_of
)

select
    episode_number,
    instrument_number,
    max(by_diagnosis) as by_diagnosis
from (
    select
        episode_number,
        instrument_number,
        1 as by_diagnosis
    from diagnosed
    union all
    select
        episode_number,
        instrument_number,
        0 as by_diagnosis
    from reported
) as found
group by episode_number, instrument_number
