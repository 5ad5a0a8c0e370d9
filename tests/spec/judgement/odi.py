"""Oswestry Disability Index: at most 22, or improved by at least 30."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Oswestry Disability Index",
    rule="RULES §4, odi",
    intro="Met: postoperative at most 22, or improvement at least 30. Comparisons are in decimals.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A postoperative index of exactly 22 meets the target, a ten-thousandth more does not",
            arithmetic="From 40, 22 improves by 18 only.",
            scores="""
                patient_id   | instrument | value   | assessed_on
                below        | odi        | 40      | 2025-02-24
                below        | odi        | 21      | 2025-06-03
                at           | odi        | 40      | 2025-02-24
                at           | odi        | 22      | 2025-06-03
                above        | odi        | 40      | 2025-02-24
                above        | odi        | 23      | 2025-06-03
                barely_above | odi        | 40      | 2025-02-24
                barely_above | odi        | 22.0001 | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | improvement | status  | code
                below        | odi        | three_month | 19          | met     | G2144
                at           | odi        | three_month | 18          | met     | G2144
                above        | odi        | three_month | 17          | not_met | G2145
                barely_above | odi        | three_month | 17.9999     | not_met | G2145
            """,
        ),
        Paragraph(
            "Nine sections answered with ten points in all are 22.2222 and do not meet it",
            arithmetic="100 x 10 / (5 x 9) = 22.2222, read to four decimals, is above 22.",
            scores="""
                instrument | value   | assessed_on
                odi        | 22.2222 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status
                odi        | three_month | not_met
            """,
        ),
        Paragraph(
            "An improvement of exactly 30 meets the target, a ten-thousandth less does not",
            arithmetic="70 - 41 = 29; 70 - 40 = 30; 70 - 39 = 31; 70 - 40.0001 = 29.9999. All are above 22.",
            scores="""
                patient_id   | instrument | value   | assessed_on
                below        | odi        | 70      | 2025-02-24
                below        | odi        | 41      | 2025-06-03
                at           | odi        | 70      | 2025-02-24
                at           | odi        | 40      | 2025-06-03
                above        | odi        | 70      | 2025-02-24
                above        | odi        | 39      | 2025-06-03
                barely_below | odi        | 70      | 2025-02-24
                barely_below | odi        | 40.0001 | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | improvement | status
                below        | odi        | three_month | 29          | not_met
                at           | odi        | three_month | 30          | met
                above        | odi        | three_month | 31          | met
                barely_below | odi        | three_month | 29.9999     | not_met
            """,
        ),
        Paragraph(
            "Differences are exact: 52.3 - 22.3 is 30",
            arithmetic="In binary floating point 52.3 - 22.3, 53.8 - 23.8 and 52.44 - 22.44 all fall short of 30.",
            scores="""
                patient_id | instrument | value | assessed_on
                a          | odi        | 52.3  | 2025-02-24
                a          | odi        | 22.3  | 2025-06-03
                b          | odi        | 53.8  | 2025-02-24
                b          | odi        | 23.8  | 2025-06-03
                c          | odi        | 52.44 | 2025-02-24
                c          | odi        | 22.44 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | improvement | status
                odi        | three_month | 30          | met
            """,
        ),
        Paragraph(
            "The thresholds are those of the index, not those of pain",
            arithmetic="An index of 23 after 33 is neither at most 22 nor improved by 30, though improved by more than 5.",
            scores="""
                instrument | value | assessed_on
                odi        | 33    | 2025-02-24
                odi        | 23    | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | improvement | status
                odi        | three_month | 10          | not_met
            """,
        ),
        Paragraph(
            "The thresholds are the same at one year",
            scores="""
                patient_id | instrument | value | assessed_on
                at_22      | odi        | 40    | 2025-02-24
                at_22      | odi        | 22    | 2026-03-04
                above_22   | odi        | 40    | 2025-02-24
                above_22   | odi        | 24    | 2026-03-04
                by_30      | odi        | 70    | 2025-02-24
                by_30      | odi        | 40    | 2026-03-04
                by_28      | odi        | 70    | 2025-02-24
                by_28      | odi        | 42    | 2026-03-04
            """,
            expected="""
                patient_id | instrument | timepoint | status
                at_22      | odi        | one_year  | met
                above_22   | odi        | one_year  | not_met
                by_30      | odi        | one_year  | met
                by_28      | odi        | one_year  | not_met
            """,
        ),
    ),
)
