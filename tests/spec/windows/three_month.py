"""The three-month window: six to twenty weeks."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The three-month window",
    rule="RULES §2, three_month",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "It opens six weeks after the index date and closes twenty weeks after it",
            arithmetic="42 days after 3 March is 14 April; 140 days after 3 March is 21 July.",
            scores="""
                patient_id | instrument | value | assessed_on
                day_41     | back_pain  | 2     | 2025-04-13
                day_42     | back_pain  | 2     | 2025-04-14
                day_43     | back_pain  | 2     | 2025-04-15
                day_139    | back_pain  | 2     | 2025-07-20
                day_140    | back_pain  | 2     | 2025-07-21
                day_141    | back_pain  | 2     | 2025-07-22
            """,
            expected="""
                patient_id | instrument | timepoint   | window_opens | window_closes | postoperative_on | status
                day_41     | back_pain  | three_month | 2025-04-14   | 2025-07-21    | none             | not_assessed
                day_42     | back_pain  | three_month | 2025-04-14   | 2025-07-21    | 2025-04-14       | met
                day_43     | back_pain  | three_month | 2025-04-14   | 2025-07-21    | 2025-04-15       | met
                day_139    | back_pain  | three_month | 2025-04-14   | 2025-07-21    | 2025-07-20       | met
                day_140    | back_pain  | three_month | 2025-04-14   | 2025-07-21    | 2025-07-21       | met
                day_141    | back_pain  | three_month | 2025-04-14   | 2025-07-21    | none             | not_assessed
            """,
        ),
        Paragraph(
            "It counts days, so a leap day is one of them",
            arithmetic="42 days after 20 January is 2 March 2024 and 3 March 2025; 140 days after it 8 June and 9 June.",
            procedures="""
                patient_id | performed_on | code
                leap_year  | 2024-01-20   | 63030
                plain_year | 2025-01-20   | 63030
            """,
            expected="""
                patient_id | timepoint   | window_opens | window_closes
                leap_year  | three_month | 2024-03-02   | 2024-06-08
                plain_year | three_month | 2025-03-03   | 2025-06-09
            """,
        ),
        Paragraph(
            "It is not a matter of calendar months",
            arithmetic="From 31 October 2025, 42 days lead to 12 December and 140 days to 20 March 2026.",
            procedures="""
                performed_on | code
                2025-10-31   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                before     | odi        | 20    | 2025-12-11
                first_day  | odi        | 20    | 2025-12-12
                last_day   | odi        | 20    | 2026-03-20
                after      | odi        | 20    | 2026-03-21
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_on
                before     | odi        | three_month | none
                first_day  | odi        | three_month | 2025-12-12
                last_day   | odi        | three_month | 2026-03-20
                after      | odi        | three_month | none
            """,
        ),
        Paragraph(
            "It may open on a leap day",
            arithmetic="42 days after 18 January 2024 is 29 February 2024 (13 days to 31 January, 29 more).",
            procedures="""
                performed_on | code
                2024-01-18   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                eve        | back_pain  | 2     | 2024-02-28
                leap_day   | back_pain  | 2     | 2024-02-29
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_on
                eve        | back_pain  | three_month | none
                leap_day   | back_pain  | three_month | 2024-02-29
            """,
        ),
        Paragraph(
            "A fusion has the same three-month window",
            procedures="""
                performed_on | code
                2025-03-03   | 22612
            """,
            expected="""
                timepoint   | window_opens | window_closes
                three_month | 2025-04-14   | 2025-07-21
            """,
        ),
    ),
)
