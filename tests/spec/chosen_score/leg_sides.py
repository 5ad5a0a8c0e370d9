"""Left and right leg."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Left and right leg",
    rule="RULES §3, second point",
    intro="Left and right leg on one date are one leg-pain score: the higher, before and after surgery alike.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Before and after surgery the worse leg counts",
            scores="""
                instrument | side  | value | assessed_on
                leg_pain   | left  | 8     | 2025-02-24
                leg_pain   | right | 3     | 2025-02-24
                leg_pain   | left  | 1     | 2025-06-03
                leg_pain   | right | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score | postoperative_score
                leg_pain   | three_month | 8                  | 2
            """,
        ),
        Paragraph(
            "Two scores of the same leg on one date: the higher as well",
            scores="""
                instrument | side | value | assessed_on
                leg_pain   | left | 8     | 2025-02-24
                leg_pain   | left | 5     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                leg_pain   | 8
            """,
        ),
        Paragraph(
            "Both legs alike: the smallest id",
            scores="""
                score_id | instrument | side  | value | assessed_on
                b        | leg_pain   | left  | 6     | 2025-02-24
                a        | leg_pain   | right | 6     | 2025-02-24
                d        | leg_pain   | right | 2     | 2025-06-03
                c        | leg_pain   | left  | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score_id | postoperative_score_id
                leg_pain   | three_month | a                     | c
            """,
        ),
        Paragraph(
            "A score without a side then competes with the worse leg: before surgery the lower of the two counts",
            arithmetic="The legs are one score of 8. Unsided 5 is lower than 8; unsided 9 is not.",
            scores="""
                patient_id    | instrument | side  | value | assessed_on
                unsided_five  | leg_pain   | left  | 8     | 2025-02-24
                unsided_five  | leg_pain   | right | 3     | 2025-02-24
                unsided_five  | leg_pain   |       | 5     | 2025-02-24
                unsided_nine  | leg_pain   | left  | 8     | 2025-02-24
                unsided_nine  | leg_pain   | right | 3     | 2025-02-24
                unsided_nine  | leg_pain   |       | 9     | 2025-02-24
            """,
            expected="""
                patient_id   | instrument | preoperative_score
                unsided_five | leg_pain   | 5
                unsided_nine | leg_pain   | 8
            """,
        ),
        Paragraph(
            "After surgery the highest of all counts, with a side or without",
            scores="""
                patient_id    | instrument | side  | value | assessed_on
                unsided_high  | leg_pain   | left  | 2     | 2025-06-03
                unsided_high  | leg_pain   | right | 3     | 2025-06-03
                unsided_high  | leg_pain   |       | 5     | 2025-06-03
                unsided_low   | leg_pain   | left  | 2     | 2025-06-03
                unsided_low   | leg_pain   | right | 3     | 2025-06-03
                unsided_low   | leg_pain   |       | 1     | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | postoperative_score
                unsided_high | leg_pain   | three_month | 5
                unsided_low  | leg_pain   | three_month | 3
            """,
        ),
        Paragraph(
            "The worse leg and an equal score without a side: the smallest id",
            scores="""
                score_id | instrument | side | value | assessed_on
                b        | leg_pain   | left | 6     | 2025-02-24
                a        | leg_pain   |      | 6     | 2025-02-24
                c        | leg_pain   | left | 2     | 2025-06-03
                d        | leg_pain   |      | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score_id | postoperative_score_id
                leg_pain   | three_month | a                     | c
            """,
        ),
        Paragraph(
            "Legs asked on different dates are not one score: the latest date counts",
            scores="""
                instrument | side  | value | assessed_on
                leg_pain   | left  | 9     | 2025-02-20
                leg_pain   | right | 3     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                leg_pain   | 3
            """,
        ),
        Paragraph(
            "One leg alone is the leg-pain score",
            scores="""
                instrument | side  | value | assessed_on
                leg_pain   | right | 4     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                leg_pain   | 4
            """,
        ),
        Paragraph(
            "A side on another instrument means nothing: the least favourable counts",
            arithmetic="Back pain has no legs: of 9 and 6 on one date the lower is the preoperative score.",
            scores="""
                instrument | side  | value | assessed_on
                back_pain  | left  | 9     | 2025-02-24
                back_pain  | right | 6     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score
                back_pain  | 6
            """,
        ),
    ),
)
