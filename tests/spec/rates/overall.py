"""Both strata together."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Overall",
    rule="RULES §7, second point",
    intro="Overall = sum of met over sum of met and not met: never the mean of the strata's rates.",
    paragraphs=(
        Paragraph(
            "A large and a small stratum are weighted by their rows",
            arithmetic="Discectomies 3 of 4, fusions 0 of 1: (3 + 0) / (4 + 1) = 0.6. The mean of 0.75 and 0 would be 0.375.",
            procedures="""
                patient_id | performed_on | code
                d1         | 2025-03-03   | 63030
                d2         | 2025-03-03   | 63030
                d3         | 2025-03-03   | 63030
                d4         | 2025-03-03   | 63030
                f1         | 2025-03-03   | 22612
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                d1         | odi        | 10    | 2025-06-03
                d2         | odi        | 12    | 2025-06-03
                d3         | odi        | 22    | 2025-06-03
                d4         | odi        | 60    | 2025-06-03
                f1         | odi        | 60    | 2026-03-03
            """,
            rates="""
                measure_id | stratum          | eligible | met | not_met | rate   | response_rate
                471        | lumbarDiscectomy | 4        | 3   | 1       | 0.7500 | 1.0000
                471        | lumbarFusion     | 1        | 0   | 1       | 0.0000 | 1.0000
                471        | overall          | 5        | 3   | 2       | 0.6000 | 1.0000
            """,
        ),
        Paragraph(
            "A stratum without a rate leaves the other's",
            procedures="""
                patient_id | performed_on | code
                d1         | 2025-03-03   | 63030
                d2         | 2025-03-03   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                d1         | odi        | 10    | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | eligible | met | not_met | rate   | response_rate | bound_high
                471        | lumbarDiscectomy | 2        | 1   | 1       | 0.5000 | 0.5000        | 1.0000
                471        | lumbarFusion     | 0        | 0   | 0       | none   | none          | none
                471        | overall          | 2        | 1   | 1       | 0.5000 | 0.5000        | 1.0000
            """,
        ),
        Paragraph(
            "A patient with a discectomy and a fusion counts in both strata",
            procedures="""
                performed_on | code
                2024-11-04   | 22612
                2025-12-01   | 63030
            """,
            rates="""
                measure_id | stratum          | eligible
                459        | lumbarDiscectomy | 1
                459        | lumbarFusion     | 1
                459        | overall          | 2
            """,
        ),
    ),
)
