-- omop_score_concept.sql — one row per concept that the mapping's score words know, key concept_id.
-- Columns: position (of the word, the smaller counts first). A concept is known by its own vocabulary and code, or by
-- those of what it `Maps to`. Nothing is null.
with

own as (
    select
        omop_concept.concept_id,
        min(omop_score_word.position) as position
    from omop_concept
    inner join omop_score_word
        on
            omop_concept.vocabulary_id = omop_score_word.vocabulary_id
            and omop_concept.concept_code = omop_score_word.code
    group by omop_concept.concept_id
),

known as (
    select
        concept_id,
        position
    from own
    union all
    select
        relationship.concept_id_1 as concept_id,
        own.position
    from omop_concept_relationship as relationship
    inner join own on relationship.concept_id_2 = own.concept_id
    where
        relationship.relationship_id = 'Maps to'
        and relationship.invalid_reason is null
)

select
    concept_id,
    min(position) as position
from known
group by concept_id
