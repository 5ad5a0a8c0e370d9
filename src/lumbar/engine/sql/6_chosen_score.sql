-- 6_chosen_score.sql — one row per episode, phase and instrument that has a usable score.
-- Key: episode_number, phase_number, instrument_number. Before the operation the latest date wins; after it
-- the date the policy names, the later when equally near. On one date the score least favourable to the
-- target wins (preoperative the lowest, postoperative the highest), then the smallest id (RULES §3).
with

ranked as (
    select
        candidate.*,
        row_number() over (
            partition by candidate.episode_number, candidate.phase_number, candidate.instrument_number
            order by
                case
                    when candidate.is_preoperative then 0
                    when setting.postoperative = 'nearest'
                        then abs(datediff(candidate.assessed_on, candidate.nearest_to))
                    when setting.postoperative = 'earliest' then datediff(candidate.assessed_on, candidate.index_date)
                    else 0
                end asc nulls last,
                candidate.assessed_on desc nulls last,
                case when candidate.is_preoperative then candidate.value else -candidate.value end asc nulls last,
                candidate.score_id asc nulls last
        ) as place
    from candidate
    cross join setting
)

select
    episode_number,
    phase_number,
    instrument_number,
    is_preoperative,
    score_id,
    value,
    assessed_on,
    family_number,
    is_fractional_nrs,
    is_spoken
from ranked
where place = 1
