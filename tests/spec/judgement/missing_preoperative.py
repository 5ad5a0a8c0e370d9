"""Without a preoperative score, and with one already at the target."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Without a preoperative score, or one already at the target",
    rule="RULES §4, second paragraph",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "At most 3.0 after surgery meets the target without a preoperative score",
            scores="""
                instrument | value | assessed_on
                back_pain  | 3     | 2025-06-03
                leg_pain   | 3     | 2025-06-03
                odi        | 22    | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status | code  | improvement | flags
                back_pain  | three_month | met    | G2136 | none        | none
                leg_pain   | three_month | met    | G2140 | none        | none
                odi        | three_month | met    | G2144 | none        | none
            """,
        ),
        Paragraph(
            "More than that without a preoperative score is not met, and flagged",
            arithmetic="The code's text wants both scores, but no other code fits.",
            scores="""
                instrument | scale   | value   | assessed_on
                back_pain  | vas_mm  | 3.0001  | 2025-06-03
                leg_pain   | vas_mm  | 4       | 2025-06-03
                odi        | percent | 22.0001 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status  | code  | improvement | flags
                back_pain  | three_month | not_met | G2137 | none        | no_preoperative_score
                leg_pain   | three_month | not_met | G2141 | none        | no_preoperative_score
                odi        | three_month | not_met | G2145 | none        | no_preoperative_score
            """,
        ),
        Paragraph(
            "Without any score nothing is flagged",
            expected="""
                status       | flags
                not_assessed | none
            """,
        ),
        Paragraph(
            "A preoperative score alone is no result",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score | postoperative_score | improvement | status       | flags
                back_pain  | 8                  | none                | none        | not_assessed | none
            """,
        ),
        Paragraph(
            "A preoperative score already at the target changes nothing, and is flagged",
            arithmetic="2 before and 3 after: at most 3.0, met. 2 before and 4 after: above it and not improved, not met.",
            scores="""
                patient_id | instrument | value | assessed_on
                still_low  | back_pain  | 2     | 2025-02-24
                still_low  | back_pain  | 3     | 2025-06-03
                now_high   | back_pain  | 2     | 2025-02-24
                now_high   | back_pain  | 4     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | status  | flag
                still_low  | back_pain  | three_month | met     | preoperative_at_target
                now_high   | back_pain  | three_month | not_met | preoperative_at_target
            """,
        ),
    ),
)
