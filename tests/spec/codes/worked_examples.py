"""The two published worked examples, and their mirror images."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Worked examples",
    rule="RULES §5, two views",
    procedures="""
        performed_on | code
        2025-03-03   | 22612
    """,
    paragraphs=(
        Paragraph(
            "A fusion, 8 before and 6 at three months: G2137 in the descriptor view, not in the measure",
            arithmetic="8 - 6 = 2, less than 5.0; 6 is more than 3.0. A fusion counts at one year, not at three months.",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 6     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | kind   | preoperative_score | postoperative_score | improvement | status  | code  | in_measure | not_in_measure_because
                back_pain  | three_month | fusion | 8                  | 6                   | 2           | not_met | G2137 | no         | other_stratum
            """,
        ),
        Paragraph(
            "A fusion, 8 before and 6 at one year: G2139, in the measure",
            arithmetic="8 - 6 = 2, less than 5.0; 6 is more than 3.0. One year is the stratum of fusions.",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 6     | 2026-03-03
            """,
            expected="""
                instrument | timepoint | kind   | preoperative_score | postoperative_score | improvement | status  | code  | in_measure | not_in_measure_because
                back_pain  | one_year  | fusion | 8                  | 6                   | 2           | not_met | G2139 | yes        | none
            """,
        ),
        Paragraph(
            "A discectomy, 8 before and 6 at three months: G2137, in the measure",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 6     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status  | code  | in_measure | not_in_measure_because
                back_pain  | three_month | not_met | G2137 | yes        | none
            """,
        ),
    ),
)
