-- check_score.sql — one row per raw score row, typed, with the first reason to reject it or null.
-- value: points on the instrument's own scale, read once to four decimals, half up (RULES §3).
-- Dates and values are read in `measured` and only looked at below: reading text is what costs here.
with

worded as (
    select
        raw_score.* exclude (instrument, scale, mode, side, respondent, status),
        case
            when coalesce(instrument_word.means, lower(raw_score.instrument)) = 'pain'
                then coalesce(reading.pain_without_body_site, 'pain')
            else coalesce(instrument_word.means, lower(raw_score.instrument))
        end as instrument,
        coalesce(scale_word.means, lower(raw_score.scale)) as scale,
        coalesce(mode_word.means, lower(raw_score.mode)) as mode,
        coalesce(side_word.means, lower(raw_score.side)) as side,
        coalesce(respondent_word.means, lower(raw_score.respondent)) as respondent,
        lower(raw_score.status) as status,
        reading.reject_proxy
    from raw_score
    left join instrument_word on lower(raw_score.instrument) = instrument_word.word
    left join scale_word on lower(raw_score.scale) = scale_word.word
    left join side_word on lower(raw_score.side) = side_word.word
    left join respondent_word on lower(raw_score.respondent) = respondent_word.word
    left join mode_word on lower(raw_score.mode) = mode_word.word
    cross join reading
),

measured as (
    select
        worded.* exclude (value, assessed_on, recorded_on),
        scale_unit.highest,
        worded.value is null as has_no_value,
        worded.value is not null and not is_number(worded.value) as is_bad_value,
        points_of(worded.value, scale_unit.to_instrument) as value,
        full_date(worded.assessed_on) as assessed_on,
        time_of_day(worded.assessed_on) as assessed_time,
        is_imprecise_date(worded.assessed_on) as is_assessed_imprecisely,
        full_date(worded.recorded_on) as recorded_on,
        worded.recorded_on is not null as is_recorded,
        is_partial_date(worded.recorded_on) as is_recorded_imprecisely
    from worded
    left join scale_unit
        on
            worded.instrument = scale_unit.instrument
            and worded.scale = scale_unit.scale
),

parsed as (
    select
        measured.*,
        measured.assessed_on is null and not measured.is_assessed_imprecisely as is_bad_assessed_on,
        measured.is_recorded and measured.recorded_on is null and not measured.is_recorded_imprecisely
            as is_bad_recorded_on,
        coalesce(measured.side not in ('left', 'right'), false) as is_bad_side,
        coalesce(measured.respondent not in ('self', 'self_with_help', 'proxy', 'interviewer'), false)
            as is_bad_respondent
    from measured
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
    parsed.value,
    parsed.assessed_on,
    parsed.assessed_time,
    parsed.side,
    parsed.recorded_on,
    parsed.status,
    parsed.respondent,
    parsed.mode,
    case
        when parsed.fault is not null then parsed.fault
        when
            parsed.score_id is null
            or parsed.is_bad_value
            or parsed.is_bad_assessed_on
            or parsed.is_bad_recorded_on
            or parsed.is_bad_side
            or parsed.is_bad_respondent
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
        when parsed.highest is null then 'unknown_unit'
        when parsed.has_no_value then 'no_value'
        when parsed.instrument in ('pain', 'pain elsewhere') then 'no_body_site'
        when parsed.is_assessed_imprecisely or parsed.is_recorded_imprecisely then 'imprecise_date'
        when parsed.value is null or parsed.value < 0 or parsed.value > parsed.highest then 'out_of_range'
        when try_cast(parsed.n_items as integer) < 8 then 'odi_too_few_items'
    end as reason,
    case
        when parsed.fault is not null then parsed.detail
        when parsed.score_id is null then 'score_id is missing'
        when parsed.is_bad_value then 'value'
        when parsed.is_bad_assessed_on then 'assessed_on'
        when parsed.is_bad_recorded_on then 'recorded_on'
        when parsed.is_bad_side then 'side'
        when parsed.is_bad_respondent then 'respondent'
        -- The word that no mapping knows: other columns hold known ones alone.
        when parsed.instrument not in ('back_pain', 'leg_pain', 'odi', 'pain', 'pain elsewhere') then parsed.instrument
        when parsed.instrument is not null and parsed.highest is null then parsed.scale
        when parsed.is_assessed_imprecisely then 'assessed_on'
        when parsed.is_recorded_imprecisely then 'recorded_on'
    end as detail
from parsed
