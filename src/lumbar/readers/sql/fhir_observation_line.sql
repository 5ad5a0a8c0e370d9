-- fhir_observation_line.sql — one row per line of Observation files read as text, `line`, in their order. The
-- text is kept of a line that may hold a score: most Observations of an export are of no concern, and to search
-- a line for the codes costs less than to take it apart. A code, or the name of a key, could be written with
-- escapes: such lines are looked at.
with

searched as (
    select
        source,
        json,
        json is null or not starts_with(json, '{') as is_broken,
        starts_with(json, '{"resourceType":"Observation"') or starts_with(json, '{"resourceType": "Observation"')
            as is_surely_one,
        names_a_score(json) or contains(json, '\u') as may_hold_a_score
    from line
)

select
    source,
    is_broken,
    case when is_surely_one then 'Observation' else json_extract_string(json, '$.resourceType') end as resource_type,
    case when may_hold_a_score or not is_surely_one then json end as json
from searched
