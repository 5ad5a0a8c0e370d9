-- fhir_questionnaire_response_line.sql — one row per line of QuestionnaireResponse files, in their order.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    r
from resource
