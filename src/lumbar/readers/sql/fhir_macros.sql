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
create or replace macro system_rank(url) as nullif(list_position(getvariable('system_urls'), rtrim(text_of(url), '/')), 0);

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

-- The code system of a coding of a claim. Level I of HCPCS is CPT, and claims name one system for both, either for the
-- other, or none: five digits, or four and a letter, are CPT; a letter and four digits are level II.
create or replace macro service_system(service) as
    case
        when system_name(service.system) in ('cpt', 'hcpcs') or text_of(service.system) is null
            then
                case
                    when regexp_full_match(text_of(service.code), '\d{4}[0-9A-Za-z]') then 'cpt'
                    when regexp_full_match(text_of(service.code), '[A-Za-z]\d{4}') then 'hcpcs'
                    else system_name(service.system)
                end
        else coalesce(system_name(service.system), service.system)
    end;

-- How soon a coding is taken: the kinds of code system in the order of the mapping, told by the code's form.
create or replace macro service_rank(service) as
    nullif(list_position(getvariable('system_names'), service_system(service)), 0);

-- What was done, of the codings of a claim's line: the first of those in the first kind of code system, else the
-- first as written.
create or replace macro service_of(codings) as
    coalesce(
        list_filter(
            codings,
            lambda c: service_rank(c) = list_min(list_transform(codings, lambda d: service_rank(d)))
        )[1],
        codings[1]
    );

-- The modifiers of a claim's line, kept as text: every code of each, or its text where it has no code.
create or replace macro modifiers_in(modifier) as
    array_to_string(
        flatten(list_transform(
            case
                when json_valid(modifier)
                    then json_transform(modifier, '[{"coding":[{"code":"VARCHAR"}],"text":"VARCHAR"}]')
            end,
            lambda m: case
                when len(list_filter(m.coding, lambda c: text_of(c.code) is not null)) > 0
                    then list_transform(m.coding, lambda c: text_of(c.code))
                else [text_of(m.text)]
            end
        )),
        ' '
    );

-- Whether the modifiers of a line, or the codings of one of them, are no list.
create or replace macro has_bad_modifier(modifier) as
    json_valid(modifier) and (
        json_type(modifier) not in ('ARRAY', 'NULL')
        or len(list_filter(
            json_type(modifier, '$[*].coding'), lambda t: t not in ('ARRAY', 'NULL')
        )) > 0
    );

-- The day all of a claim was done: that of its period, where it is one day; else null.
create or replace macro day_of_period(period) as
    case
        when full_date(period.start) = full_date(period.end) then cast(full_date(period.start) as varchar)
    end;

-- The day a line of a claim says it was done, or all of the claim was. A line that only says when it ended, or that
-- says nothing and is part of a claim of several days, has none.
create or replace macro service_day(item, day_of_claim) as
    case
        when text_of(item.servicedDate) is not null then claim_day(item.servicedDate)
        when text_of(item.servicedPeriod.start) is not null then claim_day(item.servicedPeriod.start)
        when text_of(item.servicedPeriod.end) is null then day_of_claim
    end;

-- What the parts of a claim are called: by their sequence; where one has none, or two have one, all by their place.
create or replace macro names_in_order(parts) as
    case
        when len(list_distinct(list_transform(parts, lambda p: text_of(p.sequence)))) = len(parts)
            then list_transform(parts, lambda p: text_of(p.sequence))
        else list_transform(range(1, len(parts) + 1), lambda n: cast(n as varchar))
    end;

create or replace macro claim_service(called, item, members, served_on) as
    {
        'name': called,
        'productOrService': item.productOrService,
        'modifier': item.modifier,
        'careTeamSequence': members,
        'day': served_on
    };

-- The lines of a claim that can name a service, in one list: its items, the parts of these, and what the payer added.
-- `name`: unique in the claim. `team`: the members of the care team it names; `day`: when it was done.
create or replace macro claim_lines(claim, day_of_claim) as
    flatten([
        list_transform(
            list_zip(names_in_order(claim.item), claim.item),
            lambda x: claim_service(x[1], x[2], x[2].careTeamSequence, service_day(x[2], day_of_claim))
        ),
        flatten(list_transform(
            list_zip(names_in_order(claim.item), claim.item),
            lambda x: list_transform(
                list_zip(names_in_order(x[2].detail), x[2].detail),
                lambda y: claim_service(
                    concat(x[1], '.', y[1]), y[2], x[2].careTeamSequence, service_day(x[2], day_of_claim)
                )
            )
        )),
        flatten(flatten(list_transform(
            list_zip(names_in_order(claim.item), claim.item),
            lambda x: list_transform(
                list_zip(names_in_order(x[2].detail), x[2].detail),
                lambda y: list_transform(
                    list_zip(names_in_order(y[2].subDetail), y[2].subDetail),
                    lambda z: claim_service(
                        concat(x[1], '.', y[1], '.', z[1]),
                        z[2],
                        x[2].careTeamSequence,
                        service_day(x[2], day_of_claim)
                    )
                )
            )
        ))),
        list_transform(
            list_zip(names_in_order(claim.addItem), claim.addItem),
            lambda x: claim_service(concat('added.', x[1]), x[2], cast([] as varchar[]), service_day(x[2], day_of_claim))
        )
    ]);
