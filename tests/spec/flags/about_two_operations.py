"""A later operation of the same patient."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="About two operations",
    rule="RULES §6, a later index procedure",
    intro="Both episodes are judged: never hidden, never dropped.",
    paragraphs=(
        Paragraph(
            "operated_again: a later operation on or before the postoperative score",
            arithmetic="The score of the first operation is of 3 June 2025.",
            procedures="""
                patient_id | performed_on | code
                eve        | 2025-03-03   | 63030
                eve        | 2025-06-02   | 63042
                that_day   | 2025-03-03   | 63030
                that_day   | 2025-06-03   | 63042
                day_after  | 2025-03-03   | 63030
                day_after  | 2025-06-04   | 63042
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                patient_id | episodes | index_date | instrument | timepoint   | status | flag           | no_flag
                eve        | 2        | 2025-03-03 | back_pain  | three_month | met    | operated_again |
                that_day   | 2        | 2025-03-03 | back_pain  | three_month | met    | operated_again |
                day_after  | 2        | 2025-03-03 | back_pain  | three_month | met    |                | operated_again
            """,
        ),
        Paragraph(
            "Without a score it is a later operation on or before the window's close",
            arithmetic="The three-month window closes on 21 July 2025, the one-year window on 3 June 2026.",
            procedures="""
                patient_id | performed_on | code
                last_day   | 2025-03-03   | 63030
                last_day   | 2025-07-21   | 63042
                day_after  | 2025-03-03   | 63030
                day_after  | 2025-07-22   | 63042
            """,
            expected="""
                patient_id | index_date | timepoint   | flag           | no_flag
                last_day   | 2025-03-03 | three_month | operated_again |
                last_day   | 2025-03-03 | one_year    | operated_again |
                day_after  | 2025-03-03 | three_month |                | operated_again
                day_after  | 2025-03-03 | one_year    | operated_again |
            """,
        ),
        Paragraph(
            "The last day of the one-year window",
            procedures="""
                patient_id | performed_on | code
                last_day   | 2025-03-03   | 22612
                last_day   | 2026-06-03   | 22612
                day_after  | 2025-03-03   | 22612
                day_after  | 2026-06-04   | 22612
            """,
            expected="""
                patient_id | index_date | timepoint | flag           | no_flag
                last_day   | 2025-03-03 | one_year  | operated_again |
                day_after  | 2025-03-03 | one_year  |                | operated_again
            """,
        ),
        Paragraph(
            "Only the earlier operation is flagged, and one the day after surgery already counts",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-04   | 63042
            """,
            expected="""
                index_date | flag           | no_flag
                2025-03-03 | operated_again |
                2025-03-04 |                | operated_again
            """,
        ),
        Paragraph(
            "A line that starts no episode is no later operation",
            procedures="""
                performed_on | code  | modifiers
                2025-03-03   | 63030 |
                2025-05-05   | 63035 |
                2025-05-06   | 63030 | 53
                2025-05-07   | 22551 |
            """,
            expected="""
                episodes | no_flag
                1        | operated_again
            """,
        ),
        Paragraph(
            "A later operation not yet known on the as-of date flags nothing",
            as_of="2025-05-04",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-05-05   | 63042
            """,
            expected="""
                episodes | no_flag
                1        | operated_again
            """,
        ),
        Paragraph(
            "Another patient's operation flags nothing",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 63030
                b          | 2025-05-05   | 63042
            """,
            expected="""
                no_flag
                operated_again
            """,
        ),
        Paragraph(
            "shared_score: chosen after surgery for two episodes, said on both rows",
            arithmetic="3 June 2025 is day 92 after 3 March and day 71 after 24 March.",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-24   | 63042
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                index_date | instrument | timepoint   | status | flag         | no_flag
                2025-03-03 | back_pain  | three_month | met    | shared_score |
                2025-03-24 | back_pain  | three_month | met    | shared_score |
                2025-03-03 | back_pain  | one_year    |        |              | shared_score
                2025-03-03 | leg_pain   | three_month |        |              | shared_score
            """,
        ),
        Paragraph(
            "The two timepoints need not be the same",
            arithmetic="3 March 2026 is one year after 3 March 2025 and day 92 after 1 December 2025.",
            procedures="""
                performed_on | code
                2025-03-03   | 22612
                2025-12-01   | 63030
            """,
            scores="""
                instrument | value | assessed_on
                leg_pain   | 2     | 2026-03-03
            """,
            expected="""
                index_date | instrument | timepoint   | flag         | no_flag
                2025-03-03 | leg_pain   | one_year    | shared_score |
                2025-12-01 | leg_pain   | three_month | shared_score |
                2025-03-03 | leg_pain   | three_month |              | shared_score
                2025-12-01 | leg_pain   | one_year    |              | shared_score
            """,
        ),
        Paragraph(
            "Before one operation and after another is not shared",
            arithmetic="20 June 2025 is day 109 after 3 March and 12 days before 2 July.",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-07-02   | 22612
            """,
            scores="""
                instrument | value | assessed_on
                leg_pain   | 2     | 2025-06-20
            """,
            expected="""
                no_flag
                shared_score
            """,
        ),
        Paragraph(
            "A score in both windows is not shared where one of them chose a later one",
            arithmetic="22 July lies in the second window, which closes on 11 August, and not in the first, which closed on 21 July.",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-24   | 63042
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
                back_pain  | 5     | 2025-07-22
            """,
            expected="""
                index_date | instrument | timepoint   | postoperative_on | no_flag
                2025-03-03 | back_pain  | three_month | 2025-06-03       | shared_score
                2025-03-24 | back_pain  | three_month | 2025-07-22       | shared_score
            """,
        ),
    ),
)
