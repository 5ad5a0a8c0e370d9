"""Flags on the change: the clinical reading beside the measure."""

from decimal import Decimal

from lumbar.measures.policy import Policy
from spec_book import Paragraph, Section

SECTION = Section(
    title="About the change",
    rule="RULES §7, clinical reading, and §10",
    intro="Met is not recovered, and not met is not failed surgery.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "met_but_worse: met although the postoperative score is higher than the preoperative one",
            arithmetic="1 before and 3 after is met, for 3 is at most 3.0, and worse by 2.",
            scores="""
                patient_id | instrument | value | assessed_on
                worse      | back_pain  | 1     | 2025-02-24
                worse      | back_pain  | 3     | 2025-06-03
                the_same   | back_pain  | 3     | 2025-02-24
                the_same   | back_pain  | 3     | 2025-06-03
                not_met    | back_pain  | 4     | 2025-02-24
                not_met    | back_pain  | 5     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | status  | flag          | no_flag
                worse      | back_pain  | three_month | met     | met_but_worse |
                the_same   | back_pain  | three_month | met     |               | met_but_worse
                not_met    | back_pain  | three_month | not_met |               | met_but_worse
            """,
        ),
        Paragraph(
            "better_but_not_met: not met although improved, by however little",
            scores="""
                patient_id | instrument | scale  | value  | assessed_on
                by_four    | back_pain  | vas_mm | 9      | 2025-02-24
                by_four    | back_pain  | vas_mm | 5      | 2025-06-03
                barely     | back_pain  | vas_mm | 5.0001 | 2025-02-24
                barely     | back_pain  | vas_mm | 5      | 2025-06-03
                the_same   | back_pain  | vas_mm | 5      | 2025-02-24
                the_same   | back_pain  | vas_mm | 5      | 2025-06-03
                met        | back_pain  | vas_mm | 9      | 2025-02-24
                met        | back_pain  | vas_mm | 2      | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | status  | flag               | no_flag
                by_four    | back_pain  | three_month | not_met | better_but_not_met |
                barely     | back_pain  | three_month | not_met | better_but_not_met |
                the_same   | back_pain  | three_month | not_met |                    | better_but_not_met
                met        | back_pain  | three_month | met     |                    | better_but_not_met
            """,
        ),
        Paragraph(
            "responder: improved by at least 2.0 points of pain",
            arithmetic="8.2 - 6.2 = 2.0 exactly, though not in binary floating point.",
            scores="""
                patient_id | instrument | scale  | value  | assessed_on
                below      | back_pain  | vas_mm | 8.2    | 2025-02-24
                below      | back_pain  | vas_mm | 6.2001 | 2025-06-03
                at         | back_pain  | vas_mm | 8.2    | 2025-02-24
                at         | back_pain  | vas_mm | 6.2    | 2025-06-03
                above      | back_pain  | vas_mm | 8.2    | 2025-02-24
                above      | back_pain  | vas_mm | 6.1    | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | flag      | no_flag
                below      | back_pain  | three_month |           | responder
                at         | back_pain  | three_month | responder |
                above      | back_pain  | three_month | responder |
            """,
        ),
        Paragraph(
            "responder: leg pain as back pain, and at least 10 on the ODI",
            scores="""
                patient_id | instrument | scale   | value   | assessed_on
                at         | leg_pain   | vas_mm  | 7       | 2025-02-24
                at         | leg_pain   | vas_mm  | 5       | 2025-06-03
                at         | odi        | percent | 50      | 2025-02-24
                at         | odi        | percent | 40      | 2025-06-03
                below      | leg_pain   | vas_mm  | 7       | 2025-02-24
                below      | leg_pain   | vas_mm  | 5.0001  | 2025-06-03
                below      | odi        | percent | 50      | 2025-02-24
                below      | odi        | percent | 40.0001 | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | flags
                at         | leg_pain   | three_month | better_but_not_met responder
                at         | odi        | three_month | better_but_not_met responder
                below      | leg_pain   | three_month | better_but_not_met
                below      | odi        | three_month | better_but_not_met
            """,
        ),
        Paragraph(
            "worse: by at least 2.0 points of pain or 10 of the ODI",
            arithmetic="6.2 - 8.2 = -2.0 exactly.",
            scores="""
                patient_id | instrument | scale   | value   | assessed_on
                below      | back_pain  | vas_mm  | 6.2     | 2025-02-24
                below      | back_pain  | vas_mm  | 8.1999  | 2025-06-03
                below      | leg_pain   | vas_mm  | 5       | 2025-02-24
                below      | leg_pain   | vas_mm  | 6.9     | 2025-06-03
                below      | odi        | percent | 40      | 2025-02-24
                below      | odi        | percent | 49.9999 | 2025-06-03
                at         | back_pain  | vas_mm  | 6.2     | 2025-02-24
                at         | back_pain  | vas_mm  | 8.2     | 2025-06-03
                at         | leg_pain   | vas_mm  | 5       | 2025-02-24
                at         | leg_pain   | vas_mm  | 7       | 2025-06-03
                at         | odi        | percent | 40      | 2025-02-24
                at         | odi        | percent | 50      | 2025-06-03
            """,
            expected="""
                patient_id | timepoint   | flag  | no_flag
                below      | three_month |       | worse
                at         | three_month | worse |
            """,
        ),
        Paragraph(
            "A patient may be met and worse by 2 at once: both are said",
            scores="""
                instrument | value | assessed_on
                back_pain  | 0     | 2025-02-24
                back_pain  | 3     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status | flags
                back_pain  | three_month | met    | met_but_worse preoperative_at_target worse
            """,
        ),
        Paragraph(
            "Worsening and improvement are shown for excluded patients too",
            conditions="""
                code
                C79.51
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                worse      | back_pain  | 5     | 2025-02-24
                worse      | back_pain  | 8     | 2025-06-03
                better     | back_pain  | 9     | 2025-02-24
                better     | back_pain  | 4     | 2025-06-03
                little     | back_pain  | 9     | 2025-02-24
                little     | back_pain  | 8     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | status   | flags
                worse      | back_pain  | three_month | excluded | worse
                better     | back_pain  | three_month | excluded | responder
                little     | back_pain  | three_month | excluded | none
            """,
        ),
        Paragraph(
            "The thresholds are settings",
            policy=Policy(
                responder_pain=Decimal("3.0"),
                responder_odi=Decimal(15),
                worse_pain=Decimal("1.0"),
                worse_odi=Decimal(5),
            ),
            arithmetic="Here a responder improves by 3.0 or 15, and worse begins at 1.0 or 5.",
            scores="""
                patient_id | instrument | value | assessed_on
                better     | back_pain  | 8     | 2025-02-24
                better     | back_pain  | 6     | 2025-06-03
                better     | leg_pain   | 8     | 2025-02-24
                better     | leg_pain   | 5     | 2025-06-03
                better     | odi        | 60    | 2025-02-24
                better     | odi        | 45    | 2025-06-03
                worse      | back_pain  | 6     | 2025-02-24
                worse      | back_pain  | 7     | 2025-06-03
                worse      | leg_pain   | 6     | 2025-02-24
                worse      | leg_pain   | 6.5   | 2025-06-03
                worse      | odi        | 40    | 2025-02-24
                worse      | odi        | 45    | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | flag      | no_flag
                better     | back_pain  | three_month |           | responder
                better     | leg_pain   | three_month | responder |
                better     | odi        | three_month | responder |
                worse      | back_pain  | three_month | worse     |
                worse      | leg_pain   | three_month |           | worse
                worse      | odi        | three_month | worse     |
            """,
        ),
        Paragraph(
            "Without both scores there is no change to speak of",
            scores="""
                patient_id | instrument | value | assessed_on
                after_only | back_pain  | 9     | 2025-06-03
                before     | back_pain  | 9     | 2025-02-24
            """,
            expected="""
                patient_id | instrument | timepoint   | flags
                after_only | back_pain  | three_month | no_preoperative_score
                before     | back_pain  | three_month | none
            """,
        ),
    ),
)
