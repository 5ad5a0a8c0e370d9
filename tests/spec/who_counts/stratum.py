"""Each kind counts at one timepoint."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The stratum",
    rule="RULES §5, two views",
    intro="Discectomies count at three months, fusions at one year.",
    paragraphs=(
        Paragraph(
            "A discectomy counts at three months only, for all three instruments",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            expected="""
                timepoint   | kind       | in_measure | not_in_measure_because
                three_month | discectomy | yes        | none
                one_year    | discectomy | no         | other_stratum
            """,
        ),
        Paragraph(
            "A fusion counts at one year only, for all three instruments",
            procedures="""
                performed_on | code
                2025-03-03   | 22612
            """,
            expected="""
                timepoint   | kind   | in_measure | not_in_measure_because
                one_year    | fusion | yes        | none
                three_month | fusion | no         | other_stratum
            """,
        ),
        Paragraph(
            "A fusion with a discectomy on the same date counts as a fusion",
            procedures="""
                performed_on | code
                2025-03-03   | 63047
                2025-03-03   | 22633
            """,
            expected="""
                timepoint   | kind   | in_measure | not_in_measure_because
                one_year    | fusion | yes        | none
                three_month | fusion | no         | other_stratum
            """,
        ),
    ),
)
