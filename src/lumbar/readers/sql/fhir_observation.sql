-- fhir_observation.sql — raw_score rows from the Observations of a batch of files, view `resource_line`.
-- One row per score: the Observation's own value, or one per component the mapping knows (part from 1).
-- An Observation without a value of its own whose components are scores is a panel. The first coding
-- that the mapping knows counts; a coding without a system is known by its code.
-- Plain columns, not the resource, go through the joins: a struct is copied part by part at each.
with

told as (
    select
        place,
        source,
        line,
        text_of(r.id) as id,
        r.status,
        r.valueQuantity as quantity,
        coalesce(r.valueInteger, r.valueDecimal) as plain_value,
        r.component as components,
        r.subject.reference as subject,
        coalesce(r.effectiveDateTime, r.effectivePeriod.start, r.effectiveInstant) as assessed_on,
        r.issued as recorded_on,
        r.bodySite is not null as has_site,
        score_position(r.code.coding) as own_position,
        site_position(r.bodySite.coding) as site_position,
        case
            when r.performer is null then null
            when len(list_filter(r.performer, lambda p: contains(p.reference, 'RelatedPerson/'))) > 0 then 'proxy'
            when len(list_filter(r.performer, lambda p: contains(p.reference, 'Patient/'))) > 0 then 'self'
        end as respondent,
        lower(coalesce(r.method.coding[1].code, r.method.text)) as mode
    from resource_line
),

component as (
    select
        told.* exclude (own_position, quantity, plain_value, components),
        generate_subscripts(told.components, 1) as part,
        unnest(told.components) as c
    from told
    where len(told.components) > 0
),

found_component as (
    select
        component.* exclude (id, c),
        component.id || '#' || component.part as score_id,
        score_position(component.c.code.coding) as position,
        coalesce(component.c.valueQuantity.value, component.c.valueInteger, component.c.valueDecimal) as value,
        component.c.valueQuantity.comparator,
        lower(coalesce(component.c.valueQuantity.code, component.c.valueQuantity.unit, '')) as unit,
        true as is_panel
    from component
    where score_position(component.c.code.coding) is not null
),

own as (
    select
        told.* exclude (id, quantity, plain_value, components),
        0 as part,
        told.id as score_id,
        told.quantity.comparator,
        coalesce(told.quantity.value, told.plain_value) as value,
        lower(coalesce(told.quantity.code, told.quantity.unit, '')) as unit,
        told.place in (select found_component.place from found_component) as is_panel
    from told
),

found as (
    select
        own.* exclude (own_position),
        case when not own.is_panel or own.value is not null then own.own_position end as position
    from own
    union all by name
    from found_component
)

select
    found.source,
    found.line,
    -- Once a line gives several records, all of them are numbered.
    case when found.is_panel then found.part + 1 else 0 end as part,
    case
        when found.score_id is null or found.comparator is not null then 'unparsable'
    end as fault,
    case
        when found.score_id is null then 'id is missing'
        when found.comparator is not null then 'the value is a bound, not a value'
    end as detail,
    found.score_id,
    reference_id(found.subject, 'Patient') as patient_id,
    case
        when score_code.instrument <> 'pain' then score_code.instrument
        when not found.has_site then 'pain'
        -- A place that is neither back nor leg stays one, whatever the site says of pain without a place.
        else coalesce(body_site.instrument, 'pain elsewhere')
    end as instrument,
    coalesce(score_code_unit.scale, 'unknown') as scale,
    found.value,
    found.assessed_on,
    case when score_code.instrument in ('pain', 'leg_pain') then body_site.side end as side,
    found.recorded_on,
    found.status,
    found.respondent,
    found.mode,
    cast(null as varchar) as n_items
from found
inner join score_code on found.position = score_code.position
left join score_code_unit
    on
        score_code.position = score_code_unit.position
        and found.unit = score_code_unit.unit
left join body_site on found.site_position = body_site.position
