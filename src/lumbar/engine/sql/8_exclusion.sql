-- 8_exclusion.sql — one row per episode and measure with a denominator exclusion.
-- Key: episode_number, measure_number. By diagnosis: known, active on the index date, not refuted,
-- provisional or differential; an acute fracture needs its onset in the days before. By another spine
-- procedure on the index date, in the years that have it. By report: the measure's own exclusion code,
-- known, dated up to the close of its last window (RULES §6). by_record: 0 where only reported.
with

diagnosed as (
    select
        episode.episode_number,
        exclusion_code.measure_number
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

beside as (
    select
        episode.episode_number,
        same_date_exclusion.measure_number,
        procedure.procedure_id,
        concat(' ', upper(procedure.modifiers), ' ') as modifiers
    from episode
    inner join procedure
        on
            episode.patient_id = procedure.patient_id
            and episode.index_date = procedure.performed_on
    inner join same_date_exclusion
        on
            procedure.system = same_date_exclusion.system
            and procedure.code = same_date_exclusion.code
            and (same_date_exclusion.valid_from is null or episode.index_date >= same_date_exclusion.valid_from)
            and (same_date_exclusion.valid_to is null or episode.index_date <= same_date_exclusion.valid_to)
),

-- Discontinued, or management alone: it was not done that day. An assistant's line says that it was.
not_done as (
    select beside.procedure_id
    from beside
    inner join modifier_rule
        on
            beside.modifiers like concat('% ', modifier_rule.modifier, ' %')
            and modifier_rule.effect = 'no_episode'
    group by beside.procedure_id
),

operated_beside as (
    select
        beside.episode_number,
        beside.measure_number
    from beside
    left join not_done on beside.procedure_id = not_done.procedure_id
    where not_done.procedure_id is null
),

reported as (
    select
        episode_window.episode_number,
        reported_exclusion.measure_number
    from reported_code
    inner join reported_exclusion on reported_code.code = reported_exclusion.code
    inner join episode_window
        on
            reported_code.patient_id = episode_window.patient_id
            and reported_exclusion.phase_number = episode_window.phase_number
            and reported_code.reported_on <= episode_window.closes_on
    cross join setting
    where reported_code.reported_on <= setting.as_of
)

select
    episode_number,
    measure_number,
    max(by_record) as by_record
from (
    select
        episode_number,
        measure_number,
        1 as by_record
    from diagnosed
    union all
    select
        episode_number,
        measure_number,
        1 as by_record
    from operated_beside
    union all
    select
        episode_number,
        measure_number,
        0 as by_record
    from reported
) as found
group by episode_number, measure_number
