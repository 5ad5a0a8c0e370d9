-- fhir_observation.sql — raw_score rows from the Observations of one file, table `resource_line`.
-- One row per score: the Observation's own value, or one per component the mapping knows (part from 1).
-- An Observation without a value of its own whose components are scores is a panel. The first coding
-- that the mapping knows counts; a coding without a system is known by its code.
with

own as (
    select
        line,
        0 as part,
        r.id as score_id,
        known_position(r.code.coding, known.score_keys, known.score_codes) as position,
        r.valueQuantity as quantity,
        coalesce(r.valueInteger, r.valueDecimal) as plain_value,
        r
    from resource_line
    cross join known
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

known_component as (
    select
        line,
        part,
        r.id || '#' || part as score_id,
        known_position(c.code.coding, known.score_keys, known.score_codes) as position,
        c.valueQuantity as quantity,
        coalesce(c.valueInteger, c.valueDecimal) as plain_value,
        r
    from component
    cross join known
    where known_position(c.code.coding, known.score_keys, known.score_codes) is not null
),

panel as (
    select distinct line
    from known_component
),

found as (
    select
        own.*,
        panel.line is not null as is_panel
    from own
    left join panel on own.line = panel.line
    where
        own.position is not null
        and (panel.line is null or coalesce(own.quantity.value, own.plain_value) is not null)
    union all
    select
        known_component.*,
        true as is_panel
    from known_component
),

sited as (
    select
        found.*,
        known_position(found.r.bodySite.coding, known.site_keys, known.site_codes) as site_position
    from found
    cross join known
)

select
    sited.line,
    -- Once a line gives several records, all of them are numbered.
    case when sited.is_panel then sited.part + 1 else 0 end as part,
    case
        when sited.r.id is null or sited.quantity.comparator is not null then 'unparsable'
    end as fault,
    case
        when sited.r.id is null then 'id is missing'
        when sited.quantity.comparator is not null then 'the value is a bound, not a value'
    end as detail,
    sited.score_id,
    reference_id(sited.r.subject.reference, 'Patient') as patient_id,
    case
        when score_code.instrument <> 'pain' then score_code.instrument
        when sited.r.bodySite is null then 'pain'
        -- A place that is neither back nor leg stays one, whatever the site says of pain without a place.
        else coalesce(body_site.instrument, 'pain elsewhere')
    end as instrument,
    coalesce(score_code_unit.scale, 'unknown') as scale,
    coalesce(sited.quantity.value, sited.plain_value) as value,
    coalesce(sited.r.effectiveDateTime, sited.r.effectivePeriod.start, sited.r.effectiveInstant) as assessed_on,
    case when score_code.instrument in ('pain', 'leg_pain') then body_site.side end as side,
    sited.r.issued as recorded_on,
    sited.r.status,
    case
        when sited.r.performer is null then null
        when len(list_filter(sited.r.performer, lambda p: p.reference like '%RelatedPerson/%')) > 0 then 'proxy'
        when len(list_filter(sited.r.performer, lambda p: p.reference like '%Patient/%')) > 0 then 'self'
    end as respondent,
    lower(coalesce(sited.r.method.coding[1].code, sited.r.method.text)) as mode,
    cast(null as varchar) as n_items
from sited
inner join score_code on sited.position = score_code.position
left join score_code_unit
    on
        score_code.position = score_code_unit.position
        and lower(coalesce(sited.quantity.code, sited.quantity.unit, '')) = score_code_unit.unit
left join body_site on sited.site_position = body_site.position
