-- fhir_observation.sql — raw_score rows from the Observations of one file, table `resource_line`.
-- One row per score: the Observation's own value, or one per component the mapping knows (part from 1).
-- An Observation without a value of its own whose components are scores is a panel.
with

own as (
    select
        line,
        0 as part,
        r.id as score_id,
        r.code.coding,
        r.valueQuantity as quantity,
        coalesce(r.valueInteger, r.valueDecimal) as plain_value,
        r
    from resource_line
    where r.resourceType = 'Observation'
),

component as (
    select
        line,
        generate_subscripts(r.component, 1) as part,
        unnest(r.component) as c,
        r
    from resource_line
    where r.resourceType = 'Observation' and len(r.component) > 0
),

part_of_line as (
    from own
    union all
    select
        line,
        part,
        concat(r.id, '#', part) as score_id,
        c.code.coding,
        c.valueQuantity as quantity,
        coalesce(c.valueInteger, c.valueDecimal) as plain_value,
        r
    from component
),

coded as (
    select
        part_of_line.line,
        part_of_line.part,
        min(score_code.position) as position
    from (
        select
            line,
            part,
            unnest(coding) as one
        from part_of_line
    ) as part_of_line
    inner join score_code
        on
            part_of_line.one.code = score_code.code
            and coalesce(part_of_line.one.system, score_code.system) = score_code.system
    group by part_of_line.line, part_of_line.part
),

sited as (
    select
        site_of_line.line,
        min_by(body_site.instrument, body_site.position) as instrument,
        min_by(coalesce(body_site.side, ''), body_site.position) as side
    from (
        select
            line,
            unnest(r.bodySite.coding) as one
        from own
    ) as site_of_line
    inner join body_site
        on
            site_of_line.one.code = body_site.code
            and coalesce(site_of_line.one.system, body_site.system) = body_site.system
    group by site_of_line.line
),

panel as (
    select distinct line
    from coded
    where part > 0
),

method as (
    select
        line,
        lower(coalesce(r.method.coding[1].code, r.method.text)) as mode
    from own
)

select
    part_of_line.line,
    -- Once a line gives several records, all of them are numbered.
    case when panel.line is null then 0 else part_of_line.part + 1 end as part,
    case
        when part_of_line.r.id is null or part_of_line.quantity.comparator is not null then 'unparsable'
    end as fault,
    case
        when part_of_line.r.id is null then 'id is missing'
        when part_of_line.quantity.comparator is not null then 'the value is a bound, not a value'
    end as detail,
    part_of_line.score_id,
    reference_id(part_of_line.r.subject.reference, 'Patient') as patient_id,
    case when score_code.instrument = 'pain' then coalesce(sited.instrument, 'pain') else score_code.instrument end
        as instrument,
    coalesce(score_code_unit.scale, 'unknown') as scale,
    coalesce(part_of_line.quantity.value, part_of_line.plain_value) as value,
    coalesce(part_of_line.r.effectiveDateTime, part_of_line.r.effectivePeriod.start, part_of_line.r.effectiveInstant)
        as assessed_on,
    case when score_code.instrument in ('pain', 'leg_pain') then nullif(sited.side, '') end as side,
    part_of_line.r.issued as recorded_on,
    part_of_line.r.status,
    case
        when len(list_filter(part_of_line.r.performer, lambda p: p.reference like '%RelatedPerson/%')) > 0 then 'proxy'
        when len(list_filter(part_of_line.r.performer, lambda p: p.reference like '%Patient/%')) > 0 then 'self'
    end as respondent,
    method.mode,
    cast(null as varchar) as n_items
from part_of_line
inner join coded
    on
        part_of_line.line = coded.line
        and part_of_line.part = coded.part
inner join score_code on coded.position = score_code.position
left join score_code_unit
    on
        score_code.position = score_code_unit.position
        and lower(coalesce(part_of_line.quantity.code, part_of_line.quantity.unit, '')) = score_code_unit.unit
left join sited on part_of_line.line = sited.line
left join panel on part_of_line.line = panel.line
left join method on part_of_line.line = method.line
where
    part_of_line.part > 0
    or panel.line is null
    or coalesce(part_of_line.quantity.value, part_of_line.plain_value) is not null
