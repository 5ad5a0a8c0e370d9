"""Quality-data codes already in the data."""

from spec_book import Paragraph, Section

_MET = """
    instrument | value | assessed_on
    back_pain  | 2     | 2025-06-03
"""

SECTION = Section(
    title="Codes already reported",
    rule="RULES §6, last point",
    intro=(
        "A code of the row's own four, dated in its window, is compared with ours. The exclusion code may be dated "
        "any time up to the window's close. The three-month window is 14 April to 21 July 2025."
    ),
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "A reported code that equals ours agrees; one of the row's others does not",
            scores=_MET,
            reported_codes="""
                patient_id | code  | reported_on
                same       | G2136 | 2025-06-03
                other      | G2137 | 2025-06-03
                not_asked  | G9943 | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | code  | reported_code | reported_agrees
                same       | back_pain  | three_month | G2136 | G2136         | yes
                other      | back_pain  | three_month | G2136 | G2137         | no
                not_asked  | back_pain  | three_month | G2136 | G9943         | no
            """,
        ),
        Paragraph(
            "It counts from the window's first day to its last",
            scores=_MET,
            reported_codes="""
                patient_id | code  | reported_on
                eve        | G2136 | 2025-04-13
                first_day  | G2136 | 2025-04-14
                last_day   | G2136 | 2025-07-21
                day_after  | G2136 | 2025-07-22
            """,
            expected="""
                patient_id | instrument | timepoint   | reported_code | reported_agrees
                eve        | back_pain  | three_month | none          | none
                first_day  | back_pain  | three_month | G2136         | yes
                last_day   | back_pain  | three_month | G2136         | yes
                day_after  | back_pain  | three_month | none          | none
            """,
        ),
        Paragraph(
            "A code belongs to its instrument and timepoint only",
            arithmetic="G2136 is back pain at three months; dated on 4 March 2026 it lies in the one-year window, where it is none of the four.",
            scores=_MET,
            reported_codes="""
                patient_id | code  | reported_on
                in_time    | G2136 | 2025-06-03
                too_late   | G2136 | 2026-03-04
            """,
            expected="""
                patient_id | instrument | timepoint   | reported_code
                in_time    | back_pain  | three_month | G2136
                in_time    | back_pain  | one_year    | none
                in_time    | leg_pain   |             | none
                in_time    | odi        |             | none
                too_late   |            |             | none
            """,
        ),
        Paragraph(
            "The latest counts, also when it is the wrong one",
            scores=_MET,
            reported_codes="""
                code  | reported_on
                G2136 | 2025-06-03
                G2137 | 2025-06-20
                G9943 | 2025-06-10
            """,
            expected="""
                instrument | timepoint   | reported_code | reported_agrees
                back_pain  | three_month | G2137         | no
            """,
        ),
        Paragraph(
            "Of two codes on one date the smaller, as text, counts",
            scores=_MET,
            reported_codes="""
                code  | reported_on
                G2137 | 2025-06-03
                G2136 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | reported_code | reported_agrees
                back_pain  | three_month | G2136         | yes
            """,
        ),
        Paragraph(
            "While the row has no code of its own nothing agrees or disagrees",
            as_of="2025-06-10",
            reported_codes="""
                code  | reported_on
                G9943 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status | code | reported_code | reported_agrees
                back_pain  | three_month | open   | none | G9943         | none
            """,
        ),
        Paragraph(
            "A code dated after the as-of date is not known",
            as_of="2025-06-10",
            scores=_MET,
            reported_codes="""
                patient_id | code  | reported_on
                that_day   | G2136 | 2025-06-10
                next_day   | G2136 | 2025-06-11
            """,
            expected="""
                patient_id | instrument | timepoint   | reported_code | reported_agrees
                that_day   | back_pain  | three_month | G2136         | yes
                next_day   | back_pain  | three_month | none          | none
            """,
        ),
        Paragraph(
            "The exclusion code is compared from any time up to the window's close",
            reported_codes="""
                patient_id   | code  | reported_on
                years_before | G9945 | 2020-01-01
                last_day     | G9945 | 2025-07-21
                day_after    | G9945 | 2025-07-22
            """,
            expected="""
                patient_id   | instrument | timepoint   | status   | reported_code | reported_agrees
                years_before | back_pain  | three_month | excluded | G9945         | yes
                years_before | back_pain  | one_year    | excluded | G9945         | yes
                last_day     | back_pain  | three_month | excluded | G9945         | yes
                day_after    | back_pain  | three_month | excluded | none          | none
                day_after    | back_pain  | one_year    | excluded | G9945         | yes
            """,
        ),
        Paragraph(
            "A reported result on an excluded row disagrees",
            conditions="""
                code
                C79.51
            """,
            reported_codes="""
                code  | reported_on
                G2136 | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status   | code  | reported_code | reported_agrees
                back_pain  | three_month | excluded | G9945 | G2136         | no
            """,
        ),
        Paragraph(
            "Without a reported code nothing is compared",
            scores=_MET,
            expected="""
                instrument | timepoint   | reported_code | reported_agrees
                back_pain  | three_month | none          | none
            """,
        ),
    ),
)
