-- 3_episode.sql — one row per patient and date with at least one qualifying line.
-- Key: episode_id; also patient_id, index_date. Any fusion line makes it a fusion (RULES §1).
-- Each engine numbers these rows in the order of episode_id, as suits it: the later steps find them with one
-- column more, episode_number, and join by it.
-- earliest_time: of the qualifying lines, null when none carries one. next_index_date: the patient's
-- next episode, null when there is none. birth_date may be null. payer is never null. as_of: the setting's.
with

operation as (
    select
        patient_id,
        index_date,
        max(case when kind = 'fusion' then 1 else 0 end) as has_fusion,
        min(performed_time) as earliest_time,
        -- The line with the smallest id names the surgeon, also when it names none.
        nullif(min_by(coalesce(surgeon_npi, ''), procedure_id), '') as surgeon_npi,
        max(return_to_theatre) as return_to_theatre,
        max(staged) as staged,
        max(surgical_care_only) as surgical_care_only,
        max(two_surgeons) as two_surgeons
    from qualifying_line
    group by patient_id, index_date
),

payer_on_index_date as (
    select
        operation.patient_id,
        operation.index_date,
        -- Another coverage says more than one whose payer is not known.
        min(nullif(coverage.payer, 'unknown')) as payer
    from operation
    inner join coverage on operation.patient_id = coverage.patient_id
    where
        (coverage.starts_on is null or coverage.starts_on <= operation.index_date)
        and (coverage.ends_on is null or coverage.ends_on >= operation.index_date)
    group by operation.patient_id, operation.index_date
)

select
    concat(operation.patient_id, '@', cast(operation.index_date as string)) as episode_id,
    operation.patient_id,
    operation.index_date,
    case when operation.has_fusion = 1 then 'fusion' else 'discectomy' end as kind,
    operation.earliest_time,
    operation.surgeon_npi,
    coalesce(payer_on_index_date.payer, 'unknown') as payer,
    patient.birth_date,
    lead(operation.index_date) over (
        partition by operation.patient_id
        order by operation.index_date asc nulls last
    ) as next_index_date,
    case
        when patient.deceased_on <= setting.as_of then 1
        when patient.deceased_on is null and patient.deceased then 1
        else 0
    end as is_deceased,
    operation.return_to_theatre,
    operation.staged,
    operation.surgical_care_only,
    operation.two_surgeons,
    setting.as_of
from operation
inner join patient on operation.patient_id = patient.patient_id
left join payer_on_index_date
    on
        operation.patient_id = payer_on_index_date.patient_id
        and operation.index_date = payer_on_index_date.index_date
cross join setting
