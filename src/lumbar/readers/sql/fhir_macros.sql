-- fhir_macros.sql — references, and the lists of the site mapping (variables) looked up.
-- The id in a reference to a resource of a type; null when it is none. Plain references are most of them.
create or replace macro id_in(reference, kind) as
    case
        when starts_with(reference, concat(kind, '/')) and not contains(substr(reference, length(kind) + 2), '/')
            then nullif(substr(reference, length(kind) + 2), '')
        when split_part(reference, '/', 1) = kind and split_part(reference, '/', 3) = ''
            then nullif(split_part(reference, '/', 2), '')
        when starts_with(reference, 'urn:uuid:') then nullif(substr(reference, 10), '')
        else
            nullif(
                regexp_extract(reference, concat('(?:^|/)', kind, '/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$'), 1),
                ''
            )
    end;

create or replace macro reference_id(reference, kind) as id_in(text_of(reference), kind);

-- The place in the mapping of the first coding it knows. A coding without a system is known by its code.
-- Most things have one coding, with its system: no list is built for those.
create or replace macro known_position(codings, keys, codes) as
    case
        when len(codings) = 1 and codings[1].system is not null
            then nullif(list_position(keys, concat(codings[1].system, '|', codings[1].code)), 0)
        else
            list_min(list_transform(codings, lambda c: nullif(
                case
                    when c.system is null then list_position(codes, c.code)
                    else list_position(keys, concat(c.system, '|', c.code))
                end, 0
            )))
    end;

create or replace macro score_position(codings) as
    known_position(codings, getvariable('score_keys'), getvariable('score_codes'));

create or replace macro site_position(codings) as
    known_position(codings, getvariable('site_keys'), getvariable('site_codes'));

-- The rank of a code system among those the mapping names, the preferred first, and its name.
create or replace macro system_rank(url) as nullif(list_position(getvariable('system_urls'), text_of(url)), 0);

create or replace macro system_name(url) as getvariable('system_names')[system_rank(url)];

-- The National Provider Identifier among the identifiers of a practitioner.
create or replace macro npi_of(identifiers) as
    list_filter(identifiers, lambda i: list_contains(getvariable('npi_systems'), trim(i.system)))[1].value;

-- A day of a claim: claims know no time of day, but some write midnight, in universal time, behind it.
create or replace macro claim_day(x) as
    case
        when substr(text_of(x), 11) in ('T00:00:00Z', 'T00:00:00+00:00', 'T00:00:00.000Z', 'T00:00:00.000+00:00')
            then substr(text_of(x), 1, 10)
        else text_of(x)
    end;

-- The codings of a concept that is kept as text; null where they are no list.
create or replace macro codings_in(concept) as
    case
        when json_valid(concept)
            then json_transform(json_extract(concept, '$.coding'), '[{"system":"VARCHAR","code":"VARCHAR"}]')
    end;

-- What was done, of the codings of a claim's line: the first of those in the first kind of code system, else the
-- first as written.
create or replace macro service_of(codings) as
    coalesce(
        list_filter(
            codings,
            lambda c: system_rank(c.system) = list_min(list_transform(codings, lambda d: system_rank(d.system)))
        )[1],
        codings[1]
    );

-- Level I of HCPCS is CPT, and claims name one system for both: five digits, or four and a letter, are CPT.
create or replace macro service_system(service) as
    case
        when system_name(service.system) = 'hcpcs' and regexp_full_match(text_of(service.code), '\d{4}[0-9A-Za-z]')
            then 'cpt'
        else coalesce(system_name(service.system), service.system)
    end;
