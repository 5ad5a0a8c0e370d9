-- omop_score.sql — raw_score rows: one per row of measurement and of observation that is a score.
-- A row is one by its concept, its source concept or its source value; of the mapping's words that know it the first
-- counts. The unit is the unit concept's UCUM code, else as the source wrote it. A word that says `pain` alone takes
-- the place from the observation's qualifier; a qualifier that is neither back nor leg is pain elsewhere. How it was
-- asked is the type concept's name. The time of day is that of the datetime where it is of the same date.
with

asked as (
    select
        source,
        line,
        record_id,
        person_id,
        measurement_concept_id as concept_id,
        measurement_source_concept_id as source_concept_id,
        measurement_source_value as source_value,
        measurement_date as written_on,
        measurement_datetime as written_at,
        measurement_type_concept_id as type_concept_id,
        operator_concept_id,
        value_as_number as value,
        unit_concept_id,
        unit_source_value,
        cast(null as string) as qualifier_concept_id
    from omop_measurement
    union all
    select
        source,
        line,
        record_id,
        person_id,
        observation_concept_id as concept_id,
        observation_source_concept_id as source_concept_id,
        observation_source_value as source_value,
        observation_date as written_on,
        observation_datetime as written_at,
        observation_type_concept_id as type_concept_id,
        cast(null as string) as operator_concept_id,
        coalesce(value_as_number, value_as_string) as value,
        unit_concept_id,
        unit_source_value,
        qualifier_concept_id
    from omop_observation
),

source_word as (
    select
        source_value,
        min(position) as position
    from omop_score_word
    where source_value is not null
    group by source_value
),

known as (
    select
        asked.*,
        least(
            coalesce(source_word.position, 1000000),
            coalesce(by_source.position, 1000000),
            coalesce(by_concept.position, 1000000)
        ) as position
    from asked
    left join source_word on asked.source_value = source_word.source_value
    left join omop_score_concept as by_source on asked.source_concept_id = by_source.concept_id
    left join omop_score_concept as by_concept on asked.concept_id = by_concept.concept_id
),

described as (
    select
        known.source,
        known.line,
        known.record_id,
        known.person_id,
        known.value,
        known.position,
        word.instrument,
        word.side,
        case
            when substr(known.written_at, 1, 10) = substr(known.written_on, 1, 10) then known.written_at
            else coalesce(known.written_on, known.written_at)
        end as assessed_on,
        case
            when unit.vocabulary_id = 'UCUM' then lower(unit.concept_code)
            else lower(coalesce(known.unit_source_value, ''))
        end as unit,
        coalesce(operator.concept_name in ('<', '<=', '>', '>='), false) as is_bound,
        coalesce(known.qualifier_concept_id <> '0', false) as has_site,
        site.instrument as site_instrument,
        site.side as site_side,
        lower(type_concept.concept_name) as mode
    from known
    inner join omop_score_word as word on known.position = word.position
    left join omop_concept as unit on known.unit_concept_id = unit.concept_id
    left join omop_concept as operator on known.operator_concept_id = operator.concept_id
    left join omop_concept as type_concept
        on known.type_concept_id = type_concept.concept_id and type_concept.concept_id <> '0'
    left join omop_concept as qualifier on known.qualifier_concept_id = qualifier.concept_id
    left join omop_site as site
        on qualifier.vocabulary_id = site.vocabulary_id and qualifier.concept_code = site.code
)

select
    described.source,
    described.line,
    0 as part,
    case when described.is_bound then 'unparsable' end as fault,
    case when described.is_bound then 'the value is a bound, not a value' end as detail,
    described.record_id as score_id,
    person_id.patient_id,
    case
        when described.instrument <> 'pain' then described.instrument
        when not described.has_site then 'pain'
        else coalesce(described.site_instrument, 'pain elsewhere')
    end as instrument,
    coalesce(unit.scale, 'unknown') as scale,
    described.value,
    described.assessed_on,
    case
        when described.side is not null then described.side
        when described.instrument in ('pain', 'leg_pain') then described.site_side
    end as side,
    cast(null as string) as recorded_on,
    cast(null as string) as status,
    cast(null as string) as respondent,
    described.mode,
    cast(null as string) as n_items
from described
left join omop_person_id as person_id on described.person_id = person_id.person_id
left join omop_score_unit as unit on described.position = unit.position and described.unit = unit.unit
