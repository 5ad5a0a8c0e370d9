"""Dates that belong to no window."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Between the windows",
    rule="RULES §2",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A score between two windows counts nowhere",
            scores="""
                patient_id  | instrument | value | assessed_on
                day_20      | back_pain  | 1     | 2025-03-23
                six_months  | back_pain  | 1     | 2025-09-03
                two_years   | back_pain  | 1     | 2027-03-03
                long_before | back_pain  | 1     | 2024-06-01
            """,
            as_of="2027-06-01",
            expected="""
                patient_id  | instrument | preoperative_score | postoperative_score | status
                day_20      | back_pain  | none               | none                | not_assessed
                six_months  | back_pain  | none               | none                | not_assessed
                two_years   | back_pain  | none               | none                | not_assessed
                long_before | back_pain  | none               | none                | not_assessed
            """,
        ),
        Paragraph(
            "A score belongs to its own window and to no other",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-10
                back_pain  | 6     | 2025-06-02
                back_pain  | 1     | 2026-03-04
            """,
            expected="""
                instrument | timepoint   | preoperative_score | postoperative_score | status
                back_pain  | three_month | 8                  | 6                   | not_met
                back_pain  | one_year    | 8                  | 1                   | met
            """,
        ),
        Paragraph(
            "One score may be postoperative for one operation and preoperative for the next",
            arithmetic="20 June 2025 is day 109 after 3 March and 12 days before 2 July.",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-07-02   | 22612
            """,
            scores="""
                instrument | value | assessed_on
                leg_pain   | 7     | 2025-06-20
            """,
            expected="""
                index_date | instrument | timepoint   | preoperative_score | postoperative_score
                2025-03-03 | leg_pain   | three_month | none               | 7
                2025-07-02 | leg_pain   | three_month | 7                  | none
            """,
        ),
    ),
)
