"""The planted faults: each one change of text in the package that some suite must notice."""

from dataclasses import dataclass

SPEC = "tests/spec/test_every_paragraph.py"
DUCKDB = (SPEC, "-k", "duckdb")
REFERENCE = (SPEC, "-k", "reference")
BOTH = (SPEC,)

SQL = "engine/sql"
LINE = f"{SQL}/1_qualifying_line.sql"
KNOWN = f"{SQL}/2_known_score.sql"
EPISODE = f"{SQL}/3_episode.sql"
CANDIDATE = f"{SQL}/5_candidate.sql"
CHOSEN = f"{SQL}/6_chosen_score.sql"
SHARED = f"{SQL}/7_shared_score.sql"
EXCLUSION = f"{SQL}/8_exclusion.sql"
REPORTED = f"{SQL}/9_reported_row.sql"
JUDGED = f"{SQL}/10_judged.sql"
OUTCOME = f"{SQL}/11_outcome.sql"
COUNT = f"{SQL}/12_rate_count.sql"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault by name, the file under src/lumbar, the exact text and what replaces it, and the suite that must fail."""

    name: str
    file: str
    old: str
    new: str
    suite: tuple[str, ...] = DUCKDB


ENGINE_FAULTS = (
    # windows
    Fault(
        "the end of a window does not count",
        CANDIDATE,
        "score.assessed_on <= episode_window.closes_on",
        "score.assessed_on < episode_window.closes_on",
    ),
    Fault(
        "the start of a window does not count",
        CANDIDATE,
        "score.assessed_on >= episode_window.opens_on",
        "score.assessed_on > episode_window.opens_on",
    ),
    Fault(
        "months have thirty days",
        "engine/duckdb.py",
        "cast(day + to_months(cast(n as integer)) as date)",
        "cast(day + cast(30 * n as integer) as date)",
    ),
    Fault(
        "months have thirty days in the reference",
        "engine/reference_dates.py",
        "moved = add_months(day, offset.months)",
        "moved = date.fromordinal(day.toordinal() + 30 * offset.months)",
        REFERENCE,
    ),
    Fault(
        "a day that does not exist becomes the 28th",
        "engine/reference_dates.py",
        "min(day.day, monthrange(year, month + 1)[1])",
        "min(day.day, 28)",
        REFERENCE,
    ),
    Fault(
        "three months are twelve weeks",
        "measures/py2026/cqm461_leg_pain.py",
        "opens=weeks(6),",
        "opens=weeks(5),",
        REFERENCE,
    ),
    Fault(
        "the one-year window closes at one year", "measures/py2026/cqm471_odi.py", "months(15)", "months(12)", REFERENCE
    ),
    # the score that counts
    Fault(
        "the first score instead of the latest",
        CHOSEN,
        "candidate.assessed_on desc nulls last",
        "candidate.assessed_on asc nulls last",
    ),
    Fault(
        "of two scores on one date the more favourable",
        CHOSEN,
        "then candidate.value else -candidate.value end",
        "then -candidate.value else candidate.value end",
    ),
    Fault(
        "of equal scores the largest id",
        CHOSEN,
        "candidate.score_id asc nulls last",
        "candidate.score_id desc nulls last",
    ),
    Fault(
        "the instrument is ignored in choosing",
        CHOSEN,
        "candidate.episode_number, candidate.phase_number, candidate.instrument_number",
        "candidate.episode_number, candidate.phase_number",
    ),
    Fault(
        "the instrument is ignored in the reference",
        "engine/reference_scores.py",
        'if score["instrument"] != measure.instrument:',
        'if score["instrument"] == "odi" and measure.instrument != "odi":',
        REFERENCE,
    ),
    Fault(
        "policy nearest looks before the target date only",
        CHOSEN,
        "abs(datediff(candidate.assessed_on, candidate.nearest_to))",
        "datediff(candidate.assessed_on, candidate.nearest_to)",
    ),
    Fault(
        "the policy chooses the preoperative score too",
        CHOSEN,
        "when candidate.is_preoperative then 0\n",
        "",
    ),
    Fault(
        "a score at the very time of surgery is preoperative",
        CANDIDATE,
        "score.assessed_time >= episode_window.earliest_time",
        "score.assessed_time > episode_window.earliest_time",
    ),
    Fault(
        "recovery-room scores are baselines where a line has no time",
        EPISODE,
        "min(performed_time) as earliest_time",
        "case when count(*) = count(performed_time) then min(performed_time) end as earliest_time",
    ),
    Fault(
        "the latest line decides what is a recovery-room score",
        EPISODE,
        "min(performed_time) as earliest_time",
        "max(performed_time) as earliest_time",
    ),
    Fault(
        "of two legs the better",
        CANDIDATE,
        "order by value desc nulls last, score_id asc nulls last",
        "order by value asc nulls last, score_id asc nulls last",
    ),
    Fault(
        "the sides of back pain are merged",
        KNOWN,
        "score.instrument = 'leg_pain' and score.side is not null",
        "score.side is not null",
    ),
    Fault(
        "a score is known before it is recorded",
        KNOWN,
        "and coalesce(score.recorded_on, score.assessed_on) <= setting.as_of",
        "",
    ),
    Fault(
        "a score dated after the as-of date is known",
        KNOWN,
        "score.assessed_on <= setting.as_of\n    and coalesce",
        "coalesce",
    ),
    # the judgement
    Fault(
        "improvement in binary floats",
        JUDGED,
        "cast(preoperative.value - postoperative.value as decimal(9, 4))",
        "cast(preoperative.value as double) - cast(postoperative.value as double)",
    ),
    Fault(
        "improvement in binary floats in the reference",
        "engine/reference.py",
        'improvement = before["value"] - after["value"] if',
        'improvement = Decimal(float(before["value"]) - float(after["value"])) if',
        REFERENCE,
    ),
    Fault(
        "exactly the target is not enough",
        JUDGED,
        "when seen.postoperative_score <= seen.at_most or",
        "when seen.postoperative_score < seen.at_most or",
    ),
    Fault(
        "exactly the improvement is not enough",
        JUDGED,
        "seen.improvement >= seen.improved_by then 'met'",
        "seen.improvement > seen.improved_by then 'met'",
    ),
    Fault(
        "the target and the improvement are both needed",
        "engine/reference.py",
        "return by_score or (improvement",
        "return by_score and (improvement",
        REFERENCE,
    ),
    Fault(
        "the ODI target is 20", "measures/py2026/cqm471_odi.py", 'at_most=points("22")', 'at_most=points("20")', BOTH
    ),
    Fault(
        "the last day of a window is not open",
        JUDGED,
        "when seen.as_of <= seen.closes_on then 'open'",
        "when seen.as_of < seen.closes_on then 'open'",
    ),
    Fault(
        "the first day of a window is upcoming",
        JUDGED,
        "when seen.as_of < seen.opens_on then 'upcoming'",
        "when seen.as_of <= seen.opens_on then 'upcoming'",
    ),
    Fault(
        "a result stands on the last day of its window",
        OUTCOME,
        "judged.as_of <= judged.closes_on as provisional",
        "judged.as_of < judged.closes_on as provisional",
    ),
    Fault(
        "a score comes before an exclusion",
        JUDGED,
        "when seen.excluded_by_record is not null then 'excluded'\n            -- Where",
        "when seen.postoperative_score is null and seen.excluded_by_record is not null then 'excluded'\n"
        "            -- Where",
    ),
    # episodes
    Fault(
        "an add-on code starts an episode",
        "engine/relational.py",
        "lists = [procedures.code_list]",
        'lists = [procedures.code_list, "procedure_addon"]',
    ),
    Fault(
        "an assistant's line starts an episode",
        LINE,
        "max(case when modifier_rule.effect = 'flag' then 0 else 1 end)",
        "max(case when modifier_rule.effect = 'no_episode' then 1 else 0 end)",
    ),
    Fault(
        "a discectomy beside a fusion makes it a discectomy",
        EPISODE,
        "max(case when kind = 'fusion' then 1 else 0 end)",
        "min(case when kind = 'fusion' then 1 else 0 end)",
    ),
    Fault("a later operation is known already", LINE, "where procedure.performed_on <= setting.as_of", "where true"),
    Fault(
        "63056 starts an episode without the policy",
        "engine/reference_episode.py",
        "(procedures.unverified_code_list, policy.include_unverified_procedures)",
        "(procedures.unverified_code_list, bool(procedures.unverified_code_list))",
        REFERENCE,
    ),
    Fault("the last line names the surgeon", EPISODE, "min_by(coalesce(surgeon_npi", "max_by(coalesce(surgeon_npi"),
    Fault("the last payer by name", EPISODE, "min(nullif(coverage.payer", "max(nullif(coverage.payer"),
    Fault("an unknown payer comes first by name", EPISODE, "nullif(coverage.payer, 'unknown')", "coverage.payer"),
    Fault("coverage ends the day before", EPISODE, "coverage.ends_on >= operation", "coverage.ends_on > operation"),
    Fault("any death is known", EPISODE, "patient.deceased_on <= setting.as_of", "patient.deceased_on is not null"),
    # who counts
    Fault(
        "the last day of the identification period is outside",
        JUDGED,
        "seen.index_date > seen.period_ends_on",
        "seen.index_date >= seen.period_ends_on",
    ),
    Fault(
        "18 on the age date is not enough",
        JUDGED,
        "seen.minimum_age_months) > seen.age_on",
        "seen.minimum_age_months) >= seen.age_on",
    ),
    Fault(
        "the period of the row's stratum", "engine/relational.py", "own.period.starts_on,", "stratum.period.starts_on,"
    ),
    Fault("every stratum counts", JUDGED, "when not seen.is_own_stratum then 'other_stratum'\n", ""),
    Fault(
        "the ninetieth day before surgery does not count",
        EXCLUSION,
        "or condition.onset_on >= date_add",
        "or condition.onset_on > date_add",
    ),
    Fault("a diagnosis not yet recorded excludes", EXCLUSION, "condition.recorded_on <= setting.as_of", "true"),
    Fault("a refuted diagnosis excludes", EXCLUSION, "not in ('refuted', ", "not in ("),
    Fault(
        "a diagnosis that ended on the index date excludes nobody",
        EXCLUSION,
        "condition.abated_on >= episode.index_date",
        "condition.abated_on > episode.index_date",
    ),
    Fault(
        "a reported exclusion counts for every instrument",
        EXCLUSION,
        "inner join reported_exclusion on reported_code.code = reported_exclusion.code",
        "inner join reported_exclusion on reported_code.code in (select code from reported_exclusion)",
    ),
    Fault(
        "the ODI and leg codes change places", "measures/py2026/cqm461_leg_pain.py", 'met="G2140"', 'met="G2144"', BOTH
    ),
    Fault(
        "a reported code counts from any time",
        REPORTED,
        "(row_code.is_exclusion or reported_code.reported_on >= episode_window.opens_on)",
        "true",
    ),
    Fault(
        "the earliest reported code is compared",
        REPORTED,
        "reported_code.reported_on desc nulls last",
        "reported_code.reported_on asc nulls last",
    ),
    # flags
    Fault(
        "a later operation is looked for up to the window's close",
        OUTCOME,
        "coalesce(judged.postoperative_on, judged.closes_on)",
        "judged.closes_on",
    ),
    Fault(
        "a score before one operation and after another is shared",
        "engine/relational.py",
        "        tuple(dict.fromkeys(places)),\n",
        "        tuple(dict.fromkeys((*places, *((n, 0) for n in instruments.values())))),\n",
    ),
    Fault(
        "the ODI responds by the threshold of pain",
        "engine/relational.py",
        "policy.responder_odi if is_odi else policy.responder_pain",
        "policy.responder_pain",
    ),
    Fault("worse means any worsening", OUTCOME, "judged.improvement <= -judged.worse_by", "judged.improvement < 0"),
    # rates
    Fault("the missing are left out of not met", COUNT, "in ('not_met', 'not_assessed')", "in ('not_met')"),
    Fault(
        "the excluded of both strata are counted",
        COUNT,
        "when own.not_in_measure_because = 'excluded' then 1",
        "when own.status = 'excluded' then 1",
    ),
    Fault("overall is the first stratum", "engine/rates.py", "sum(row[name] for row in counted)", "counted[0][name]"),
    Fault(
        "nobody answered is a response of all",
        "engine/rates.py",
        '(judged - n["not_assessed"]) / judged',
        "judged / judged",
    ),
    Fault(
        "the interval is the simple one",
        "statistics/intervals.py",
        "shrink = 1 + z * z / n",
        "shrink = 1.0",
        BOTH,
    ),
)
