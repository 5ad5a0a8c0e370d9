"""The preoperative window: three calendar months to the index date."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The preoperative window",
    rule="RULES §2, preoperative",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "It opens three calendar months before the index date and closes on it",
            arithmetic="3 months before 3 March 2025 is 3 December 2024.",
            scores="""
                patient_id | instrument | value | assessed_on
                day_before | back_pain  | 7     | 2024-12-02
                first_day  | back_pain  | 7     | 2024-12-03
                second_day | back_pain  | 7     | 2024-12-04
                eve        | back_pain  | 7     | 2025-03-02
                last_day   | back_pain  | 7     | 2025-03-03
                day_after  | back_pain  | 7     | 2025-03-04
            """,
            expected="""
                patient_id | instrument | preoperative_score | preoperative_on
                day_before | back_pain  | none               | none
                first_day  | back_pain  | 7                  | 2024-12-03
                second_day | back_pain  | 7                  | 2024-12-04
                eve        | back_pain  | 7                  | 2025-03-02
                last_day   | back_pain  | 7                  | 2025-03-03
                day_after  | back_pain  | none               | none
            """,
        ),
        Paragraph(
            "Three calendar months are not ninety days",
            arithmetic="3 months before 10 June is 10 March, 92 days; 90 days before it is 12 March.",
            procedures="""
                performed_on | code
                2025-06-10   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                days_93    | odi        | 50    | 2025-03-09
                days_92    | odi        | 50    | 2025-03-10
                days_91    | odi        | 50    | 2025-03-11
            """,
            expected="""
                patient_id | instrument | preoperative_on
                days_93    | odi        | none
                days_92    | odi        | 2025-03-10
                days_91    | odi        | 2025-03-11
            """,
        ),
        Paragraph(
            "A day that does not exist becomes the last day of its month",
            arithmetic="There is no 31 February 2025: 3 months before 31 May 2025 is 28 February 2025.",
            procedures="""
                performed_on | code
                2025-05-31   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                february27 | leg_pain   | 6     | 2025-02-27
                february28 | leg_pain   | 6     | 2025-02-28
                march1     | leg_pain   | 6     | 2025-03-01
            """,
            expected="""
                patient_id | instrument | preoperative_on
                february27 | leg_pain   | none
                february28 | leg_pain   | 2025-02-28
                march1     | leg_pain   | 2025-03-01
            """,
        ),
        Paragraph(
            "In a leap year that last day is 29 February",
            arithmetic="3 months before 31 May 2024 is 29 February 2024.",
            procedures="""
                performed_on | code
                2024-05-31   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                february28 | leg_pain   | 6     | 2024-02-28
                february29 | leg_pain   | 6     | 2024-02-29
            """,
            expected="""
                patient_id | instrument | preoperative_on
                february28 | leg_pain   | none
                february29 | leg_pain   | 2024-02-29
            """,
        ),
        Paragraph(
            "A month with thirty days ends on its thirtieth",
            arithmetic="There is no 31 April: 3 months before 31 July 2025 is 30 April 2025.",
            procedures="""
                performed_on | code
                2025-07-31   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                april29    | back_pain  | 6     | 2025-04-29
                april30    | back_pain  | 6     | 2025-04-30
            """,
            expected="""
                patient_id | instrument | preoperative_on
                april29    | back_pain  | none
                april30    | back_pain  | 2025-04-30
            """,
        ),
        Paragraph(
            "From 29 February three months back is 29 November",
            arithmetic="3 months before 29 February 2024 is 29 November 2023.",
            procedures="""
                performed_on | code
                2024-02-29   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                november28 | back_pain  | 6     | 2023-11-28
                november29 | back_pain  | 6     | 2023-11-29
                on_the_day | back_pain  | 6     | 2024-02-29
                march1     | back_pain  | 6     | 2024-03-01
            """,
            expected="""
                patient_id | instrument | preoperative_on
                november28 | back_pain  | none
                november29 | back_pain  | 2023-11-29
                on_the_day | back_pain  | 2024-02-29
                march1     | back_pain  | none
            """,
        ),
        Paragraph(
            "It is the same window for both timepoints",
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-02-01
            """,
            expected="""
                instrument | timepoint   | preoperative_score | preoperative_on
                back_pain  | three_month | 7                  | 2025-02-01
                back_pain  | one_year    | 7                  | 2025-02-01
            """,
        ),
    ),
)
