-- 7_shared_score.sql — one row per episode and score that is chosen as postoperative for another episode too.
-- Key: episode_number, score_id. Only patients with several episodes can have one (RULES §6). judged_place
-- holds the instruments and postoperative windows some measure of the year judges: a score chosen elsewhere
-- is shared with nobody.
with

operated_more_than_once as (
    select patient_id
    from episode
    group by patient_id
    having count(*) > 1
),

counted as (
    select
        chosen_score.episode_number,
        chosen_score.score_id,
        count(*) over (partition by chosen_score.score_id) as n_chosen
    from operated_more_than_once
    inner join episode on operated_more_than_once.patient_id = episode.patient_id
    inner join chosen_score on episode.episode_number = chosen_score.episode_number
    inner join judged_place
        on
            chosen_score.instrument_number = judged_place.instrument_number
            and chosen_score.phase_number = judged_place.phase_number
)

select distinct
    episode_number,
    score_id
from counted
where n_chosen > 1
