-- 11_outcome.sql — the result table `outcome`: one row per episode, instrument and timepoint.
-- Key: episode_id, instrument, timepoint. Columns, units and nulls: the data dictionary.
-- `open` and `upcoming` have no code. Flags stand in alphabetical order, one space apart.
-- episode_number and row_position give the order of the rows, by episode_id, instrument, timepoint; they
-- are not written.
select
    judged.episode_number,
    judged.row_position,
    judged.episode_id,
    judged.patient_id,
    judged.index_date,
    judged.kind,
    judged.surgeon_npi,
    judged.payer,
    judged.instrument,
    judged.measure_id,
    judged.timepoint,
    judged.opens_on as window_opens,
    judged.closes_on as window_closes,
    judged.preoperative_score,
    judged.preoperative_on,
    judged.preoperative_score_id,
    judged.postoperative_score,
    judged.postoperative_on,
    judged.postoperative_score_id,
    judged.improvement,
    judged.status,
    judged.status in ('met', 'not_met') and judged.as_of <= judged.closes_on as provisional,
    judged.code,
    judged.not_in_measure_because is null as in_measure,
    judged.not_in_measure_because,
    concat_ws(
        ' ',
        case when judged.status = 'not_met' and judged.improvement > 0 then 'better_but_not_met' end,
        case when judged.is_deceased = 1 then 'deceased' end,
        case when judged.excluded_by_record = 0 then 'exclusion_reported_only' end,
        case when judged.n_fractional_nrs > 0 then 'fractional_nrs' end,
        case when judged.status = 'met' and judged.improvement < 0 then 'met_but_worse' end,
        case when judged.preoperative_family_number <> judged.postoperative_family_number then 'mixed_scales' end,
        case
            when
                judged.preoperative_score is null
                and (judged.postoperative_score > judged.at_most or judged.wants_both_scores)
                and judged.postoperative_score is not null
                then 'no_preoperative_score'
        end,
        case
            when judged.next_index_date <= coalesce(judged.postoperative_on, judged.closes_on) then 'operated_again'
        end,
        case when judged.n_spoken > 0 then 'phone_or_interview' end,
        case when judged.preoperative_score <= judged.at_most then 'preoperative_at_target' end,
        case when judged.improvement >= judged.responder_by then 'responder' end,
        case when judged.return_to_theatre = 1 then 'return_to_theatre' end,
        case when shared_score.score_id is not null then 'shared_score' end,
        case when judged.staged = 1 then 'staged' end,
        case when judged.surgical_care_only = 1 then 'surgical_care_only' end,
        case when judged.two_surgeons = 1 then 'two_surgeons' end,
        case when judged.improvement <= -judged.worse_by then 'worse' end
    ) as flags,
    reported.code as reported_code,
    reported.code = judged.code as reported_agrees
from judged
left join shared_score
    on
        judged.episode_number = shared_score.episode_number
        and judged.postoperative_score_id = shared_score.score_id
left join reported_row as reported
    on
        judged.episode_number = reported.episode_number
        and judged.phase_number = reported.phase_number
        and judged.instrument_number = reported.instrument_number
