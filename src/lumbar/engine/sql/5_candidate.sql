-- 5_candidate.sql — one row per usable score and window it lies in.
-- Key: episode_number, phase_number, score_id. Usable: known, inside the window, and no recovery-room score
-- (RULES §2, §3). Left and right leg on one date are one leg-pain score: the higher.
with

usable as (
    select
        episode_window.episode_number,
        episode_window.phase_number,
        episode_window.is_preoperative,
        episode_window.index_date,
        episode_window.nearest_to,
        known_score.instrument_number,
        known_score.score_id,
        known_score.value,
        known_score.assessed_on,
        known_score.is_one_leg,
        known_score.family_number,
        known_score.is_fractional_nrs,
        known_score.is_spoken
    from known_score
    inner join episode_window
        on
            known_score.patient_id = episode_window.patient_id
            and known_score.assessed_on >= episode_window.opens_on
            and known_score.assessed_on <= episode_window.closes_on
    where
        not coalesce(
            episode_window.is_preoperative
            and known_score.assessed_on = episode_window.index_date
            and known_score.assessed_time >= episode_window.earliest_time,
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
    family_number,
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
    family_number,
    is_fractional_nrs,
    is_spoken
from sided
where place = 1
