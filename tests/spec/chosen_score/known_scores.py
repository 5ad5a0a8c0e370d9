"""What is known on the as-of date."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Scores known on the as-of date",
    rule="RULES §1, as-of date, and §3",
    intro="Nothing dated or recorded later than the as-of date is known.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A score is known from the day it was recorded",
            as_of="2025-08-01",
            scores="""
                patient_id | instrument | value | assessed_on | recorded_on
                eve        | back_pain  | 2     | 2025-06-03  | 2025-07-31
                that_day   | back_pain  | 2     | 2025-06-03  | 2025-08-01
                next_day   | back_pain  | 2     | 2025-06-03  | 2025-08-02
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_score | status
                eve        | back_pain  | three_month | 2                   | met
                that_day   | back_pain  | three_month | 2                   | met
                next_day   | back_pain  | three_month | none                | not_assessed
            """,
        ),
        Paragraph(
            "Without a day of recording it is known from the day it was assessed",
            as_of="2025-06-03",
            scores="""
                patient_id | instrument | value | assessed_on
                that_day   | back_pain  | 2     | 2025-06-03
                next_day   | back_pain  | 2     | 2025-06-04
            """,
            expected="""
                patient_id | instrument | timepoint   | postoperative_score | status
                that_day   | back_pain  | three_month | 2                   | met
                next_day   | back_pain  | three_month | none                | open
            """,
        ),
        Paragraph(
            "A score dated after the as-of date is not known, even when recorded before it",
            as_of="2025-06-03",
            scores="""
                instrument | value | assessed_on | recorded_on
                back_pain  | 2     | 2025-06-04  | 2025-06-01
            """,
            expected="""
                instrument | timepoint   | postoperative_score | status
                back_pain  | three_month | none                | open
            """,
        ),
        Paragraph(
            "A later score not yet recorded leaves the earlier one standing",
            as_of="2025-08-01",
            scores="""
                instrument | value | assessed_on | recorded_on
                back_pain  | 2     | 2025-06-03  |
                back_pain  | 6     | 2025-07-10  | 2025-09-01
            """,
            expected="""
                instrument | timepoint   | postoperative_score | status
                back_pain  | three_month | 2                   | met
            """,
        ),
        Paragraph(
            "A preoperative score recorded late is not known before that either",
            as_of="2025-08-01",
            scores="""
                instrument | value | assessed_on | recorded_on
                back_pain  | 8     | 2025-03-01  | 2025-08-02
                back_pain  | 4     | 2025-06-03  |
            """,
            expected="""
                instrument | timepoint   | preoperative_score | status  | flag
                back_pain  | three_month | none               | not_met | no_preoperative_score
            """,
        ),
    ),
)
