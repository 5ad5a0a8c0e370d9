"""Results that may still change."""

from spec_book import Paragraph, Section

_MET = """
    instrument | value | assessed_on
    back_pain  | 8     | 2025-02-24
    back_pain  | 2     | 2025-06-03
"""

SECTION = Section(
    title="Provisional results",
    rule="RULES §4, table of statuses",
    intro="A result is provisional until the as-of date is after the window's last day, here 21 July 2025.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Inside the window a result is provisional and has its code",
            as_of="2025-06-03",
            scores=_MET,
            expected="""
                instrument | timepoint   | status | code  | provisional
                back_pain  | three_month | met    | G2136 | yes
            """,
        ),
        Paragraph(
            "On the window's last day it is still provisional",
            as_of="2025-07-21",
            scores=_MET,
            expected="""
                instrument | timepoint   | status | provisional
                back_pain  | three_month | met    | yes
            """,
        ),
        Paragraph(
            "The day after the window's last day it stands",
            as_of="2025-07-22",
            scores=_MET,
            expected="""
                instrument | timepoint   | status | provisional
                back_pain  | three_month | met    | no
            """,
        ),
        Paragraph(
            "Not met is provisional in the same way",
            as_of="2025-07-21",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 7     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status  | provisional
                back_pain  | three_month | not_met | yes
            """,
        ),
        Paragraph(
            "A later score inside the window replaces a provisional result",
            as_of="2025-07-10",
            scores="""
                instrument | value | assessed_on
                back_pain  | 8     | 2025-02-24
                back_pain  | 2     | 2025-06-03
                back_pain  | 7     | 2025-07-09
            """,
            expected="""
                instrument | timepoint   | status  | provisional | postoperative_on
                back_pain  | three_month | not_met | yes         | 2025-07-09
            """,
        ),
    ),
)
