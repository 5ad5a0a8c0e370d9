"""Back pain: at most 3.0, or improved by at least 5.0."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Back pain",
    rule="RULES §4, back_pain",
    intro="Met: postoperative at most 3.0, or improvement at least 5.0. Comparisons are in decimals.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A postoperative score of exactly 3.0 meets the target, a ten-thousandth more does not",
            arithmetic="From 5, no score above 0 improves by 5: only the 3.0 is tried here.",
            scores="""
                patient_id   | instrument | scale  | value  | assessed_on
                below        | back_pain  | vas_mm | 5      | 2025-02-24
                below        | back_pain  | vas_mm | 2.9    | 2025-06-03
                at           | back_pain  | vas_mm | 5      | 2025-02-24
                at           | back_pain  | vas_mm | 3.0    | 2025-06-03
                above        | back_pain  | vas_mm | 5      | 2025-02-24
                above        | back_pain  | vas_mm | 3.1    | 2025-06-03
                barely_above | back_pain  | vas_mm | 5      | 2025-02-24
                barely_above | back_pain  | vas_mm | 3.0001 | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | improvement | status  | code
                below        | back_pain  | three_month | 2.1         | met     | G2136
                at           | back_pain  | three_month | 2.0         | met     | G2136
                above        | back_pain  | three_month | 1.9         | not_met | G2137
                barely_above | back_pain  | three_month | 1.9999      | not_met | G2137
            """,
        ),
        Paragraph(
            "An improvement of exactly 5.0 meets the target, a ten-thousandth less does not",
            arithmetic="9.0 - 4.1 = 4.9; 9.0 - 4.0 = 5.0; 9.0 - 3.9 = 5.1; 9.0 - 4.0001 = 4.9999. All are above 3.0.",
            scores="""
                patient_id   | instrument | scale  | value  | assessed_on
                below        | back_pain  | vas_mm | 9.0    | 2025-02-24
                below        | back_pain  | vas_mm | 4.1    | 2025-06-03
                at           | back_pain  | vas_mm | 9.0    | 2025-02-24
                at           | back_pain  | vas_mm | 4.0    | 2025-06-03
                above        | back_pain  | vas_mm | 9.0    | 2025-02-24
                above        | back_pain  | vas_mm | 3.9    | 2025-06-03
                barely_below | back_pain  | vas_mm | 9.0    | 2025-02-24
                barely_below | back_pain  | vas_mm | 4.0001 | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | improvement | status
                below        | back_pain  | three_month | 4.9         | not_met
                at           | back_pain  | three_month | 5.0         | met
                above        | back_pain  | three_month | 5.1         | met
                barely_below | back_pain  | three_month | 4.9999      | not_met
            """,
        ),
        Paragraph(
            "Differences are exact: 8.2 - 3.2 is 5.0",
            arithmetic="In binary floating point 8.2 - 3.2, 8.7 - 3.7, 9.2 - 4.2 and 9.7 - 4.7 all fall short of 5.",
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                a          | back_pain  | vas_mm | 8.2   | 2025-02-24
                a          | back_pain  | vas_mm | 3.2   | 2025-06-03
                b          | back_pain  | vas_mm | 8.7   | 2025-02-24
                b          | back_pain  | vas_mm | 3.7   | 2025-06-03
                c          | back_pain  | vas_mm | 9.2   | 2025-02-24
                c          | back_pain  | vas_mm | 4.2   | 2025-06-03
                d          | back_pain  | vas_mm | 9.7   | 2025-02-24
                d          | back_pain  | vas_mm | 4.7   | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | improvement | status
                back_pain  | three_month | 5           | met
            """,
        ),
        Paragraph(
            "The thresholds are the same at one year",
            scores="""
                patient_id  | instrument | value | assessed_on
                at_three    | back_pain  | 5     | 2025-02-24
                at_three    | back_pain  | 3     | 2026-03-04
                above_three | back_pain  | 5     | 2025-02-24
                above_three | back_pain  | 4     | 2026-03-04
                by_five     | back_pain  | 10    | 2025-02-24
                by_five     | back_pain  | 5     | 2026-03-04
                by_four     | back_pain  | 10    | 2025-02-24
                by_four     | back_pain  | 6     | 2026-03-04
            """,
            expected="""
                patient_id  | instrument | timepoint | status
                at_three    | back_pain  | one_year  | met
                above_three | back_pain  | one_year  | not_met
                by_five     | back_pain  | one_year  | met
                by_four     | back_pain  | one_year  | not_met
            """,
        ),
        Paragraph(
            "Worse is a negative improvement",
            arithmetic="4 - 9 = -5.",
            scores="""
                instrument | value | assessed_on
                back_pain  | 4     | 2025-02-24
                back_pain  | 9     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | improvement | status
                back_pain  | three_month | -5          | not_met
            """,
        ),
    ),
)
