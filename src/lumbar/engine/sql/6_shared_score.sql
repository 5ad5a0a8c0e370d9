-- 6_shared_score.sql — one row per score chosen as postoperative for more than one episode.
-- Key: score_id. Only patients with several episodes can have one (RULES §6).
with

operated_more_than_once as (
    select patient_id
    from episode
    group by patient_id
    having count(*) > 1
)

select chosen_score.score_id
from chosen_score
inner join operated_more_than_once on chosen_score.patient_id = operated_more_than_once.patient_id
where chosen_score.phase <> 'preoperative'
group by chosen_score.score_id
having count(*) > 1
