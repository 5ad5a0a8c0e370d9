-- check_score.sql — one row per raw score row, typed, with the first reason to reject it or null.
-- value: points on the instrument's own scale, read once to four decimals, half up (RULES §3).
with

worded as (
    select
        raw_score.* exclude (instrument, scale, mode, side, respondent, status),
        coalesce(instrument_word.means, lower(raw_score.instrument)) as instrument,
        coalesce(scale_word.means, lower(raw_score.scale)) as scale,
        coalesce(mode_word.means, lower(raw_score.mode)) as mode,
        lower(raw_score.side) as side,
        lower(raw_score.respondent) as respondent,
        lower(raw_score.status) as status
    from raw_score
    left join instrument_word on lower(raw_score.instrument) = instrument_word.word
    left join scale_word on lower(raw_score.scale) = scale_word.word
    left join mode_word on lower(raw_score.mode) = mode_word.word
),

parsed as (
    select
        worded.* exclude (instrument),
        case
            when worded.instrument = 'pain' then coalesce(reading.pain_without_body_site, 'pain')
            else worded.instrument
        end as instrument,
        is_number(worded.value) as is_number,
        reading.reject_proxy
    from worded
    cross join reading
)

select
    parsed.source,
    parsed.line,
    parsed.part,
    parsed.score_id as record_id,
    parsed.score_id,
    parsed.patient_id,
    parsed.instrument,
    parsed.scale,
    points_of(parsed.value, scale_unit.to_instrument) as value,
    full_date(parsed.assessed_on) as assessed_on,
    time_of_day(parsed.assessed_on) as assessed_time,
    parsed.side,
    full_date(parsed.recorded_on) as recorded_on,
    parsed.status,
    parsed.respondent,
    parsed.mode,
    case
        when parsed.fault is not null then parsed.fault
        when
            parsed.score_id is null
            or (parsed.value is not null and not parsed.is_number)
            or is_bad_date(parsed.assessed_on)
            or is_bad_date(parsed.recorded_on)
            or parsed.side not in ('left', 'right')
            or parsed.respondent not in ('self', 'self_with_help', 'proxy', 'interviewer')
            then 'unparsable'
        when parsed.score_id in (from conflicting_id) then 'conflicting_id'
        when parsed.patient_id is null or parsed.patient_id not in (select known.patient_id from patient as known)
            then 'unknown_patient'
        when parsed.status not in ('final', 'amended', 'corrected') then 'entered_in_error'
        when parsed.respondent = 'proxy' and parsed.reject_proxy then 'proxy_respondent'
        when
            parsed.instrument is null
            or parsed.instrument not in ('back_pain', 'leg_pain', 'odi', 'pain', 'pain elsewhere')
            then 'unknown_instrument'
        when scale_unit.scale is null then 'unknown_unit'
        when parsed.value is null then 'no_value'
        when parsed.instrument in ('pain', 'pain elsewhere') then 'no_body_site'
        when
            is_imprecise_date(parsed.assessed_on) or is_partial_date(parsed.recorded_on)
            then 'imprecise_date'
        when coalesce(points_of(parsed.value, scale_unit.to_instrument) not between 0 and scale_unit.highest, true)
            then 'out_of_range'
        when try_cast(parsed.n_items as integer) < 8 then 'odi_too_few_items'
    end as reason,
    case
        when parsed.fault is not null then parsed.detail
        when parsed.score_id is null then 'score_id is missing'
        when parsed.value is not null and not parsed.is_number then 'value'
        when is_bad_date(parsed.assessed_on) then 'assessed_on'
        when is_bad_date(parsed.recorded_on) then 'recorded_on'
        when parsed.side not in ('left', 'right') then 'side'
        when parsed.respondent not in ('self', 'self_with_help', 'proxy', 'interviewer') then 'respondent'
        when is_imprecise_date(parsed.assessed_on) then 'assessed_on'
        when is_partial_date(parsed.recorded_on) then 'recorded_on'
    end as detail
from parsed
left join scale_unit
    on
        parsed.instrument = scale_unit.instrument
        and parsed.scale = scale_unit.scale
