-- 10_judged.sql — one row per episode, instrument and timepoint: scores, status, code, place in the measure.
-- Key: episode_number, row_position, which counts an episode's rows in the order of instrument and timepoint.
-- Every row has exactly one status, the first that applies (RULES §4). Scores and their columns are null
-- where none was chosen. Points, own scale.
with

seen as (
    select
        episode.*,
        measure_row.row_position,
        measure_row.instrument_number,
        measure_row.phase_number,
        measure_row.instrument,
        measure_row.measure_id,
        measure_row.timepoint,
        measure_row.wants_both_scores,
        measure_row.at_most,
        measure_row.improved_by,
        measure_row.responder_by,
        measure_row.worse_by,
        measure_row.code_met,
        measure_row.code_not_met,
        measure_row.code_not_assessed,
        measure_row.code_excluded,
        measure_row.is_own_stratum,
        measure_row.period_starts_on,
        measure_row.period_ends_on,
        measure_row.age_on,
        measure_row.minimum_age_months,
        episode_window.opens_on,
        episode_window.closes_on,
        preoperative.value as preoperative_score,
        preoperative.assessed_on as preoperative_on,
        preoperative.score_id as preoperative_score_id,
        preoperative.family_number as preoperative_family_number,
        postoperative.value as postoperative_score,
        postoperative.assessed_on as postoperative_on,
        postoperative.score_id as postoperative_score_id,
        postoperative.family_number as postoperative_family_number,
        cast(preoperative.value - postoperative.value as decimal(9, 4)) as improvement,
        coalesce(preoperative.is_fractional_nrs, 0) + coalesce(postoperative.is_fractional_nrs, 0) as n_fractional_nrs,
        coalesce(preoperative.is_spoken, 0) + coalesce(postoperative.is_spoken, 0) as n_spoken,
        exclusion.by_record as excluded_by_record
    from episode
    inner join measure_row on episode.kind = measure_row.kind
    inner join episode_window
        on
            episode.episode_number = episode_window.episode_number
            and measure_row.phase_number = episode_window.phase_number
    left join chosen_score as preoperative
        on
            episode.episode_number = preoperative.episode_number
            and measure_row.preoperative_phase_number = preoperative.phase_number
            and measure_row.instrument_number = preoperative.instrument_number
    left join chosen_score as postoperative
        on
            episode.episode_number = postoperative.episode_number
            and measure_row.phase_number = postoperative.phase_number
            and measure_row.instrument_number = postoperative.instrument_number
    left join exclusion
        on
            episode.episode_number = exclusion.episode_number
            and measure_row.measure_number = exclusion.measure_number
),

stated as (
    select
        seen.*,
        case
            when seen.excluded_by_record is not null then 'excluded'
            -- Where both scores are asked for there is no target, and where there is a target it decides.
            when seen.wants_both_scores and seen.improvement is not null then 'met'
            when seen.postoperative_score <= seen.at_most or seen.improvement >= seen.improved_by then 'met'
            when seen.postoperative_score is not null then 'not_met'
            when seen.as_of < seen.opens_on then 'upcoming'
            when seen.as_of <= seen.closes_on then 'open'
            else 'not_assessed'
        end as status,
        case
            when seen.index_date < seen.period_starts_on or seen.index_date > seen.period_ends_on
                then 'outside_identification_period'
            when seen.birth_date is null then 'age_unknown'
            when add_months(seen.birth_date, seen.minimum_age_months) > seen.age_on then 'under_18'
            when not seen.is_own_stratum then 'other_stratum'
            when seen.excluded_by_record is not null then 'excluded'
        end as not_in_measure_because
    from seen
)

select
    stated.*,
    case stated.status
        when 'met' then stated.code_met
        when 'not_met' then stated.code_not_met
        when 'not_assessed' then stated.code_not_assessed
        when 'excluded' then stated.code_excluded
    end as code
from stated
