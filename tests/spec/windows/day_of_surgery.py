"""Scores on the index date: before surgery, or from the recovery room."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The day of surgery",
    rule="RULES §2, last paragraph",
    intro="Times are local clock times as written, in whole seconds; midnight is read as no time.",
    procedures="""
        performed_on     | code
        2025-03-03 08:30 | 63030
    """,
    paragraphs=(
        Paragraph(
            "A score before the procedure's time is preoperative, a score at it or after it is none",
            scores="""
                patient_id    | instrument | value | assessed_on
                hour_before   | back_pain  | 7     | 2025-03-03 07:30
                second_before | back_pain  | 7     | 2025-03-03 08:29:59
                same_second   | back_pain  | 7     | 2025-03-03 08:30:00
                second_after  | back_pain  | 7     | 2025-03-03 08:30:01
                evening       | back_pain  | 7     | 2025-03-03 19:00
            """,
            expected="""
                patient_id    | instrument | preoperative_score
                hour_before   | back_pain  | 7
                second_before | back_pain  | 7
                same_second   | back_pain  | none
                second_after  | back_pain  | none
                evening       | back_pain  | none
            """,
        ),
        Paragraph(
            "A score without a time of day is preoperative",
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-03-03
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 7
            """,
        ),
        Paragraph(
            "Where the procedure has no time of day, a score at any time is preoperative",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-03-03 19:00
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 7
            """,
        ),
        Paragraph(
            "The first minute of the day is a time of day",
            scores="""
                patient_id | instrument | value | assessed_on
                night      | back_pain  | 7     | 2025-03-03 00:01
            """,
            procedures="""
                performed_on     | code
                2025-03-03 00:01 | 63030
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | none
            """,
        ),
        Paragraph(
            "The earliest qualifying line decides",
            procedures="""
                performed_on     | code
                2025-03-03 11:00 | 63030
                2025-03-03 09:00 | 63047
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                at_10      | back_pain  | 7     | 2025-03-03 10:00
                at_8       | back_pain  | 7     | 2025-03-03 08:00
            """,
            expected="""
                patient_id | instrument | preoperative_score
                at_10      | back_pain  | none
                at_8       | back_pain  | 7
            """,
        ),
        Paragraph(
            "A qualifying line without a time leaves the decision to those that have one",
            procedures="""
                performed_on     | code
                2025-03-03       | 63030
                2025-03-03 09:00 | 63047
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                at_10      | back_pain  | 7     | 2025-03-03 10:00
                at_8       | back_pain  | 7     | 2025-03-03 08:00
            """,
            expected="""
                patient_id | instrument | preoperative_score
                at_10      | back_pain  | none
                at_8       | back_pain  | 7
            """,
        ),
        Paragraph(
            "Lines that do not qualify have no say: an anaesthesia line that starts earlier",
            procedures="""
                performed_on     | code  | modifiers
                2025-03-03 07:00 | 63030 | QX
                2025-03-03 07:00 | 63035 |
                2025-03-03 09:00 | 63030 |
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-03-03 08:00
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 7
            """,
        ),
        Paragraph(
            "When the recovery-room score is set aside, the score before it counts",
            scores="""
                score_id | instrument | value | assessed_on
                clinic   | back_pain  | 8     | 2025-02-20
                recovery | back_pain  | 3     | 2025-03-03 14:00
            """,
            expected="""
                instrument | preoperative_score | preoperative_score_id
                back_pain  | 8                  | clinic
            """,
        ),
        Paragraph(
            "It is set aside before the legs are compared",
            arithmetic="The right leg's 9 was given in the recovery room; the left leg's 5 before surgery remains.",
            scores="""
                instrument | side  | value | assessed_on
                leg_pain   | left  | 5     | 2025-03-03 07:00
                leg_pain   | right | 9     | 2025-03-03 12:00
            """,
            expected="""
                instrument | preoperative_score
                leg_pain   | 5
            """,
        ),
        Paragraph(
            "The time of day matters on the index date only",
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-03-02 23:59
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 7
            """,
        ),
        Paragraph(
            "In the postoperative window the time of day does not matter",
            scores="""
                patient_id | instrument | value | assessed_on
                first_hour | back_pain  | 2     | 2025-04-14 00:00
                last_hour  | back_pain  | 2     | 2025-07-21 23:59
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_on
                first_hour | back_pain  | three_month | 2025-04-14
                last_hour  | back_pain  | three_month | 2025-07-21
            """,
        ),
    ),
)
