"""The code of every result."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="The code of every result",
    rule="RULES §5, table",
    intro="Mind the order of the ODI and leg pairs: G2142/G2143 belong to ODI at one year, G2144/G2145 to ODI at three months.",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "Met",
            scores="""
                instrument | value | assessed_on
                back_pain  | 1     | 2025-06-03
                leg_pain   | 1     | 2025-06-03
                odi        | 10    | 2025-06-03
                back_pain  | 1     | 2026-03-03
                leg_pain   | 1     | 2026-03-03
                odi        | 10    | 2026-03-03
            """,
            expected="""
                instrument | timepoint   | measure_id | status | code
                back_pain  | three_month | 459        | met    | G2136
                back_pain  | one_year    | 459        | met    | G2138
                leg_pain   | three_month | 461        | met    | G2140
                leg_pain   | one_year    | 461        | met    | G2146
                odi        | three_month | 471        | met    | G2144
                odi        | one_year    | 471        | met    | G2142
            """,
        ),
        Paragraph(
            "Not met",
            scores="""
                instrument | value | assessed_on
                back_pain  | 7     | 2025-06-03
                leg_pain   | 7     | 2025-06-03
                odi        | 60    | 2025-06-03
                back_pain  | 7     | 2026-03-03
                leg_pain   | 7     | 2026-03-03
                odi        | 60    | 2026-03-03
            """,
            expected="""
                instrument | timepoint   | measure_id | status  | code
                back_pain  | three_month | 459        | not_met | G2137
                back_pain  | one_year    | 459        | not_met | G2139
                leg_pain   | three_month | 461        | not_met | G2141
                leg_pain   | one_year    | 461        | not_met | G2147
                odi        | three_month | 471        | not_met | G2145
                odi        | one_year    | 471        | not_met | G2143
            """,
        ),
        Paragraph(
            "Not assessed",
            expected="""
                instrument | timepoint   | measure_id | status       | code
                back_pain  | three_month | 459        | not_assessed | G9943
                back_pain  | one_year    | 459        | not_assessed | G9946
                leg_pain   | three_month | 461        | not_assessed | G9949
                leg_pain   | one_year    | 461        | not_assessed | M1052
                odi        | three_month | 471        | not_assessed | M1049
                odi        | one_year    | 471        | not_assessed | M1043
            """,
        ),
        Paragraph(
            "Excluded",
            conditions="""
                code
                C79.51
            """,
            expected="""
                instrument | timepoint   | measure_id | status   | code
                back_pain  | three_month | 459        | excluded | G9945
                back_pain  | one_year    | 459        | excluded | G9945
                leg_pain   | three_month | 461        | excluded | M1051
                leg_pain   | one_year    | 461        | excluded | M1051
                odi        | three_month | 471        | excluded | M1041
                odi        | one_year    | 471        | excluded | M1041
            """,
        ),
        Paragraph(
            "Open and upcoming have no code",
            as_of="2025-06-03",
            expected="""
                timepoint   | status   | code
                three_month | open     | none
                one_year    | upcoming | none
            """,
        ),
        Paragraph(
            "The descriptor view gives a fusion its three-month code and a discectomy its one-year code",
            procedures="""
                patient_id | performed_on | code
                fusion     | 2025-03-03   | 22612
                discectomy | 2025-03-03   | 63030
            """,
            scores="""
                patient_id | instrument | value | assessed_on
                fusion     | odi        | 10    | 2025-06-03
                discectomy | odi        | 60    | 2026-03-03
            """,
            expected="""
                patient_id | instrument | timepoint   | kind       | code  | in_measure | not_in_measure_because
                fusion     | odi        | three_month | fusion     | G2144 | no         | other_stratum
                discectomy | odi        | one_year    | discectomy | G2143 | no         | other_stratum
            """,
        ),
        Paragraph(
            "The descriptor view gives a code also outside the identification period",
            procedures="""
                performed_on | code
                2024-06-03   | 63030
            """,
            scores="""
                instrument | value | assessed_on
                back_pain  | 2     | 2024-09-02
            """,
            expected="""
                instrument | timepoint   | code  | in_measure | not_in_measure_because
                back_pain  | three_month | G2136 | no         | outside_identification_period
            """,
        ),
    ),
)
