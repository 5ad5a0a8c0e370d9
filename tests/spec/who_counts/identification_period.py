"""Which index dates count."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The identification period",
    rule="RULES §6, first point",
    intro=(
        "For performance year 2026: discectomies of 1 January to 31 December 2025, fusions of 1 October 2024 to "
        "30 September 2025. The dates are likely, derived, not published."
    ),
    paragraphs=(
        Paragraph(
            "A discectomy counts in the calendar year before the performance year",
            procedures="""
                patient_id | performed_on | code
                eve        | 2024-12-31   | 63030
                first_day  | 2025-01-01   | 63030
                last_day   | 2025-12-31   | 63030
                day_after  | 2026-01-01   | 63030
            """,
            expected="""
                patient_id | timepoint   | in_measure | not_in_measure_because
                eve        | three_month | no         | outside_identification_period
                first_day  | three_month | yes        | none
                last_day   | three_month | yes        | none
                day_after  | three_month | no         | outside_identification_period
            """,
        ),
        Paragraph(
            "A fusion counts from October to September",
            procedures="""
                patient_id | performed_on | code
                eve        | 2024-09-30   | 22612
                first_day  | 2024-10-01   | 22612
                last_day   | 2025-09-30   | 22612
                day_after  | 2025-10-01   | 22612
            """,
            expected="""
                patient_id | timepoint | in_measure | not_in_measure_because
                eve        | one_year  | no         | outside_identification_period
                first_day  | one_year  | yes        | none
                last_day   | one_year  | yes        | none
                day_after  | one_year  | no         | outside_identification_period
            """,
        ),
        Paragraph(
            "The period is that of the kind's own stratum, at both timepoints",
            arithmetic="15 November 2024 lies in the fusions' period only, 15 November 2025 in the discectomies' only.",
            procedures="""
                patient_id      | performed_on | code
                fusion_2024     | 2024-11-15   | 22612
                discectomy_2024 | 2024-11-15   | 63030
                fusion_2025     | 2025-11-15   | 22612
                discectomy_2025 | 2025-11-15   | 63030
            """,
            expected="""
                patient_id      | timepoint   | not_in_measure_because
                fusion_2024     | one_year    | none
                fusion_2024     | three_month | other_stratum
                discectomy_2024 | one_year    | outside_identification_period
                discectomy_2024 | three_month | outside_identification_period
                fusion_2025     | one_year    | outside_identification_period
                fusion_2025     | three_month | outside_identification_period
                discectomy_2025 | three_month | none
                discectomy_2025 | one_year    | other_stratum
            """,
        ),
        Paragraph(
            "Of two operations of one patient each is held against its own period",
            procedures="""
                performed_on | code
                2024-06-03   | 63030
                2025-06-03   | 63030
            """,
            expected="""
                index_date | timepoint   | in_measure | not_in_measure_because
                2024-06-03 | three_month | no         | outside_identification_period
                2025-06-03 | three_month | yes        | none
            """,
        ),
        Paragraph(
            "Open and upcoming rows are in the measure as well",
            as_of="2025-06-10",
            procedures="""
                patient_id | performed_on | code
                open       | 2025-03-03   | 63030
                upcoming   | 2025-06-02   | 63030
            """,
            expected="""
                patient_id | timepoint   | status   | in_measure
                open       | three_month | open     | yes
                upcoming   | three_month | upcoming | yes
            """,
        ),
    ),
)
