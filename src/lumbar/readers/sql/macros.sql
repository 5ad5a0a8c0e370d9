-- macros.sql — how dates, times and numbers are read. Text is trimmed and never empty here.
-- A date: YYYY-MM-DD; a year that begins with 0 is a slip of the keyboard or a stand-in, not a date. A date-time counts
-- on the local date it was written with, its first ten characters, unless the mapping names a time zone (in_site_time,
-- defined beside these). A typed date or decimal of a Parquet file stays as it is: typeof is known before any row is read.
-- Text as it counts: trimmed, and null where nothing is left. To trim costs ten times what it costs to see
-- that there is nothing to trim; a space of another kind than ours has more than one byte.
create or replace macro text_of(x) as
    case when x like ' %' or x like '% ' or x = '' or strlen(x) <> length(x) then nullif(trim(x), '') else x end;

create or replace macro is_typed_date(x) as typeof(x) = 'DATE';

create or replace macro is_typed_decimal(x) as starts_with(typeof(x), 'DECIMAL');

create or replace macro is_date_shaped(x) as
    case
        when starts_with(x, '0') then false
        when length(x) = 10 then x like '____-__-__'
        else
            regexp_full_match(
                x,
                '\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)([.,]\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?'
            )
    end;

create or replace macro is_partial_date(x) as
    case
        when is_typed_date(x) or x is null then false
        when strlen(cast(x as varchar)) in (4, 7)
            then regexp_full_match(cast(x as varchar), '\d{4}(-(0[1-9]|1[0-2]))?')
        else false
    end;

create or replace macro is_imprecise_date(x) as
    x is null or is_partial_date(x);

create or replace macro full_date(x) as
    case
        when is_typed_date(x)
            then case when year(try_cast(x as date)) between 1000 and 9999 then try_cast(x as date) end
        when is_date_shaped(cast(x as varchar))
            then try_cast(substr(in_site_time(cast(x as varchar)), 1, 10) as date)
    end;

create or replace macro is_bad_date(x) as
    x is not null and full_date(x) is null and not is_partial_date(x);

-- Digits in another order or with other marks than ours; not a slip such as 30 February.
create or replace macro is_date_of_another_format(x) as
    is_bad_date(x)
    and not is_date_shaped(x)
    and not regexp_full_match(x, '\d{4}-\d{2}')
    and regexp_matches(x, '[1-9]');

-- Midnight is no time of day: many systems write a date alone so.
create or replace macro written_time_of_day(x) as
    case
        when length(x) >= 16 and is_date_shaped(x)
            then nullif(
                case
                    when length(in_site_time(x)) >= 19 and substr(in_site_time(x), 17, 1) = ':'
                        then substr(in_site_time(x), 12, 8)
                    else concat(substr(in_site_time(x), 12, 5), ':00')
                end, '00:00:00'
            )
    end;

create or replace macro time_of_day(x) as
    case when not is_typed_date(x) then written_time_of_day(cast(x as varchar)) end;

create or replace macro is_number(x) as
    case
        when is_typed_decimal(x) then x is not null
        else coalesce(isfinite(try_cast(x as double)), false) and not contains(cast(x as varchar), '_')
    end;

create or replace macro whole_number(x) as
    case when try_cast(x as integer) = try_cast(x as double) then try_cast(x as integer) end;

-- Points on the instrument's own scale; null when too large to be one. Up to nine characters hold at most
-- eight decimals; longer texts are read wide and cut, never rounded, after eighteen, so that the one
-- rounding to four decimals, half up, happens on what was written. An exponent may need a binary double.
create or replace macro points_of(x, to_instrument) as
    case
        when is_typed_decimal(x) or length(cast(x as varchar)) <= 9
            then try_cast(try_cast(x as decimal(14, 8)) * to_instrument as decimal(9, 4))
        else
            try_cast(
                coalesce(
                    try_cast(regexp_replace(cast(x as varchar), '(\.\d{18})\d+', '\1') as decimal(28, 18)),
                    try_cast(try_cast(x as double) as decimal(28, 18))
                ) * to_instrument as decimal(9, 4)
            )
    end;
