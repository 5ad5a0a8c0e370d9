-- 2_known_score.sql — one row per score on a scale that a measure allows, known on the as-of date.
-- Key: score_id. What of a score the choosing needs, as small values: every later step meets these rows alone,
-- and of no table there are more.
-- value: points of the instrument's own scale. assessed_time is null where none is told.
select
    score.score_id,
    score.patient_id,
    cast(allowed_scale.instrument_number as smallint) as instrument_number,
    cast(allowed_scale.family_number as smallint) as family_number,
    score.value,
    score.assessed_on,
    score.assessed_time,
    score.instrument = 'leg_pain' and score.side is not null as is_one_leg,
    cast(case when score.scale = 'nrs' and score.value <> floor(score.value) then 1 else 0 end as smallint)
        as is_fractional_nrs,
    cast(
        case when score.mode in ('phone', 'interview') or score.respondent = 'interviewer' then 1 else 0 end as smallint
    ) as is_spoken
from score
inner join allowed_scale
    on
        score.instrument = allowed_scale.instrument
        and score.scale = allowed_scale.scale
cross join setting
where
    score.assessed_on <= setting.as_of
    and coalesce(score.recorded_on, score.assessed_on) <= setting.as_of
