-- omop_procedure.sql — raw_procedure rows: one per row of procedure_occurrence but those with a quality-data code.
-- Of the concepts of a row, its own and that of its source, the one in the first code system counts (cpt, hcpcs,
-- snomed), the source's when both are in one. A row in no known system is mapped as written. The time of day is that
-- of procedure_datetime where it is of the same date. Modifiers are the concept's code and the source's words,
-- which come with a space between them.
with

coded as (
    select
        done.source,
        done.line,
        done.record_id,
        done.person_id,
        done.provider_id,
        done.visit_occurrence_id,
        case
            when substr(done.procedure_datetime, 1, 10) = substr(done.procedure_date, 1, 10)
                then done.procedure_datetime
            else coalesce(done.procedure_date, done.procedure_datetime)
        end as performed_on,
        case
            when coalesce(standard.ranking, 9) < coalesce(source_concept.ranking, 9) then standard.system
            else source_concept.system
        end as system,
        case
            when coalesce(standard.ranking, 9) < coalesce(source_concept.ranking, 9) then standard.code
            else source_concept.code
        end as code,
        case
            when done.procedure_source_concept_id <> '0' then done.procedure_source_concept_id
        end as written_concept_id,
        case when done.procedure_concept_id <> '0' then done.procedure_concept_id end as standard_concept_id,
        done.procedure_source_value,
        case when done.modifier_concept_id <> '0' then done.modifier_concept_id end as modifier_concept_id,
        done.modifier_source_value as modifiers
    from omop_procedure_occurrence as done
    left join omop_coded_concept as standard on done.procedure_concept_id = standard.concept_id
    left join omop_coded_concept as source_concept on done.procedure_source_concept_id = source_concept.concept_id
)

select
    coded.source,
    coded.line,
    0 as part,
    cast(null as string) as fault,
    cast(null as string) as detail,
    coded.record_id as procedure_id,
    person_id.patient_id,
    coded.performed_on,
    coalesce(coded.system, written.vocabulary_id, standard.vocabulary_id) as system,
    case
        when coded.system is not null then coded.code
        else coalesce(written.concept_code, standard.concept_code, coded.procedure_source_value)
    end as code,
    case
        when modifier.concept_code is null then coded.modifiers
        when coded.modifiers is null then modifier.concept_code
        when ' ' || upper(coded.modifiers) || ' ' like '% ' || upper(modifier.concept_code) || ' %' then coded.modifiers
        else modifier.concept_code || ' ' || coded.modifiers
    end as modifiers,
    provider.npi as surgeon_npi,
    care_site.care_site_name as facility,
    cast(null as string) as status
from coded
left join omop_person_id as person_id on coded.person_id = person_id.person_id
left join omop_concept as written on coded.written_concept_id = written.concept_id
left join omop_concept as standard on coded.standard_concept_id = standard.concept_id
left join omop_concept as modifier on coded.modifier_concept_id = modifier.concept_id
left join omop_provider as provider on coded.provider_id = provider.provider_id
left join omop_visit_occurrence as visit on coded.visit_occurrence_id = visit.visit_occurrence_id
left join omop_care_site as care_site on visit.care_site_id = care_site.care_site_id
where not coalesce(coded.system = 'hcpcs' and substr(upper(coded.code), 1, 1) in ('G', 'M'), false)
