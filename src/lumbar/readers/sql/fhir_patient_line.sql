-- fhir_patient_line.sql — one row per line of Patient files, in their order, with what a contact needs.
select
    source,
    is_broken,
    r.resourceType as resource_type,
    text_of(r.id) as patient_id,
    r.birthDate as birth_date,
    r.gender as sex,
    r.deceasedDateTime as deceased_on,
    r.deceasedBoolean as deceased,
    coalesce(
        list_filter(r.communication, lambda c: c.preferred = 'true')[1].language.coding[1].code,
        r.communication[1].language.coding[1].code
    ) as language,
    list_filter(
        list_filter(r.extension, lambda e: e.url like '%us-core-race')[1].extension, lambda e: e.url = 'text'
    )[1].valueString as race,
    list_filter(
        list_filter(r.extension, lambda e: e.url like '%us-core-ethnicity')[1].extension, lambda e: e.url = 'text'
    )[1].valueString as ethnicity,
    coalesce(
        text_of(r.name[1].text),
        nullif(trim(concat_ws(' ', array_to_string(r.name[1].given, ' '), r.name[1].family)), '')
    ) as name,
    list_filter(
        r.identifier,
        lambda i: len(list_filter(i.type.coding, lambda c: list_contains(getvariable('mrn_types'), c.code))) > 0
    )[1].value as mrn,
    list_filter(r.telecom, lambda t: t.system in ('phone', 'sms'))[1].value as phone,
    list_filter(r.telecom, lambda t: t.system = 'email')[1].value as email
from resource
