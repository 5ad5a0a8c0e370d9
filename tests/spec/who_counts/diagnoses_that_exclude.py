"""Denominator exclusions by diagnosis."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Diagnoses that exclude",
    rule="RULES §6, Exclusions",
    intro=(
        "Lumbar cancer, acute fracture, infection, and neuromuscular, idiopathic or congenital scoliosis, active on the "
        "index date. The code lists are engineered, and shown so."
    ),
    procedures="""
        performed_on | code
        2025-06-10   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Each of the four categories excludes, for every instrument and at both timepoints",
            conditions="""
                patient_id | code     | onset_on
                cancer     | C79.51   | 2025-06-01
                fracture   | S32.010A | 2025-06-01
                infection  | M46.46   | 2025-06-01
                scoliosis  | M41.26   | 2025-06-01
            """,
            expected="""
                status   | no_flag
                excluded | exclusion_reported_only
            """,
        ),
        Paragraph(
            "Congenital and neuromuscular scoliosis exclude as well",
            conditions="""
                patient_id    | code   | onset_on
                congenital    | Q76.3  | 1970-01-01
                neuromuscular | M41.46 | 1990-01-01
            """,
            expected="""
                status
                excluded
            """,
        ),
        Paragraph(
            "Other diagnoses of the spine exclude nobody",
            conditions="""
                patient_id         | code     | onset_on
                disc_herniation    | M51.26   | 2025-01-01
                stenosis           | M48.061  | 2025-01-01
                other_scoliosis    | M41.86   | 2025-01-01
                benign_tumour      | D16.6    | 2025-01-01
                uncertain_tumour   | D43.4    | 2025-01-01
                healing_fracture   | S32.010D | 2025-06-01
                thoracic_discitis  | M46.44   | 2025-01-01
            """,
            expected="""
                status
                not_assessed
            """,
        ),
        Paragraph(
            "The same text in another code system excludes nobody",
            conditions="""
                system | code
                icd9cm | C79.51
                snomed | C79.51
            """,
            expected="""
                status
                not_assessed
            """,
        ),
        Paragraph(
            "It must have begun on or before the index date, or have no known beginning",
            conditions="""
                patient_id  | code   | onset_on
                years_ago   | C79.51 | 2015-01-01
                that_day    | C79.51 | 2025-06-10
                next_day    | C79.51 | 2025-06-11
                not_known   | C79.51 |
            """,
            expected="""
                patient_id | status
                years_ago  | excluded
                that_day   | excluded
                next_day   | not_assessed
                not_known  | excluded
            """,
        ),
        Paragraph(
            "It must not have ended before the index date",
            conditions="""
                patient_id | code   | onset_on   | abated_on
                eve        | M46.46 | 2024-01-01 | 2025-06-09
                that_day   | M46.46 | 2024-01-01 | 2025-06-10
                next_day   | M46.46 | 2024-01-01 | 2025-06-11
                still_ill  | M46.46 | 2024-01-01 |
                eve_only   | M46.46 |            | 2025-06-09
            """,
            expected="""
                patient_id | status
                eve        | not_assessed
                that_day   | excluded
                next_day   | excluded
                still_ill  | excluded
                eve_only   | not_assessed
            """,
        ),
        Paragraph(
            "A refuted, provisional or differential diagnosis excludes nobody",
            conditions="""
                patient_id   | code   | verification
                refuted      | C79.51 | refuted
                provisional  | C79.51 | provisional
                differential | C79.51 | differential
                confirmed    | C79.51 | confirmed
                unconfirmed  | C79.51 | unconfirmed
                not_said     | C79.51 |
            """,
            expected="""
                patient_id   | status
                refuted      | not_assessed
                provisional  | not_assessed
                differential | not_assessed
                confirmed    | excluded
                unconfirmed  | excluded
                not_said     | excluded
            """,
        ),
        Paragraph(
            "A diagnosis excludes from the day it was recorded, whenever it began; without such a day, always",
            as_of="2026-01-15",
            conditions="""
                patient_id | code   | onset_on   | recorded_on
                eve        | C79.51 | 2025-06-01 | 2026-01-14
                that_day   | C79.51 | 2025-06-01 | 2026-01-15
                next_day   | C79.51 | 2025-06-01 | 2026-01-16
                not_said   | C79.51 | 2025-06-01 |
            """,
            expected="""
                patient_id | timepoint   | status
                eve        | three_month | excluded
                that_day   | three_month | excluded
                next_day   | three_month | not_assessed
                not_said   | three_month | excluded
            """,
        ),
        Paragraph(
            "One excluding diagnosis among others is enough",
            conditions="""
                code   | verification | onset_on   | abated_on
                M51.26 |              |            |
                C79.51 | refuted      |            |
                M46.46 |              | 2020-01-01 | 2020-06-01
                Q76.3  | confirmed    |            |
            """,
            expected="""
                status
                excluded
            """,
        ),
        Paragraph(
            "A diagnosis may exclude one operation and not another of the same patient",
            procedures="""
                performed_on | code
                2024-11-04   | 22612
                2025-06-10   | 63030
            """,
            conditions="""
                code   | onset_on   | abated_on
                M46.46 | 2024-10-01 | 2025-02-01
            """,
            expected="""
                index_date | status
                2024-11-04 | excluded
                2025-06-10 | not_assessed
            """,
        ),
    ),
)
