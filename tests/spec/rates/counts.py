"""What is counted, and where."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="What is counted",
    rule="RULES §7, first point",
    intro="Rows in the measure, per measure and stratum; excluded rows stand beside them.",
    paragraphs=(
        Paragraph(
            "Every row in the measure is counted once, by its status; not assessed is part of not met",
            arithmetic=(
                "As of 1 February 2026 the window of 3 March 2025 has closed, that of 1 December 2025 is open since "
                "12 January, that of 29 December opens on 9 February. Met: met_1, met_2 and the provisional one. "
                "Not met: not_met and not_assessed. The child and the fusion are not in this stratum. 3 + 2 + 1 + 1 = 7. "
                "Nobody answered about leg pain or disability: four windows closed, two open, one upcoming."
            ),
            as_of="2026-02-01",
            patients="""
                patient_id   | birth_date
                met_1        | 1970-01-01
                met_2        | 1970-01-01
                provisional  | 1970-01-01
                not_met      | 1970-01-01
                not_assessed | 1970-01-01
                open         | 1970-01-01
                upcoming     | 1970-01-01
                excluded     | 1970-01-01
                child        | 2012-05-05
                fusion       | 1970-01-01
            """,
            procedures="""
                patient_id   | performed_on | code
                met_1        | 2025-03-03   | 63030
                met_2        | 2025-03-03   | 63030
                provisional  | 2025-12-01   | 63030
                not_met      | 2025-03-03   | 63030
                not_assessed | 2025-03-03   | 63030
                open         | 2025-12-01   | 63030
                upcoming     | 2025-12-29   | 63030
                excluded     | 2025-03-03   | 63030
                child        | 2025-03-03   | 63030
                fusion       | 2025-03-03   | 22612
            """,
            conditions="""
                patient_id | code
                excluded   | C79.51
            """,
            scores="""
                patient_id   | instrument | value | assessed_on
                met_1        | back_pain  | 2     | 2025-06-03
                met_2        | back_pain  | 3     | 2025-06-03
                provisional  | back_pain  | 1     | 2026-01-20
                not_met      | back_pain  | 7     | 2025-06-03
                excluded     | back_pain  | 2     | 2025-06-03
                child        | back_pain  | 2     | 2025-06-03
                fusion       | back_pain  | 2     | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | status       | in_measure
                met_1        | back_pain  | three_month | met          | yes
                provisional  | back_pain  | three_month | met          | yes
                not_assessed | back_pain  | three_month | not_assessed | yes
                open         | back_pain  | three_month | open         | yes
                upcoming     | back_pain  | three_month | upcoming     | yes
                excluded     | back_pain  | three_month | excluded     | no
                child        | back_pain  | three_month | met          | no
                fusion       | back_pain  | three_month | met          | no
            """,
            rates="""
                measure_id | stratum          | eligible | met | not_met | not_assessed | excluded | open | upcoming
                459        | lumbarDiscectomy | 7        | 3   | 2       | 1            | 1        | 1    | 1
                459        | lumbarFusion     | 1        | 0   | 0       | 0            | 0        | 1    | 0
                459        | overall          | 8        | 3   | 2       | 1            | 1        | 2    | 1
                461        | lumbarDiscectomy | 7        | 0   | 4       | 4            | 1        | 2    | 1
                471        | lumbarDiscectomy | 7        | 0   | 4       | 4            | 1        | 2    | 1
            """,
        ),
        Paragraph(
            "Excluded rows are counted in their own stratum only, and only where they would count",
            arithmetic="The child would not count even without the cancer; the fusion belongs to the other stratum.",
            patients="""
                patient_id | birth_date
                discectomy | 1970-01-01
                fusion     | 1970-01-01
                child      | 2012-05-05
            """,
            procedures="""
                patient_id | performed_on | code
                discectomy | 2025-03-03   | 63030
                fusion     | 2025-03-03   | 22612
                child      | 2025-03-03   | 63030
            """,
            conditions="""
                code
                C79.51
            """,
            rates="""
                measure_id | stratum          | eligible | excluded | met | not_met
                459        | lumbarDiscectomy | 0        | 1        | 0   | 0
                459        | lumbarFusion     | 0        | 1        | 0   | 0
                459        | overall          | 0        | 2        | 0   | 0
            """,
        ),
        Paragraph(
            "Two operations of one patient are two rows in the measure",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-09-01   | 63042
            """,
            rates="""
                measure_id | stratum          | eligible | not_assessed
                459        | lumbarDiscectomy | 2        | 2
            """,
        ),
        Paragraph(
            "Each measure counts its own instrument",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
                leg_pain   | 7     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | met | not_met | not_assessed
                459        | lumbarDiscectomy | 1   | 0       | 0
                461        | lumbarDiscectomy | 0   | 1       | 0
                471        | lumbarDiscectomy | 0   | 1       | 1
            """,
        ),
        Paragraph(
            "Without any operation every count is zero",
            procedures="""
                performed_on | code
                2025-03-03   | 22551
            """,
            expected="""
                episodes
                0
            """,
            rates="""
                measure_id | stratum          | eligible | met | not_met | not_assessed | excluded | open | upcoming
                459        | lumbarDiscectomy | 0        | 0   | 0       | 0            | 0        | 0    | 0
                459        | lumbarFusion     | 0        | 0   | 0       | 0            | 0        | 0    | 0
                459        | overall          | 0        | 0   | 0       | 0            | 0        | 0    | 0
                461        | overall          | 0        | 0   | 0       | 0            | 0        | 0    | 0
                471        | overall          | 0        | 0   | 0       | 0            | 0        | 0    | 0
            """,
        ),
    ),
)
