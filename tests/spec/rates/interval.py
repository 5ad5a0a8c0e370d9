"""The Wilson interval, against published values."""

from spec_book import Paragraph, Section


def _published(met: str, not_met: str, low: str, high: str, says: str) -> Paragraph:
    return Paragraph(
        says,
        arithmetic="Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.",
        scores=f"""
            patient_id | instrument | value | assessed_on
            {met} | back_pain | 2 | 2025-06-03
            {not_met} | back_pain | 7 | 2025-06-03
        """,
        rates=f"""
            measure_id | stratum          | rate_low | rate_high
            459        | lumbarDiscectomy | {low}   | {high}
            459        | overall          | {low}   | {high}
        """,
    )


SECTION = Section(
    title="The interval",
    rule="RULES §7, third point",
    intro="A 95 % Wilson interval stands beside every rate.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        _published("1..81", "82..263", "0.2553", "0.3662", "81 of 263 gives 0.2553 to 0.3662"),
        _published("1..15", "16..148", "0.0624", "0.1605", "15 of 148 gives 0.0624 to 0.1605"),
        _published("1..1", "2..29", "0.0061", "0.1718", "1 of 29 gives 0.0061 to 0.1718"),
        Paragraph(
            "0 of 20 gives 0.0000 to 0.1611: no certainty from twenty failures",
            arithmetic="Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.",
            scores="""
                patient_id | instrument | value | assessed_on
                1..20      | back_pain  | 7     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | met | not_met | rate_low | rate_high
                459        | lumbarDiscectomy | 0   | 20      | 0.0000   | 0.1611
            """,
        ),
        Paragraph(
            "20 of 20 is its mirror image, 0.8389 to 1.0000",
            scores="""
                patient_id | instrument | value | assessed_on
                1..20      | back_pain  | 2     | 2025-06-03
            """,
            rates="""
                measure_id | stratum          | met | not_met | rate_low | rate_high
                459        | lumbarDiscectomy | 20  | 0       | 0.8389   | 1.0000
            """,
        ),
    ),
)
