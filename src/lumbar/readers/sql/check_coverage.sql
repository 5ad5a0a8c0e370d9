-- check_coverage.sql — one row per raw coverage row, typed, with the first reason to reject it or null.
-- payer: the first payer of the mapping whose text the name contains, else other; no name: unknown.
with

payer_name as (
    select distinct
        payer as name,
        concat(' ', trim(regexp_replace(lower(payer), '[^a-z0-9]+', ' ', 'g')), ' ') as plain_name
    from raw_coverage
    where payer is not null
),

named as (
    select
        payer_name.name,
        coalesce(min_by(payer_text.payer, payer_text.position), 'other') as payer
    from payer_name
    left join payer_text on contains(payer_name.plain_name, payer_text.contained)
    group by payer_name.name
),

dated as (
    select
        raw_coverage.* exclude (starts_on, ends_on),
        coalesce(named.payer, 'unknown') as known_payer,
        full_date(raw_coverage.starts_on) as starts_on,
        is_partial_date(raw_coverage.starts_on) as is_partial_starts_on,
        raw_coverage.starts_on is not null as has_starts_on,
        full_date(raw_coverage.ends_on) as ends_on,
        is_partial_date(raw_coverage.ends_on) as is_partial_ends_on,
        raw_coverage.ends_on is not null as has_ends_on
    from raw_coverage
    left join named on raw_coverage.payer = named.name
),

seen as (
    select
        *,
        has_starts_on and starts_on is null and not is_partial_starts_on as is_bad_starts_on,
        has_ends_on and ends_on is null and not is_partial_ends_on as is_bad_ends_on
    from dated
)

select
    source,
    line,
    part,
    cast(null as varchar) as record_id,
    patient_id,
    known_payer as payer,
    payer as payer_name,
    starts_on,
    ends_on,
    member_id,
    case
        when fault is not null then fault
        when is_bad_starts_on or is_bad_ends_on then 'unparsable'
        when patient_id is null or patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when status in ('entered-in-error', 'draft') then 'entered_in_error'
        when is_partial_starts_on or is_partial_ends_on then 'imprecise_date'
    end as reason,
    case
        when fault is not null then detail
        when is_bad_starts_on or is_partial_starts_on then 'starts_on'
        when is_bad_ends_on or is_partial_ends_on then 'ends_on'
    end as detail
from seen
