-- 1_qualifying_line.sql — one row per procedure line that starts an episode.
-- Key: procedure_id. A line qualifies by its code, valid on its date, unless a modifier says that it is
-- not the surgeon's procedure, or was discontinued, or management only (RULES §6). Lines dated after
-- the as-of date are not known. performed_time and surgeon_npi may be null; flags are never null.
with

line as (
    select
        procedure.procedure_id,
        procedure.patient_id,
        procedure.performed_on as index_date,
        procedure.performed_time,
        procedure.surgeon_npi,
        concat(' ', upper(procedure.modifiers), ' ') as modifiers,
        qualifying_code.kind
    from procedure
    inner join qualifying_code
        on
            procedure.system = qualifying_code.system
            and procedure.code = qualifying_code.code
            and (qualifying_code.valid_from is null or procedure.performed_on >= qualifying_code.valid_from)
            and (qualifying_code.valid_to is null or procedure.performed_on <= qualifying_code.valid_to)
    cross join setting
    where procedure.performed_on <= setting.as_of
),

-- Only lines that carry a modifier meet the modifier rules: few, so the pattern match stays cheap.
modified as (
    select
        line.procedure_id,
        max(case when modifier_rule.effect = 'flag' then 0 else 1 end) as starts_no_episode,
        max(case when modifier_rule.flag = 'return_to_theatre' then 1 else 0 end) as return_to_theatre,
        max(case when modifier_rule.flag = 'staged' then 1 else 0 end) as staged,
        max(case when modifier_rule.flag = 'surgical_care_only' then 1 else 0 end) as surgical_care_only,
        max(case when modifier_rule.flag = 'two_surgeons' then 1 else 0 end) as two_surgeons
    from line
    inner join modifier_rule
        on line.modifiers like concat('% ', modifier_rule.modifier, ' %')
    where length(line.modifiers) > 2
    group by line.procedure_id
)

select
    line.procedure_id,
    line.patient_id,
    line.index_date,
    line.performed_time,
    line.surgeon_npi,
    line.kind,
    coalesce(modified.return_to_theatre, 0) as return_to_theatre,
    coalesce(modified.staged, 0) as staged,
    coalesce(modified.surgical_care_only, 0) as surgical_care_only,
    coalesce(modified.two_surgeons, 0) as two_surgeons
from line
left join modified on line.procedure_id = modified.procedure_id
where coalesce(modified.starts_no_episode, 0) = 0
