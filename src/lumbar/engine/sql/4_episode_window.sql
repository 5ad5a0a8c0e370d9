-- 4_episode_window.sql — one row per episode and phase: preoperative, three_month, one_year.
-- Key: episode_number, phase_number. Both ends count (RULES §2). Months are calendar months added once
-- to the index date; add_months turns a day that does not exist into the last day of its month.
-- nearest_to: the date policy `nearest` measures from; the index date itself for the preoperative phase.
select
    episode.episode_number,
    episode.patient_id,
    episode.index_date,
    episode.earliest_time,
    phase.phase_number,
    phase.is_preoperative,
    date_add(add_months(episode.index_date, phase.opens_months), phase.opens_days) as opens_on,
    date_add(add_months(episode.index_date, phase.closes_months), phase.closes_days) as closes_on,
    date_add(add_months(episode.index_date, phase.nearest_months), phase.nearest_days) as nearest_to
from episode
cross join phase
