-- omop_reported_code.sql — raw_reported_code rows: one per row of procedure_occurrence, measurement or observation
-- whose concept, or source concept, is a HCPCS code of the letters quality-data codes have (G, M).
-- A row of measurement or observation that is a score by the mapping's words is none.
with

line as (
    select
        source,
        line,
        person_id,
        procedure_concept_id as concept_id,
        procedure_source_concept_id as source_concept_id,
        cast(null as string) as source_value,
        coalesce(procedure_date, procedure_datetime) as reported_on,
        true as is_procedure
    from omop_procedure_occurrence
    union all
    select
        source,
        line,
        person_id,
        measurement_concept_id as concept_id,
        measurement_source_concept_id as source_concept_id,
        measurement_source_value as source_value,
        coalesce(measurement_date, measurement_datetime) as reported_on,
        false as is_procedure
    from omop_measurement
    union all
    select
        source,
        line,
        person_id,
        observation_concept_id as concept_id,
        observation_source_concept_id as source_concept_id,
        observation_source_value as source_value,
        coalesce(observation_date, observation_datetime) as reported_on,
        false as is_procedure
    from omop_observation
),

source_word as (
    select distinct source_value
    from omop_score_word
    where source_value is not null
),

coded as (
    select
        line.source,
        line.line,
        line.person_id,
        line.reported_on,
        case
            when coalesce(standard.ranking, 9) < coalesce(source_concept.ranking, 9) then standard.system
            else source_concept.system
        end as system,
        case
            when coalesce(standard.ranking, 9) < coalesce(source_concept.ranking, 9) then standard.code
            else source_concept.code
        end as code
    from line
    left join omop_coded_concept as standard on line.concept_id = standard.concept_id
    left join omop_coded_concept as source_concept on line.source_concept_id = source_concept.concept_id
    left join omop_score_concept as by_concept on line.concept_id = by_concept.concept_id
    left join omop_score_concept as by_source on line.source_concept_id = by_source.concept_id
    left join source_word on line.source_value = source_word.source_value
    where
        line.is_procedure
        or (by_concept.position is null and by_source.position is null and source_word.source_value is null)
)

select
    coded.source,
    coded.line,
    0 as part,
    cast(null as string) as fault,
    cast(null as string) as detail,
    person_id.patient_id,
    coded.code,
    coded.reported_on
from coded
left join omop_person_id as person_id on coded.person_id = person_id.person_id
where coded.system = 'hcpcs' and substr(upper(coded.code), 1, 1) in ('G', 'M')
