"""Death excludes nobody."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="About the patient",
    rule="RULES §6, Death",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A death known on the as-of date is flagged on every row and changes no status",
            as_of="2025-08-01",
            patients="""
                patient_id | deceased_on
                eve        | 2025-07-31
                that_day   | 2025-08-01
                next_day   | 2025-08-02
                alive      |
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | status       | in_measure | flags
                eve        | back_pain  | three_month | met          | yes        | deceased
                eve        | leg_pain   | three_month | not_assessed | yes        | deceased
                eve        | odi        | one_year    | upcoming     | no         | deceased
                that_day   | back_pain  | three_month | met          | yes        | deceased
                next_day   | back_pain  | three_month | met          | yes        | none
                alive      | back_pain  | three_month | met          | yes        | none
            """,
        ),
        Paragraph(
            "Known to be dead without a date: flagged",
            patients="""
                patient_id     | deceased | deceased_on
                no_date        | yes      |
                said_alive     | no       |
                date_later     | yes      | 2026-11-22
                date_that_day  | yes      | 2026-11-21
            """,
            expected="""
                patient_id    | flags
                no_date       | deceased
                said_alive    | none
                date_later    | none
                date_that_day | deceased
            """,
        ),
    ),
)
