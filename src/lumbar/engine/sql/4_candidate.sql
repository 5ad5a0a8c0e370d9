-- 4_candidate.sql — one row per usable score and window it lies in.
-- Key: episode_number, phase_number, score_id. Usable: on a scale the measure allows, known on the
-- as-of date, inside the window, and no recovery-room score (RULES §2, §3). Left and right leg on one
-- date are one leg-pain score: the higher. value is in points of the instrument's own scale.
with

usable as (
    select
        episode_window.episode_number,
        episode_window.phase_number,
        episode_window.is_preoperative,
        episode_window.index_date,
        episode_window.nearest_to,
        allowed_scale.instrument_number,
        score.score_id,
        score.value,
        score.assessed_on,
        score.instrument = 'leg_pain' and score.side is not null as is_one_leg,
        allowed_scale.family,
        case when score.scale = 'nrs' and score.value <> floor(score.value) then 1 else 0 end as is_fractional_nrs,
        case
            when score.mode in ('phone', 'interview') or score.respondent = 'interviewer' then 1
            else 0
        end as is_spoken
    from score
    inner join allowed_scale
        on
            score.instrument = allowed_scale.instrument
            and score.scale = allowed_scale.scale
    inner join episode_window
        on
            score.patient_id = episode_window.patient_id
            and score.assessed_on >= episode_window.opens_on
            and score.assessed_on <= episode_window.closes_on
    where
        score.assessed_on <= episode_window.as_of
        and coalesce(score.recorded_on, score.assessed_on) <= episode_window.as_of
        and not coalesce(
            episode_window.is_preoperative
            and score.assessed_on = episode_window.index_date
            and score.assessed_time >= episode_window.earliest_time,
            false
        )
),

sided as (
    select
        *,
        row_number() over (
            partition by episode_number, phase_number, assessed_on
            order by value desc nulls last, score_id asc nulls last
        ) as place
    from usable
    where is_one_leg
)

select
    episode_number,
    phase_number,
    instrument_number,
    is_preoperative,
    index_date,
    nearest_to,
    score_id,
    value,
    assessed_on,
    family,
    is_fractional_nrs,
    is_spoken
from usable
where not is_one_leg
union all
select
    episode_number,
    phase_number,
    instrument_number,
    is_preoperative,
    index_date,
    nearest_to,
    score_id,
    value,
    assessed_on,
    family,
    is_fractional_nrs,
    is_spoken
from sided
where place = 1
