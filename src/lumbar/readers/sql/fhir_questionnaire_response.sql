-- fhir_questionnaire_response.sql — raw_score rows from the QuestionnaireResponses of a batch of files.
-- One row per score item answered, and one per form of ten ODI sections, through the site mapping.
-- Items may lie in groups to a depth of three. Two boxes marked in one ODI section: the higher.
with

response as (
    select
        place,
        source,
        line,
        r,
        split_part(r.questionnaire, '|', 1) as url
    from resource_line
),

outer_item as (
    select
        place,
        unnest(r.item) as item
    from response
),

middle_item as (
    select
        place,
        unnest(item.item) as item
    from outer_item
),

inner_item as (
    select
        place,
        unnest(item.item) as item
    from middle_item
),

answered as (
    select
        place,
        link_id,
        coalesce(
            answer.valueInteger,
            answer.valueDecimal,
            answer.valueQuantity.value,
            answer.valueCoding.code,
            answer.valueString
        ) as given
    from (
        select
            place,
            item.linkId as link_id,
            unnest(item.answer) as answer
        from outer_item
        union all
        select
            place,
            item.linkId as link_id,
            unnest(item.answer) as answer
        from middle_item
        union all
        select
            place,
            item.linkId as link_id,
            unnest(item.answer) as answer
        from inner_item
    ) as every_item
),

score_item as (
    select
        response.place,
        questionnaire_score.position,
        questionnaire_score.instrument,
        questionnaire_score.scale,
        questionnaire_score.side,
        answered.given as value,
        cast(null as integer) as n_items
    from response
    inner join questionnaire_score on response.url = questionnaire_score.url
    left join answered
        on
            response.place = answered.place
            and questionnaire_score.link_id = answered.link_id
),

section as (
    select
        response.place,
        odi_section.link_id,
        max(coalesce(odi_answer.points, whole_number(answered.given))) as points,
        max(case
            when
                answered.given is not null and odi_answer.points is null
                and coalesce(whole_number(answered.given), -1) not between 0 and 5 then 1
            else 0
        end) as is_unreadable
    from response
    inner join odi_section on response.url = odi_section.url
    left join answered
        on
            response.place = answered.place
            and odi_section.link_id = answered.link_id
    left join odi_answer
        on
            response.url = odi_answer.url
            and answered.given = odi_answer.given
    group by response.place, odi_section.link_id
),

odi as (
    select
        place,
        0 as position,
        'odi' as instrument,
        'percent' as scale,
        cast(null as varchar) as side,
        case
            when max(is_unreadable) = 1 then 'an ODI section has no answer of 0 to 5'
            when count(points) > 0
                then cast(cast(100 * sum(points) as decimal(18, 12)) / (5 * count(points)) as varchar)
        end as value,
        cast(count(points) as integer) as n_items
    from section
    group by place
),

found as (
    from score_item
    union all
    from odi
),

numbered as (
    select
        found.*,
        row_number() over (partition by place order by position asc, instrument asc, value asc) as n,
        count(*) over (partition by place) as n_of_line
    from found
)

select
    response.source,
    response.line,
    case when n_of_line = 1 then 0 else n end as part,
    case when text_of(response.r.id) is null then 'unparsable' end as fault,
    case when text_of(response.r.id) is null then 'id is missing' end as detail,
    case when n_of_line = 1 then text_of(response.r.id) else text_of(response.r.id) || '#' || n end as score_id,
    reference_id(coalesce(text_of(response.r.subject.reference), response.r.source.reference), 'Patient') as patient_id,
    instrument,
    scale,
    value,
    response.r.authored as assessed_on,
    side,
    cast(null as varchar) as recorded_on,
    case trim(response.r.status)
        when 'completed' then 'final'
        when 'amended' then 'amended'
        else 'not final: ' || response.r.status
    end
        as status,
    case
        when response.r.source.reference like '%RelatedPerson/%' then 'proxy'
        when response.r.source.reference like '%Patient/%' then 'self'
    end as respondent,
    cast(null as varchar) as mode,
    cast(n_items as varchar) as n_items
from numbered
inner join response on numbered.place = response.place
