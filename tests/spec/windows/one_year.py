"""The one-year window: nine to fifteen calendar months."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The one-year window",
    rule="RULES §2, one_year",
    procedures="""
        performed_on | code
        2025-03-03   | 22612
    """,
    paragraphs=(
        Paragraph(
            "It opens nine calendar months after the index date and closes fifteen after it",
            arithmetic="9 months after 3 March 2025 is 3 December 2025; 15 months after it is 3 June 2026.",
            scores="""
                patient_id | instrument | value | assessed_on
                day_before | back_pain  | 2     | 2025-12-02
                first_day  | back_pain  | 2     | 2025-12-03
                second_day | back_pain  | 2     | 2025-12-04
                eve        | back_pain  | 2     | 2026-06-02
                last_day   | back_pain  | 2     | 2026-06-03
                day_after  | back_pain  | 2     | 2026-06-04
            """,
            expected="""
                patient_id | instrument | timepoint | window_opens | window_closes | postoperative_on | status
                day_before | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | none             | not_assessed
                first_day  | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | 2025-12-03       | met
                second_day | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | 2025-12-04       | met
                eve        | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | 2026-06-02       | met
                last_day   | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | 2026-06-03       | met
                day_after  | back_pain  | one_year  | 2025-12-03   | 2026-06-03    | none             | not_assessed
            """,
        ),
        Paragraph(
            "Nine months are not nine times thirty days",
            arithmetic="270 days after 3 March 2025 is 28 November; 9 months after it is 3 December.",
            scores="""
                instrument | value | assessed_on
                leg_pain   | 2     | 2025-11-28
            """,
            expected="""
                instrument | timepoint | postoperative_on
                leg_pain   | one_year  | none
            """,
        ),
        Paragraph(
            "Fifteen months are not fifteen times thirty days",
            arithmetic="450 days after 3 March 2025 is 27 May 2026; 15 months after it is 3 June 2026.",
            scores="""
                instrument | value | assessed_on
                leg_pain   | 2     | 2026-05-28
            """,
            expected="""
                instrument | timepoint | postoperative_on
                leg_pain   | one_year  | 2026-05-28
            """,
        ),
        Paragraph(
            "31 May and nine months is 28 February",
            arithmetic="There is no 31 February 2026: the window opens on its last day, the 28th.",
            procedures="""
                performed_on | code
                2025-05-31   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                february27 | back_pain  | 2     | 2026-02-27
                february28 | back_pain  | 2     | 2026-02-28
            """,
            expected="""
                patient_id | instrument | timepoint | window_opens | window_closes | postoperative_on
                february27 | back_pain  | one_year  | 2026-02-28   | 2026-08-31    | none
                february28 | back_pain  | one_year  | 2026-02-28   | 2026-08-31    | 2026-02-28
            """,
        ),
        Paragraph(
            "31 May and nine months is 29 February before a leap year's March",
            arithmetic="9 months after 31 May 2023 is 29 February 2024; 15 months after it is 31 August 2024.",
            procedures="""
                performed_on | code
                2023-05-31   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                february28 | back_pain  | 2     | 2024-02-28
                february29 | back_pain  | 2     | 2024-02-29
            """,
            expected="""
                patient_id | instrument | timepoint | window_opens | window_closes | postoperative_on
                february28 | back_pain  | one_year  | 2024-02-29   | 2024-08-31    | none
                february29 | back_pain  | one_year  | 2024-02-29   | 2024-08-31    | 2024-02-29
            """,
        ),
        Paragraph(
            "30 November and fifteen months is the last day of February",
            arithmetic="15 months after 30 November 2024 is 28 February 2026; after 30 November 2022 it is 29 February 2024.",
            procedures="""
                patient_id | performed_on | code
                plain_year | 2024-11-30   | 22612
                leap_year  | 2022-11-30   | 22612
            """,
            expected="""
                patient_id | timepoint | window_opens | window_closes
                plain_year | one_year  | 2025-08-30   | 2026-02-28
                leap_year  | one_year  | 2023-08-30   | 2024-02-29
            """,
        ),
        Paragraph(
            "The close after a clamped month is counted from the index date, not from the clamped day",
            arithmetic="9 months after 31 January 2025 is 31 October; 15 months is 30 April 2026, for April has no 31st.",
            procedures="""
                performed_on | code
                2025-01-31   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                april30    | odi        | 20    | 2026-04-30
                may1       | odi        | 20    | 2026-05-01
            """,
            expected="""
                patient_id | instrument | timepoint | window_opens | window_closes | postoperative_on
                april30    | odi        | one_year  | 2025-10-31   | 2026-04-30    | 2026-04-30
                may1       | odi        | one_year  | 2025-10-31   | 2026-04-30    | none
            """,
        ),
        Paragraph(
            "29 February has its anniversaries on the 29th where the month has one",
            arithmetic="9 months after 29 February 2024 is 29 November 2024; 15 months after it is 29 May 2025.",
            procedures="""
                performed_on | code
                2024-02-29   | 22612
            """,
            expected="""
                timepoint   | window_opens | window_closes
                one_year    | 2024-11-29   | 2025-05-29
                three_month | 2024-04-11   | 2024-07-18
            """,
        ),
        Paragraph(
            "A discectomy has the same one-year window",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            expected="""
                timepoint | window_opens | window_closes
                one_year  | 2025-12-03   | 2026-06-03
            """,
        ),
    ),
)
