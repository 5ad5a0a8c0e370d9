"""What a modifier on a procedure line does."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Modifiers",
    rule="RULES §6, Modifiers",
    paragraphs=(
        Paragraph(
            "An assistant's line alone starts no episode",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | AS
                b          | 2025-03-03   | 63030 | 80
                c          | 2025-03-03   | 63030 | 81
                d          | 2025-03-03   | 63030 | 82
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "An anaesthesia line alone starts no episode",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 22612 | AA
                b          | 2025-03-03   | 22612 | AD
                c          | 2025-03-03   | 22612 | QK
                d          | 2025-03-03   | 22612 | QX
                e          | 2025-03-03   | 22612 | QY
                f          | 2025-03-03   | 22612 | QZ
                g          | 2025-03-03   | 22612 | 23
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "A discontinued procedure starts no episode",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | 53
                b          | 2025-03-03   | 63030 | 73
                c          | 2025-03-03   | 63030 | 74
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "Management before or after surgery alone starts no episode",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | 55
                b          | 2025-03-03   | 63030 | 56
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "The surgeon's line beside the assistant's starts one episode",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63030 | AS
                2025-03-03   | 63030 |
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "An assistant's fusion line does not make the surgeon's discectomy a fusion",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 22612 | 80
                2025-03-03   | 63030 |
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "54 starts an episode, flagged: another clinician follows up",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63030 | 54
            """,
            expected="""
                episodes | flags
                1        | surgical_care_only
            """,
        ),
        Paragraph(
            "62 flags two surgeons",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 22558 | 62
            """,
            expected="""
                episodes | flags
                1        | two_surgeons
            """,
        ),
        Paragraph(
            "58 flags a staged procedure",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 22612 | 58
            """,
            expected="""
                episodes | flags
                1        | staged
            """,
        ),
        Paragraph(
            "78 flags a return to theatre",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63042 | 78
            """,
            expected="""
                episodes | flags
                1        | return_to_theatre
            """,
        ),
        Paragraph(
            "22, 52 and modifiers of place or side change nothing",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | 22
                b          | 2025-03-03   | 63030 | 52
                c          | 2025-03-03   | 63030 | 59 LT
            """,
            expected="""
                episodes | flags
                1        | none
            """,
        ),
        Paragraph(
            "Several modifiers on one line each have their effect, and flags are sorted",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 22612 | 62 22 58 54
            """,
            expected="""
                episodes | flags
                1        | staged surgical_care_only two_surgeons
            """,
        ),
        Paragraph(
            "One modifier that starts no episode is enough, wherever it stands on the line",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | 58 80
                b          | 2025-03-03   | 63030 | 53 62
                c          | 2025-03-03   | 63030 | 22 AS 59
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "The flags of every qualifying line of the date are gathered",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 22612 | 58
                2025-03-03   | 63047 | 62
            """,
            expected="""
                episodes | flags
                1        | staged two_surgeons
            """,
        ),
        Paragraph(
            "A line that does not qualify flags nothing",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63030 |
                2025-03-03   | 63030 | 80 78
                2025-03-03   | 63035 | 58
                2025-03-03   | 22551 | 62
            """,
            expected="""
                episodes | flags
                1        | none
            """,
        ),
        Paragraph(
            "A modifier flags its own date only",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63030 |
                2026-09-01   | 63042 | 78
            """,
            expected="""
                episodes | index_date | no_flag           | flag
                2        | 2025-03-03 | return_to_theatre |
                2        | 2026-09-01 |                   | return_to_theatre
            """,
        ),
        Paragraph(
            "A modifier in small letters is the same modifier",
            procedures="""
                patient_id | performed_on | code  | modifiers
                a          | 2025-03-03   | 63030 | as
                b          | 2025-03-03   | 63030 | qx
            """,
            expected="""
                episodes
                0
            """,
        ),
    ),
)
