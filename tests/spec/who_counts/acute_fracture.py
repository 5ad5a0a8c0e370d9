"""A fracture excludes only when it is acute."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Acute fracture",
    rule="RULES §6, Exclusions",
    intro="A fracture excludes when its onset lies in the 90 days to the index date, both ends counted.",
    procedures="""
        performed_on | code
        2025-06-10   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Ninety days before the index date still counts, ninety-one does not",
            arithmetic="90 days before 10 June 2025 is 12 March; three months before it would be 10 March.",
            conditions="""
                patient_id | code     | onset_on
                days_92    | S32.010A | 2025-03-10
                days_91    | S32.010A | 2025-03-11
                days_90    | S32.010A | 2025-03-12
                days_89    | S32.010A | 2025-03-13
            """,
            expected="""
                patient_id | status
                days_92    | not_assessed
                days_91    | not_assessed
                days_90    | excluded
                days_89    | excluded
            """,
        ),
        Paragraph(
            "A fracture on the index date counts, one the day after does not",
            conditions="""
                patient_id | code     | onset_on
                eve        | S32.010A | 2025-06-09
                that_day   | S32.010A | 2025-06-10
                next_day   | S32.010A | 2025-06-11
            """,
            expected="""
                patient_id | status
                eve        | excluded
                that_day   | excluded
                next_day   | not_assessed
            """,
        ),
        Paragraph(
            "Without a known onset a fracture is not known to be acute",
            conditions="""
                code
                S32.010A
            """,
            expected="""
                status
                not_assessed
            """,
        ),
        Paragraph(
            "An acute fracture that ended before the index date excludes nobody",
            conditions="""
                patient_id | code     | onset_on   | abated_on
                eve        | S32.010A | 2025-05-01 | 2025-06-09
                that_day   | S32.010A | 2025-05-01 | 2025-06-10
            """,
            expected="""
                patient_id | status
                eve        | not_assessed
                that_day   | excluded
            """,
        ),
        Paragraph(
            "The ninety days hold for fractures only",
            conditions="""
                patient_id | code   | onset_on
                cancer     | C79.51 | 2025-03-11
                infection  | M46.46 | 2025-03-11
                scoliosis  | M41.26 | 2025-03-11
            """,
            expected="""
                status
                excluded
            """,
        ),
        Paragraph(
            "The code must be one of the fracture list: an older fracture of another site does not",
            conditions="""
                patient_id    | code     | onset_on
                pathological  | M84.48XA | 2025-06-01
                sequela       | M84.48XS | 2025-06-01
                thoracic      | S22.080A | 2025-06-01
            """,
            expected="""
                patient_id   | status
                pathological | excluded
                sequela      | not_assessed
                thoracic     | not_assessed
            """,
        ),
    ),
)
