"""The rate, the response rate, and what the missing could have made of it."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Rate, response rate and bounds",
    rule="RULES §7, second and third point",
    intro="Rate = met / (met + not met), a fraction. Undefined when nothing is closed or judged: null, never 0.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Two met, one not met, one not assessed",
            arithmetic="Rate 2/4. Assessed 3 of 4. Had the missing one met: 3/4; had it not: 2/4.",
            patients="""
                patient_id | birth_date
                a          | 1970-01-01
                b          | 1970-01-01
                c          | 1970-01-01
                d          | 1970-01-01
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                a          | back_pain  | 2     | 2025-06-03
                b          | back_pain  | 2     | 2025-06-03
                c          | back_pain  | 7     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | met | not_met | not_assessed | rate   | response_rate | bound_low | bound_high
                459        | lumbarDiscectomy | 2   | 2       | 1            | 0.5000 | 0.7500        | 0.5000    | 0.7500
            """,
        ),
        Paragraph(
            "Nobody answered: the rate is 0 and anything is possible",
            arithmetic="Rate 0/3, response 0/3, bounds 0/3 and 3/3.",
            patients="""
                patient_id | birth_date
                a          | 1970-01-01
                b          | 1970-01-01
                c          | 1970-01-01
            """,
            rates="""
                measure_id | stratum          | met | not_met | not_assessed | rate   | response_rate | bound_low | bound_high
                471        | lumbarDiscectomy | 0   | 3       | 3            | 0.0000 | 0.0000        | 0.0000    | 1.0000
            """,
        ),
        Paragraph(
            "Nothing closed or judged: everything is null",
            as_of="2025-06-10",
            rates="""
                measure_id | stratum          | eligible | open | rate | rate_low | rate_high | response_rate | bound_low | bound_high | mean_change
                459        | lumbarDiscectomy | 1        | 1    | none | none     | none      | none          | none      | none       | none
                459        | lumbarFusion     | 0        | 0    | none | none     | none      | none          | none      | none       | none
                459        | overall          | 1        | 1    | none | none     | none      | none          | none      | none       | none
            """,
        ),
        Paragraph(
            "Open and upcoming rows are in no denominator",
            arithmetic="One met and one open: 1/1, not 1/2.",
            as_of="2026-02-01",
            procedures="""
                patient_id | performed_on | code
                met        | 2025-03-03   | 63030
                open       | 2025-12-01   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                met        | back_pain  | 2     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | eligible | met | open | rate   | response_rate | bound_low | bound_high
                459        | lumbarDiscectomy | 2        | 1   | 1    | 1.0000 | 1.0000        | 1.0000    | 1.0000
            """,
        ),
        Paragraph(
            "Excluded rows are in no denominator",
            arithmetic="One met and one excluded that would have failed: 1/1.",
            patients="""
                patient_id | birth_date
                met        | 1970-01-01
                excluded   | 1970-01-01
            """,
            conditions="""
                patient_id | code
                excluded   | C79.51
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                met        | back_pain  | 2     | 2025-06-03
                excluded   | back_pain  | 9     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | met | not_met | excluded | rate
                459        | lumbarDiscectomy | 1   | 0       | 1        | 1.0000
            """,
        ),
        Paragraph(
            "A rate is kept in full, not rounded",
            arithmetic="1/3 = 0.33333333...",
            patients="""
                patient_id | birth_date
                a          | 1970-01-01
                b          | 1970-01-01
                c          | 1970-01-01
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                a          | back_pain  | 2     | 2025-06-03
                b          | back_pain  | 7     | 2025-06-03
                c          | back_pain  | 7     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | rate         | response_rate
                459        | lumbarDiscectomy | 0.3333333333 | 1.0000000000
            """,
        ),
        Paragraph(
            "A provisional result is judged and counts",
            as_of="2025-06-10",
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | status | provisional
                back_pain  | three_month | met    | yes
            """,
            rates="""
                measure_id | stratum          | met | rate
                459        | lumbarDiscectomy | 1   | 1.0000
            """,
        ),
    ),
)
