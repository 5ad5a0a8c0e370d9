-- fhir_questionnaire_response_line.sql — one row per line of a QuestionnaireResponse file, in its order.
select
    is_broken,
    r.resourceType as resource_type,
    r
from resource
