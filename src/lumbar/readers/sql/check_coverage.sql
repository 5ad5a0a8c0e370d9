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
)

select
    raw_coverage.source,
    raw_coverage.line,
    raw_coverage.part,
    cast(null as varchar) as record_id,
    raw_coverage.patient_id,
    coalesce(named.payer, 'unknown') as payer,
    raw_coverage.payer as payer_name,
    full_date(raw_coverage.starts_on) as starts_on,
    full_date(raw_coverage.ends_on) as ends_on,
    raw_coverage.member_id,
    case
        when raw_coverage.fault is not null then raw_coverage.fault
        when is_bad_date(raw_coverage.starts_on) or is_bad_date(raw_coverage.ends_on) then 'unparsable'
        when
            raw_coverage.patient_id is null
            or raw_coverage.patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when raw_coverage.status in ('entered-in-error', 'draft') then 'entered_in_error'
        when is_partial_date(raw_coverage.starts_on) or is_partial_date(raw_coverage.ends_on) then 'imprecise_date'
    end as reason,
    case
        when raw_coverage.fault is not null then raw_coverage.detail
        when is_bad_date(raw_coverage.starts_on) or is_partial_date(raw_coverage.starts_on) then 'starts_on'
        when is_bad_date(raw_coverage.ends_on) or is_partial_date(raw_coverage.ends_on) then 'ends_on'
    end as detail
from raw_coverage
left join named on raw_coverage.payer = named.name
