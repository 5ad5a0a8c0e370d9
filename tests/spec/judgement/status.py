"""The one status of every row, by the as-of date."""

from spec_book import Paragraph, Section

_OPERATION = """
    performed_on | code
    2025-03-03   | 63030
"""

SECTION = Section(
    title="Status",
    rule="RULES §4, table of statuses",
    intro=(
        "The operation is of 3 March 2025: the three-month window is 14 April to 21 July 2025, "
        "the one-year window 3 December 2025 to 3 June 2026."
    ),
    procedures=_OPERATION,
    paragraphs=(
        Paragraph(
            "On the day of surgery both windows are upcoming",
            as_of="2025-03-03",
            expected="""
                timepoint   | status   | code | provisional
                three_month | upcoming | none | no
                one_year    | upcoming | none | no
            """,
        ),
        Paragraph(
            "On the eve of its first day the window is still upcoming",
            as_of="2025-04-13",
            expected="""
                timepoint   | status   | code | provisional
                three_month | upcoming | none | no
            """,
        ),
        Paragraph(
            "On its first day the window is open",
            as_of="2025-04-14",
            expected="""
                timepoint   | status   | code | provisional
                three_month | open     | none | no
                one_year    | upcoming | none | no
            """,
        ),
        Paragraph(
            "On its last day the window is open",
            as_of="2025-07-21",
            expected="""
                timepoint   | status   | code | provisional
                three_month | open     | none | no
                one_year    | upcoming | none | no
            """,
        ),
        Paragraph(
            "The day after its last day an episode without a score is not assessed",
            as_of="2025-07-22",
            expected="""
                instrument | timepoint   | status       | code  | provisional
                back_pain  | three_month | not_assessed | G9943 | no
                leg_pain   | three_month | not_assessed | G9949 | no
                odi        | three_month | not_assessed | M1049 | no
            """,
        ),
        Paragraph(
            "The eve of the one-year window",
            as_of="2025-12-02",
            expected="""
                timepoint | status
                one_year  | upcoming
            """,
        ),
        Paragraph(
            "The first day of the one-year window",
            as_of="2025-12-03",
            expected="""
                timepoint | status
                one_year  | open
            """,
        ),
        Paragraph(
            "The last day of the one-year window",
            as_of="2026-06-03",
            expected="""
                timepoint | status
                one_year  | open
            """,
        ),
        Paragraph(
            "The day after the one-year window",
            as_of="2026-06-04",
            expected="""
                instrument | timepoint | status       | code
                back_pain  | one_year  | not_assessed | G9946
                leg_pain   | one_year  | not_assessed | M1052
                odi        | one_year  | not_assessed | M1043
            """,
        ),
        Paragraph(
            "A postoperative score closes the question for its own instrument and timepoint only",
            as_of="2025-06-10",
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status
                back_pain  | three_month | met
                leg_pain   | three_month | open
                odi        | three_month | open
                back_pain  | one_year    | upcoming
            """,
        ),
        Paragraph(
            "An exclusion comes first, at both timepoints, and the scores are still shown",
            conditions="""
                code   | onset_on
                C79.51 | 2025-01-10
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status   | code  | preoperative_score | postoperative_score | improvement | provisional
                back_pain  | three_month | excluded | G9945 | 8                  | 2                   | 6           | no
                back_pain  | one_year    | excluded | G9945 | 8                  | none                | none        | no
            """,
        ),
        Paragraph(
            "An exclusion comes first also while the windows are upcoming or open",
            as_of="2025-06-10",
            conditions="""
                code   | onset_on
                C79.51 | 2025-01-10
            """,
            expected="""
                instrument | timepoint   | status   | code  | provisional
                back_pain  | three_month | excluded | G9945 | no
                back_pain  | one_year    | excluded | G9945 | no
                leg_pain   | three_month | excluded | M1051 | no
                leg_pain   | one_year    | excluded | M1051 | no
                odi        | three_month | excluded | M1041 | no
                odi        | one_year    | excluded | M1041 | no
            """,
        ),
    ),
)
