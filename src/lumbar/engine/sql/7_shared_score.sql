-- 7_shared_score.sql — one row per score chosen as postoperative for more than one episode.
-- Key: score_id. Only patients with several episodes can have one (RULES §6). judged_place
-- holds the instruments and postoperative windows some measure of the year judges: a score chosen elsewhere
-- is shared with nobody.
with

operated_more_than_once as (
    select patient_id
    from episode
    group by patient_id
    having count(*) > 1
)

select chosen_score.score_id
from operated_more_than_once
inner join episode on operated_more_than_once.patient_id = episode.patient_id
inner join chosen_score on episode.episode_number = chosen_score.episode_number
inner join judged_place
    on
        chosen_score.instrument_number = judged_place.instrument_number
        and chosen_score.phase_number = judged_place.phase_number
group by chosen_score.score_id
having count(*) > 1
