-- omop_coded_concept.sql — one row per concept that stands for a code we know the system of, key concept_id.
-- Columns: system (cpt, hcpcs, snomed, icd10cm), ranking (the smaller counts first), code. A concept of another
-- vocabulary takes what it `Maps to`, the first by ranking and code. Nothing is null.
with

own as (
    select
        omop_concept.concept_id,
        omop_system.system,
        omop_system.ranking,
        omop_concept.concept_code as code
    from omop_concept
    inner join omop_system on omop_concept.vocabulary_id = omop_system.vocabulary_id
    where omop_concept.concept_code is not null
),

mapped as (
    select
        relationship.concept_id_1 as concept_id,
        target.system,
        target.ranking,
        target.code,
        row_number() over (
            partition by relationship.concept_id_1
            order by target.ranking asc nulls last, target.code asc nulls last
        ) as place
    from omop_concept_relationship as relationship
    inner join own as target on relationship.concept_id_2 = target.concept_id
    left join own as itself on relationship.concept_id_1 = itself.concept_id
    where
        relationship.relationship_id = 'Maps to'
        and relationship.invalid_reason is null
        and itself.concept_id is null
)

select
    concept_id,
    system,
    ranking,
    code
from own
union all
select
    concept_id,
    system,
    ranking,
    code
from mapped
where place = 1
