"""Whose episode it is, and who pays."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Surgeon and payer",
    rule="RULES §6, Modifiers (last sentence)",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "The surgeon is that of the qualifying line with the smallest procedure id",
            procedures="""
                procedure_id | performed_on | code  | surgeon_npi
                line-2       | 2025-03-03   | 63030 | 1111111112
                line-1       | 2025-03-03   | 63047 | 2222222228
                line-3       | 2025-03-03   | 22612 | 3333333334
            """,
            expected="""
                surgeon_npi
                2222222228
            """,
        ),
        Paragraph(
            "Procedure ids are compared as text",
            arithmetic="As text, line-10 comes before line-9.",
            procedures="""
                procedure_id | performed_on | code  | surgeon_npi
                line-9       | 2025-03-03   | 63030 | 1111111112
                line-10      | 2025-03-03   | 63030 | 2222222228
            """,
            expected="""
                surgeon_npi
                2222222228
            """,
        ),
        Paragraph(
            "Capital letters come before small ones: text is ordered by code point",
            procedures="""
                procedure_id | performed_on | code  | surgeon_npi
                a1           | 2025-03-03   | 63030 | 1111111112
                B1           | 2025-03-03   | 63030 | 2222222228
            """,
            expected="""
                surgeon_npi
                2222222228
            """,
        ),
        Paragraph(
            "An assistant's line and an add-on line never name the surgeon",
            procedures="""
                procedure_id | performed_on | code  | modifiers | surgeon_npi
                line-1       | 2025-03-03   | 63030 | AS        | 1111111112
                line-2       | 2025-03-03   | 63035 |           | 2222222228
                line-3       | 2025-03-03   | 63030 |           | 3333333334
            """,
            expected="""
                surgeon_npi
                3333333334
            """,
        ),
        Paragraph(
            "That line without a surgeon leaves the surgeon absent, also when another line has one",
            procedures="""
                procedure_id | performed_on | code  | surgeon_npi
                line-1       | 2025-03-03   | 63030 |
                line-2       | 2025-03-03   | 63047 | 2222222228
            """,
            expected="""
                surgeon_npi
                none
            """,
        ),
        Paragraph(
            "The payer is the coverage active on the index date, both ends counted",
            coverages="""
                patient_id  | payer    | starts_on  | ends_on
                ends_that   | medicaid | 2024-01-01 | 2025-03-03
                ended_eve   | medicaid | 2024-01-01 | 2025-03-02
                starts_that | medicaid | 2025-03-03 | 2025-12-31
                starts_next | medicaid | 2025-03-04 | 2025-12-31
                no_limits   | medicaid |            |
                no_start    | medicaid |            | 2025-03-03
                no_end      | medicaid | 2025-03-03 |
            """,
            expected="""
                patient_id  | payer
                ends_that   | medicaid
                ended_eve   | unknown
                starts_that | medicaid
                starts_next | unknown
                no_limits   | medicaid
                no_start    | medicaid
                no_end      | medicaid
            """,
        ),
        Paragraph(
            "Of several coverages active on the index date the first by name counts",
            coverages="""
                payer              | starts_on  | ends_on
                medicare_advantage | 2024-01-01 | 2025-12-31
                aetna              | 2025-03-04 | 2025-12-31
                cigna              | 2024-01-01 | 2025-12-31
            """,
            arithmetic="Aetna began a day late; of the other two cigna comes first.",
            expected="""
                payer
                cigna
            """,
        ),
        Paragraph(
            "A coverage whose payer is not known gives way to one whose payer is",
            arithmetic="By name unknown would come before workers_compensation, but it says less.",
            coverages="""
                patient_id   | payer
                two          | unknown
                two          | workers_compensation
                only_unknown | unknown
            """,
            expected="""
                patient_id   | payer
                two          | workers_compensation
                only_unknown | unknown
            """,
        ),
        Paragraph(
            "Without any coverage the payer is unknown",
            expected="""
                payer
                unknown
            """,
        ),
    ),
)
