-- omop_patient.sql — raw_patient rows: one per row of person.
-- The birth date is what year, month and day say: a birth_datetime beside a missing month or day was made up to fill
-- the column. Words of sex, race and ethnicity are the concepts' names, else the source's. A death on a date that
-- stands for "not known" is a death all the same; of several deaths of a person the earliest full date counts.
with

dated as (
    select
        omop_death.person_id,
        case
            when unknown.written is null then coalesce(omop_death.death_date, omop_death.death_datetime)
        end as written
    from omop_death
    left join omop_unknown_date as unknown
        on substr(coalesce(omop_death.death_date, omop_death.death_datetime), 1, 10) = unknown.written
),

death as (
    select
        person_id,
        coalesce(min(case when length(written) >= 10 then written end), min(written)) as deceased_on
    from dated
    group by person_id
)

select
    person.source,
    person.line,
    0 as part,
    case when person_id.n_patients > 1 then 'conflicting_id' end as fault,
    cast(null as string) as detail,
    person.record_id as patient_id,
    case
        when person.year_of_birth is null then substr(person.birth_datetime, 1, 10)
        when coalesce(person.month_of_birth, '0') in ('0', '00') then person.year_of_birth
        when coalesce(person.day_of_birth, '0') in ('0', '00')
            then person.year_of_birth || '-' || lpad(person.month_of_birth, 2, '0')
        else
            person.year_of_birth
            || '-' || lpad(person.month_of_birth, 2, '0')
            || '-' || lpad(person.day_of_birth, 2, '0')
    end as birth_date,
    lower(coalesce(gender.concept_name, person.gender_source_value)) as sex,
    death.deceased_on,
    case when death.person_id is not null then 'true' end as deceased,
    cast(null as string) as language,
    coalesce(race.concept_name, person.race_source_value) as race,
    coalesce(ethnicity.concept_name, person.ethnicity_source_value) as ethnicity,
    cast(null as string) as name,
    cast(null as string) as mrn,
    cast(null as string) as phone,
    cast(null as string) as email
from omop_person as person
left join omop_person_id as person_id on person.person_id = person_id.person_id
left join death on person.person_id = death.person_id
left join omop_concept as gender on person.gender_concept_id = gender.concept_id and gender.concept_id <> '0'
left join omop_concept as race on person.race_concept_id = race.concept_id and race.concept_id <> '0'
left join omop_concept as ethnicity
    on person.ethnicity_concept_id = ethnicity.concept_id and ethnicity.concept_id <> '0'
