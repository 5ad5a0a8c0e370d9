"""An exclusion known from a reported code."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Reported exclusions",
    rule="RULES §6, Exclusions",
    intro=(
        "A reported exclusion code excludes its own instrument at both timepoints, from any time up to the close of the "
        "one-year window, here 3 June 2026."
    ),
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Each code excludes its own instrument only, flagged without a diagnosis",
            reported_codes="""
                patient_id | code  | reported_on
                back       | G9945 | 2025-03-03
                leg        | M1051 | 2025-03-03
                odi        | M1041 | 2025-03-03
            """,
            expected="""
                patient_id | instrument | status       | flags
                back       | back_pain  | excluded     | exclusion_reported_only
                back       | leg_pain   | not_assessed | none
                back       | odi        | not_assessed | none
                leg        | back_pain  | not_assessed | none
                leg        | leg_pain   | excluded     | exclusion_reported_only
                leg        | odi        | not_assessed | none
                odi        | back_pain  | not_assessed | none
                odi        | leg_pain   | not_assessed | none
                odi        | odi        | excluded     | exclusion_reported_only
            """,
        ),
        Paragraph(
            "With a diagnosis the exclusion does not rest on the code alone",
            conditions="""
                code
                C79.51
            """,
            reported_codes="""
                code  | reported_on
                G9945 | 2025-03-03
            """,
            expected="""
                instrument | status   | no_flag
                back_pain  | excluded | exclusion_reported_only
            """,
        ),
        Paragraph(
            "A refuted diagnosis is no diagnosis: the exclusion rests on the code",
            conditions="""
                code   | verification
                C79.51 | refuted
            """,
            reported_codes="""
                code  | reported_on
                G9945 | 2025-03-03
            """,
            expected="""
                instrument | status   | flag
                back_pain  | excluded | exclusion_reported_only
            """,
        ),
        Paragraph(
            "It counts from any time up to the last day of the one-year window",
            reported_codes="""
                patient_id   | code  | reported_on
                years_before | G9945 | 2019-05-05
                last_day     | G9945 | 2026-06-03
                day_after    | G9945 | 2026-06-04
            """,
            expected="""
                patient_id   | instrument | timepoint   | status
                years_before | back_pain  | three_month | excluded
                years_before | back_pain  | one_year    | excluded
                last_day     | back_pain  | three_month | excluded
                last_day     | back_pain  | one_year    | excluded
                day_after    | back_pain  | three_month | not_assessed
                day_after    | back_pain  | one_year    | not_assessed
            """,
        ),
        Paragraph(
            "A code dated after the as-of date is not known",
            as_of="2025-10-01",
            reported_codes="""
                patient_id | code  | reported_on
                that_day   | G9945 | 2025-10-01
                next_day   | G9945 | 2025-10-02
            """,
            expected="""
                patient_id | instrument | timepoint   | status
                that_day   | back_pain  | three_month | excluded
                next_day   | back_pain  | three_month | not_assessed
            """,
        ),
        Paragraph(
            "It excludes whatever the scores",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 2     | 2025-06-03
            """,
            reported_codes="""
                code  | reported_on
                G9945 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status   | code  | postoperative_score | in_measure | not_in_measure_because
                back_pain  | three_month | excluded | G9945 | 2                   | no         | excluded
            """,
        ),
        Paragraph(
            "Other reported codes exclude nobody",
            arithmetic="G9942 excluded from a discectomy measure until 2022 only.",
            reported_codes="""
                code  | reported_on
                G9942 | 2025-06-03
                G9943 | 2025-06-03
                M1037 | 2025-06-03
            """,
            expected="""
                status       | no_flag
                not_assessed | exclusion_reported_only
            """,
        ),
    ),
)
