-- omop_coverage.sql — raw_coverage rows: one per row of payer_plan_period.
-- The payer's name is as the source wrote it where that holds a letter, else the name of the payer's concept, else the
-- plan's in the same order. A date that stands for "not known" is null.
select
    period.source,
    period.line,
    0 as part,
    cast(null as string) as fault,
    cast(null as string) as detail,
    person_id.patient_id,
    coalesce(
        case
            when lower(period.payer_source_value) <> upper(period.payer_source_value) then period.payer_source_value
        end,
        payer.concept_name,
        payer_source.concept_name,
        case when lower(period.plan_source_value) <> upper(period.plan_source_value) then period.plan_source_value end,
        plan.concept_name,
        period.payer_source_value
    ) as payer,
    case when unknown_start.written is null then period.payer_plan_period_start_date end as starts_on,
    case when unknown_end.written is null then period.payer_plan_period_end_date end as ends_on,
    cast(null as string) as member_id,
    cast(null as string) as status
from omop_payer_plan_period as period
left join omop_person_id as person_id on period.person_id = person_id.person_id
left join omop_unknown_date as unknown_start
    on substr(period.payer_plan_period_start_date, 1, 10) = unknown_start.written
left join omop_unknown_date as unknown_end on substr(period.payer_plan_period_end_date, 1, 10) = unknown_end.written
left join omop_concept as payer on period.payer_concept_id = payer.concept_id and payer.concept_id <> '0'
left join omop_concept as payer_source
    on period.payer_source_concept_id = payer_source.concept_id and payer_source.concept_id <> '0'
left join omop_concept as plan on period.plan_concept_id = plan.concept_id and plan.concept_id <> '0'
