-- 9_reported_row.sql — one row per episode, instrument and timepoint with a quality-data code in the data.
-- Key: episode_number, phase_number, instrument_number. The latest of the row's four codes dated in its
-- window, the exclusion code any time up to its close; on one date the smallest code (RULES §6).
with

found as (
    select
        episode_window.episode_number,
        episode_window.phase_number,
        row_code.instrument_number,
        reported_code.code,
        row_number() over (
            partition by
                episode_window.episode_number,
                episode_window.phase_number,
                row_code.instrument_number
            order by reported_code.reported_on desc nulls last, reported_code.code asc nulls last
        ) as place
    from reported_code
    inner join row_code on reported_code.code = row_code.code
    inner join episode_window
        on
            reported_code.patient_id = episode_window.patient_id
            and row_code.phase_number = episode_window.phase_number
            and reported_code.reported_on <= episode_window.closes_on
            and (row_code.is_exclusion or reported_code.reported_on >= episode_window.opens_on)
    cross join setting
    where reported_code.reported_on <= setting.as_of
)

select
    episode_number,
    phase_number,
    instrument_number,
    code
from found
where place = 1
