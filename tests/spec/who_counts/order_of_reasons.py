"""When several reasons apply, the first is given."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The order of the reasons",
    rule="RULES §5, two views",
    intro="outside_identification_period, age_unknown, under_18, other_stratum, excluded: the first that applies.",
    paragraphs=(
        Paragraph(
            "Outside the identification period comes before everything else",
            procedures="""
                performed_on | code
                2024-06-03   | 63030
            """,
            patients="""
                patient_id  | birth_date
                age_unknown |
                child       | 2012-05-05
                adult       | 1970-01-01
            """,
            conditions="""
                code
                C79.51
            """,
            expected="""
                in_measure | not_in_measure_because        | status
                no         | outside_identification_period | excluded
            """,
        ),
        Paragraph(
            "Age comes before stratum and exclusion, at both timepoints",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id  | birth_date
                age_unknown |
                child       | 2012-05-05
            """,
            conditions="""
                code
                C79.51
            """,
            expected="""
                patient_id  | in_measure | not_in_measure_because | status
                age_unknown | no         | age_unknown            | excluded
                child       | no         | under_18               | excluded
            """,
        ),
        Paragraph(
            "The stratum comes before the exclusion",
            procedures="""
                patient_id | performed_on | code
                discectomy | 2025-06-03   | 63030
                fusion     | 2025-06-03   | 22612
            """,
            conditions="""
                code
                C79.51
            """,
            expected="""
                patient_id | timepoint   | status   | in_measure | not_in_measure_because
                discectomy | three_month | excluded | no         | excluded
                discectomy | one_year    | excluded | no         | other_stratum
                fusion     | three_month | excluded | no         | other_stratum
                fusion     | one_year    | excluded | no         | excluded
            """,
        ),
    ),
)
