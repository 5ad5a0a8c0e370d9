-- 12_rate_count.sql — one row per measure and stratum, also a stratum of nobody: counts of rows of `outcome`.
-- Key: measure_id, stratum. Only rows in the measure are counted; the excluded stand beside them (RULES §7).
-- Counts are never null. change_sum: where both scores are asked for, the sum of the improvements of the met,
-- in ten-thousandths of a point: whole numbers, so that the average is exact on every engine; else null.
with

own as (
    select
        stratum.measure_id,
        stratum.stratum,
        stratum.wants_both_scores,
        outcome.status,
        outcome.improvement,
        outcome.in_measure,
        outcome.not_in_measure_because
    from stratum
    inner join outcome
        on
            stratum.measure_id = outcome.measure_id
            and stratum.timepoint = outcome.timepoint
            and stratum.kind = outcome.kind
)

select
    stratum.measure_id,
    stratum.stratum,
    stratum.position,
    stratum.submitted_alone,
    count(case when own.in_measure then 1 end) as eligible,
    count(case when own.in_measure and own.status = 'met' then 1 end) as met,
    count(case when own.in_measure and own.status in ('not_met', 'not_assessed') then 1 end) as not_met,
    count(case when own.in_measure and own.status = 'not_assessed' then 1 end) as not_assessed,
    count(case when own.not_in_measure_because = 'excluded' then 1 end) as excluded,
    count(case when own.in_measure and own.status = 'open' then 1 end) as open,
    count(case when own.in_measure and own.status = 'upcoming' then 1 end) as upcoming,
    sum(
        case
            when own.in_measure and own.status = 'met' and own.wants_both_scores
                then cast(own.improvement * 10000 as bigint)
        end
    ) as change_sum
from stratum
left join own
    on
        stratum.measure_id = own.measure_id
        and stratum.stratum = own.stratum
group by stratum.measure_id, stratum.stratum, stratum.position, stratum.submitted_alone
order by stratum.position asc nulls last
