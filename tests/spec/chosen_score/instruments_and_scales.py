"""Each instrument for itself, on whatever scale."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Instruments and scales",
    rule="RULES §1 and §3",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A score counts for its own instrument only",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                leg_pain   | 6     | 2025-02-25
                odi        | 54    | 2025-02-26
                back_pain  | 2     | 2025-06-03
                leg_pain   | 5     | 2025-06-04
                odi        | 18    | 2025-06-05
            """,
            expected="""
                instrument | timepoint   | preoperative_score | postoperative_score | improvement | status
                back_pain  | three_month | 8                  | 2                   | 6           | met
                leg_pain   | three_month | 6                  | 5                   | 1           | not_met
                odi        | three_month | 54                 | 18                  | 36          | met
            """,
        ),
        Paragraph(
            "One patient's scores never reach another's episode",
            scores="""
                patient_id | instrument | value | assessed_on
                a          | back_pain  | 8     | 2025-02-24
                b          | back_pain  | 2     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | preoperative_score | postoperative_score
                a          | back_pain  | three_month | 8                  | none
                b          | back_pain  | three_month | none               | 2
            """,
        ),
        Paragraph(
            "Numeric and visual analogue scores may all be chosen",
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                nrs        | back_pain  | nrs    | 3     | 2025-06-03
                vas_mm     | back_pain  | vas_mm | 3     | 2025-06-03
                vas_cm     | back_pain  | vas_cm | 3     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | postoperative_score | status
                back_pain  | three_month | 3                   | met
            """,
        ),
        Paragraph(
            "An ODI in percent and one from points may both be chosen, the latest of them",
            scores="""
                instrument | scale     | value | assessed_on
                odi        | percent   | 30    | 2025-06-03
                odi        | points_50 | 22    | 2025-06-04
            """,
            expected="""
                instrument | timepoint   | postoperative_score | status
                odi        | three_month | 22                  | met
            """,
        ),
        Paragraph(
            "Values keep their four decimals and so does the improvement",
            arithmetic="8.1234 - 3.1235 = 4.9999, which is not 5.",
            scores="""
                instrument | scale  | value  | assessed_on
                back_pain  | vas_mm | 8.1234 | 2025-02-24
                back_pain  | vas_mm | 3.1235 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score | postoperative_score | improvement | status
                back_pain  | three_month | 8.1234             | 3.1235              | 4.9999      | not_met
            """,
        ),
        Paragraph(
            "Zero is a score",
            scores="""
                instrument | value | assessed_on
                back_pain  | 0     | 2025-02-24
                back_pain  | 0     | 2025-06-03
                odi        | 0     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score | postoperative_score | improvement | status
                back_pain  | three_month | 0                  | 0                   | 0           | met
                odi        | three_month | none               | 0                   | none        | met
            """,
        ),
    ),
)
