"""Of several dates in a window, which one counts."""

from lumbar.measures.policy import EARLIEST, NEAREST, Policy
from spec_book import Paragraph, Section

SECTION = Section(
    title="Which date counts",
    rule="RULES §3, first paragraph",
    intro="The steward's own rule is unknown, so the postoperative choice is a policy, named in every output.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Before surgery the latest date counts",
            scores="""
                instrument | value | assessed_on
                back_pain  | 9     | 2024-12-10
                back_pain  | 6     | 2025-02-24
                back_pain  | 8     | 2025-01-15
            """,
            expected="""
                instrument | preoperative_score | preoperative_on
                back_pain  | 6                  | 2025-02-24
            """,
        ),
        Paragraph(
            "After surgery, under policy latest, the latest date counts, whatever the scores",
            scores="""
                instrument | value | assessed_on
                back_pain  | 1     | 2025-04-20
                back_pain  | 5     | 2025-07-01
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | postoperative_score | postoperative_on | status
                back_pain  | three_month | 5                   | 2025-07-01       | not_met
            """,
        ),
        Paragraph(
            "Under policy earliest, the earliest date counts",
            policy=Policy(postoperative=EARLIEST),
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
                back_pain  | 1     | 2025-04-20
                back_pain  | 5     | 2025-07-01
            """,
            expected="""
                instrument | timepoint   | postoperative_score | postoperative_on
                back_pain  | three_month | 1                   | 2025-04-20
            """,
        ),
        Paragraph(
            "Under policy nearest, the date nearest to three months counts",
            arithmetic="3 months after 3 March is 3 June. 1 June is 2 days away, 10 June is 7, 14 May is 20.",
            policy=Policy(postoperative=NEAREST),
            scores="""
                instrument | value | assessed_on
                back_pain  | 5     | 2025-06-10
                back_pain  | 2     | 2025-06-01
                back_pain  | 1     | 2025-05-14
            """,
            expected="""
                instrument | timepoint   | postoperative_score | postoperative_on
                back_pain  | three_month | 2                   | 2025-06-01
            """,
        ),
        Paragraph(
            "Equally near, the later date counts",
            arithmetic="25 May and 12 June are both 9 days from 3 June.",
            policy=Policy(postoperative=NEAREST),
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-05-25
                back_pain  | 5     | 2025-06-12
            """,
            expected="""
                instrument | timepoint   | postoperative_score | postoperative_on
                back_pain  | three_month | 5                   | 2025-06-12
            """,
        ),
        Paragraph(
            "One day nearer is enough, on either side",
            arithmetic="From 3 June, 26 May is 8 days and 12 June 9; 25 May is 9 days and 11 June 8.",
            policy=Policy(postoperative=NEAREST),
            scores="""
                patient_id | instrument | value | assessed_on
                earlier    | back_pain  | 2     | 2025-05-26
                earlier    | back_pain  | 5     | 2025-06-12
                later      | back_pain  | 2     | 2025-05-25
                later      | back_pain  | 5     | 2025-06-11
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_on
                earlier    | back_pain  | three_month | 2025-05-26
                later      | back_pain  | three_month | 2025-06-11
            """,
        ),
        Paragraph(
            "At one year, the date nearest to twelve months counts",
            arithmetic="12 months after 3 March 2025 is 3 March 2026. 20 February is 11 days away, 15 March 12.",
            policy=Policy(postoperative=NEAREST),
            scores="""
                instrument | value | assessed_on
                odi        | 40    | 2026-03-15
                odi        | 20    | 2026-02-20
                odi        | 60    | 2026-05-30
            """,
            expected="""
                instrument | timepoint | postoperative_score | postoperative_on
                odi        | one_year  | 20                  | 2026-02-20
            """,
        ),
        Paragraph(
            "Three months are calendar months here too: the last day where the day does not exist",
            arithmetic="3 months after 30 November 2024 is 28 February 2025: 18 February and 10 March are both 10 days away.",
            policy=Policy(postoperative=NEAREST),
            procedures="""
                performed_on | code
                2024-11-30   | 22612
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-02-18
                back_pain  | 5     | 2025-03-10
            """,
            expected="""
                instrument | timepoint   | postoperative_on
                back_pain  | three_month | 2025-03-10
            """,
        ),
        Paragraph(
            "Twelve months after 29 February is 28 February",
            arithmetic="From 28 February 2025, 18 February is 10 days away and 11 March 11 days.",
            policy=Policy(postoperative=NEAREST),
            procedures="""
                performed_on | code
                2024-02-29   | 22612
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-02-18
                back_pain  | 5     | 2025-03-11
            """,
            expected="""
                instrument | timepoint | postoperative_on
                back_pain  | one_year  | 2025-02-18
            """,
        ),
        Paragraph(
            "The policy has no say before surgery: the latest date counts under earliest",
            policy=Policy(postoperative=EARLIEST),
            scores="""
                instrument | value | assessed_on
                back_pain  | 9     | 2024-12-10
                back_pain  | 6     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 6
            """,
        ),
        Paragraph(
            "The policy has no say before surgery: the latest date counts under nearest",
            policy=Policy(postoperative=NEAREST),
            scores="""
                instrument | value | assessed_on
                back_pain  | 9     | 2024-12-10
                back_pain  | 6     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 6
            """,
        ),
    ),
)
