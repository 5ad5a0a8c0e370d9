"""The order of the specification: folder, title, introduction, and the sections' file names."""

CHAPTERS = (
    (
        "episodes",
        "Episodes",
        "One patient and one calendar date with at least one qualifying lumbar procedure line is one episode, "
        "the unit counted. Where a table names no patient, it holds for every patient of the paragraph.",
        "what_starts_an_episode modifiers surgeon_and_payer",
    ),
    (
        "windows",
        "Windows",
        "Which dates belong to a window. Both ends count, on local calendar dates; months are calendar months, "
        "added once to the index date.",
        "preoperative three_month one_year between_windows day_of_surgery",
    ),
    (
        "chosen_score",
        "The score that counts",
        "Of several scores in a window exactly one is chosen, and a result never depends on the order of rows.",
        "by_date least_favourable leg_sides instruments_and_scales known_scores",
    ),
    (
        "judgement",
        "The judgement",
        "The published thresholds, worked by hand: below, at and above. Then the one status every row has.",
        "back_pain leg_pain odi missing_preoperative status provisional",
    ),
    (
        "codes",
        "Codes",
        "The quality-data code of each result, and how a code already reported compares with it.",
        "given_codes worked_examples reported_codes",
    ),
    (
        "who_counts",
        "Who counts in the measure",
        "The descriptor view judges every row; the measure view counts only those that pass every test here.",
        "identification_period age stratum order_of_reasons diagnoses_that_exclude acute_fracture reported_exclusion",
    ),
    (
        "flags",
        "Flags",
        "What is said beside a result and never changes it.",
        "about_the_scores about_the_change about_the_patient about_two_operations",
    ),
    (
        "rates",
        "Rates",
        "Met over met and not met, per stratum and overall, and what must always stand beside it.",
        "counts rate_and_bounds interval overall",
    ),
    (
        "years",
        "Performance years",
        "What each year counts, and how: identification periods, measures, codes, scales, exclusions and rates. Results "
        "are as of the last day of the year.",
        "py2018 py2019 py2020 py2021 py2022 py2023 py2024 py2025 py2026 py2027",
    ),
)
