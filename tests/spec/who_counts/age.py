"""Eighteen on the period's age date."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Age",
    rule="RULES §6, first point",
    intro=(
        "The patient is 18 or older on the first day of the identification period of the kind's own stratum: "
        "1 January 2025 for a discectomy, 1 October 2024 for a fusion."
    ),
    paragraphs=(
        Paragraph(
            "A discectomy patient turns 18 on 1 January 2025 at the latest",
            arithmetic="Born on 1 January 2007, 18 on 1 January 2025.",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                day_before | 2006-12-31
                that_day   | 2007-01-01
                day_after  | 2007-01-02
            """,
            expected="""
                patient_id | timepoint   | in_measure | not_in_measure_because
                day_before | three_month | yes        | none
                that_day   | three_month | yes        | none
                day_after  | three_month | no         | under_18
            """,
        ),
        Paragraph(
            "A fusion patient turns 18 on 1 October 2024 at the latest",
            arithmetic="Born on 1 October 2006, 18 on 1 October 2024.",
            procedures="""
                performed_on | code
                2025-06-03   | 22612
            """,
            patients="""
                patient_id | birth_date
                day_before | 2006-09-30
                that_day   | 2006-10-01
                day_after  | 2006-10-02
            """,
            expected="""
                patient_id | timepoint | in_measure | not_in_measure_because
                day_before | one_year  | yes        | none
                that_day   | one_year  | yes        | none
                day_after  | one_year  | no         | under_18
            """,
        ),
        Paragraph(
            "A patient who turned 18 before the operation but after that date is under 18 for the measure",
            arithmetic="Born on 1 March 2007: 18 on 1 March 2025, 17 on 1 January 2025.",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                a          | 2007-03-01
            """,
            expected="""
                not_in_measure_because | in_measure
                under_18               | no
            """,
        ),
        Paragraph(
            "Without a date of birth the age is unknown and the row does not count",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                a          |
            """,
            expected="""
                not_in_measure_because | in_measure
                age_unknown            | no
            """,
        ),
        Paragraph(
            "Born on 29 February, a patient is 18 on 28 February",
            arithmetic="216 months after 29 February 2008 is 28 February 2026, for 2026 has no 29 February.",
            age_on="2026-02-28",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                leap_day   | 2008-02-29
                day_before | 2008-02-28
                day_after  | 2008-03-01
            """,
            expected="""
                patient_id | timepoint   | not_in_measure_because
                leap_day   | three_month | none
                day_before | three_month | none
                day_after  | three_month | under_18
            """,
        ),
        Paragraph(
            "Born on 29 February, a patient is 17 on 27 February",
            age_on="2026-02-27",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                leap_day   | 2008-02-29
                two_before | 2008-02-27
            """,
            expected="""
                patient_id | timepoint   | not_in_measure_because
                leap_day   | three_month | under_18
                two_before | three_month | none
            """,
        ),
        Paragraph(
            "Age bars the measure, never the result",
            procedures="""
                performed_on | code
                2025-06-03   | 63030
            """,
            patients="""
                patient_id | birth_date
                child      | 2012-05-05
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                child      | back_pain  | 2     | 2025-09-03
            """,
            expected="""
                instrument | timepoint   | status | code  | in_measure
                back_pain  | three_month | met    | G2136 | no
            """,
        ),
    ),
)
