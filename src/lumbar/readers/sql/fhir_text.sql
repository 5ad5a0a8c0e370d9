-- fhir_text.sql — one row per line read as text, `line`, taken apart into the shape of its resource type.
select
    source,
    json is null or not starts_with(json, '{') as is_broken,
    json_transform(json, $shape) as r
from line
