"""Two scores on one date."""

from lumbar.measures.policy import EARLIEST, NEAREST, Policy
from spec_book import Paragraph, Section

_TWO_ON_ONE_DATE = """
    score_id | instrument | value | assessed_on
    a        | back_pain  | 2     | 2025-06-03
    b        | back_pain  | 4     | 2025-06-03
    c        | back_pain  | 3     | 2025-06-03
"""
_HIGHEST = """
    instrument | timepoint   | postoperative_score | postoperative_score_id
    back_pain  | three_month | 4                   | b
"""

SECTION = Section(
    title="Two scores on one date",
    rule="RULES §3, third point",
    intro="The one least favourable to the target counts: before surgery the lowest, after surgery the highest.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Before surgery the lowest of one date counts",
            arithmetic="From 6 an improvement of 5 is harder to reach than from 9.",
            scores="""
                score_id | instrument | value | assessed_on
                a        | back_pain  | 9     | 2025-02-24
                b        | back_pain  | 6     | 2025-02-24
                c        | back_pain  | 7     | 2025-02-24
            """,
            expected="""
                instrument | preoperative_score | preoperative_score_id
                back_pain  | 6                  | b
            """,
        ),
        Paragraph(
            "After surgery the highest of one date counts",
            scores=_TWO_ON_ONE_DATE,
            expected=_HIGHEST,
        ),
        Paragraph(
            "After surgery the highest of one date counts under policy nearest too",
            policy=Policy(postoperative=NEAREST),
            scores=_TWO_ON_ONE_DATE,
            expected=_HIGHEST,
        ),
        Paragraph(
            "After surgery the highest of one date counts under policy earliest too",
            policy=Policy(postoperative=EARLIEST),
            scores=_TWO_ON_ONE_DATE,
            expected=_HIGHEST,
        ),
        Paragraph(
            "The date comes first: a lower score of a later date counts before a higher one of an earlier date",
            scores="""
                instrument | value | assessed_on
                back_pain  | 9     | 2025-06-02
                back_pain  | 1     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | postoperative_score
                back_pain  | three_month | 1
            """,
        ),
        Paragraph(
            "Of equal scores on one date the smallest id counts, before and after surgery",
            scores="""
                score_id | instrument | scale  | value | assessed_on
                pre-b    | back_pain  | nrs    | 7     | 2025-02-24
                pre-a    | back_pain  | vas_mm | 7     | 2025-02-24
                post-b   | back_pain  | vas_cm | 2     | 2025-06-03
                post-a   | back_pain  | nrs    | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score_id | postoperative_score_id
                back_pain  | three_month | pre-a                 | post-a
            """,
        ),
        Paragraph(
            "Ids are compared as text: s10 comes before s9, and capitals before small letters",
            scores="""
                score_id | instrument | scale  | value | assessed_on
                s9       | back_pain  | nrs    | 7     | 2025-02-24
                s10      | back_pain  | vas_mm | 7     | 2025-02-24
                r1       | back_pain  | nrs    | 2     | 2025-06-03
                R2       | back_pain  | vas_mm | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | preoperative_score_id | postoperative_score_id
                back_pain  | three_month | s10                   | R2
            """,
        ),
        Paragraph(
            "A ten-thousandth of a point is a difference",
            scores="""
                score_id | instrument | scale  | value  | assessed_on
                a        | back_pain  | vas_mm | 3.0000 | 2025-06-03
                b        | back_pain  | vas_mm | 3.0001 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | postoperative_score | postoperative_score_id
                back_pain  | three_month | 3.0001              | b
            """,
        ),
        Paragraph(
            "The time of day does not choose between scores of one date",
            scores="""
                score_id | instrument | value | assessed_on
                morning  | back_pain  | 4     | 2025-06-03 08:00
                evening  | back_pain  | 2     | 2025-06-03 20:00
            """,
            expected="""
                instrument | timepoint   | postoperative_score_id
                back_pain  | three_month | morning
            """,
        ),
    ),
)
