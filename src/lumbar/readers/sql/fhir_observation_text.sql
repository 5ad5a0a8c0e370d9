-- fhir_observation_text.sql — one row per line of Observation files read as text, `line`. Taken apart is only
-- a line that may hold a score: most Observations of an export are of no concern, and searching a line for
-- the codes costs less. A code, or the name of a key, could be written with escapes: such lines are looked at.
with

searched as (
    select
        source,
        json,
        json is null or not starts_with(json, '{') as is_broken,
        coalesce(
            starts_with(json, '{"resourceType":"Observation"') or starts_with(json, '{"resourceType": "Observation"'),
            false
        ) as is_surely_one
    from line
),

found as (
    select
        *,
        case when is_surely_one then 'Observation' else json_extract_string(json, '$.resourceType') end
            as resource_type,
        not is_broken and (not is_surely_one or names_a_score(json) or contains(json, '\u')) as is_of_concern
    from searched
)

select
    source,
    is_broken,
    resource_type,
    is_of_concern,
    cast(strlen(json) as integer) as n_bytes,
    case when is_of_concern then json_transform(json, $shape) end as r
from found
