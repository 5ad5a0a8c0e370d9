"""Performance year 2022, worked by hand."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Performance year 2022",
    rule="RULES §3, §5, §6 and §7",
    intro="As the year before.",
    year=2022,
    paragraphs=(
        Paragraph(
            "Discectomies of 2021 count in 2022, fusions from October 2020 to September 2021",
            arithmetic="Both ends count: 1 January and 31 December 2021; 1 October 2020 and 30 September 2021.",
            procedures="""
                patient_id | performed_on | code
                d_before   | 2020-12-31   | 63030
                d_first    | 2021-01-01   | 63030
                d_last     | 2021-12-31   | 63030
                d_after    | 2022-01-01   | 63030
                f_before   | 2020-09-30   | 22612
                f_first    | 2020-10-01   | 22612
                f_last     | 2021-09-30   | 22612
                f_after    | 2021-10-01   | 22612
            """,
            expected="""
                patient_id | instrument | timepoint   | measure_id | in_measure | not_in_measure_because
                d_before   | back_pain  | three_month | 459        | no         | outside_identification_period
                d_first    | back_pain  | three_month | 459        | yes        | none
                d_last     | back_pain  | three_month | 459        | yes        | none
                d_after    | back_pain  | three_month | 459        | no         | outside_identification_period
                f_before   | back_pain  | one_year    | 460        | no         | outside_identification_period
                f_first    | back_pain  | one_year    | 460        | yes        | none
                f_last     | back_pain  | one_year    | 460        | yes        | none
                f_after    | back_pain  | one_year    | 460        | no         | outside_identification_period
            """,
        ),
        Paragraph(
            "The patient is 18 on the first day of the period",
            arithmetic="Born on 1 January 2003: 18 on 1 January 2021. Born on 1 October 2002: 18 on 1 October 2020.",
            patients="""
                patient_id | birth_date
                d_18       | 2003-01-01
                d_17       | 2003-01-02
                f_18       | 2002-10-01
                f_17       | 2002-10-02
            """,
            procedures="""
                patient_id | performed_on | code
                d_18       | 2021-06-01   | 63030
                d_17       | 2021-06-01   | 63030
                f_18       | 2021-06-01   | 22612
                f_17       | 2021-06-01   | 22612
            """,
            expected="""
                patient_id | instrument | timepoint   | not_in_measure_because
                d_18       | back_pain  | three_month | none
                d_17       | back_pain  | three_month | under_18
                f_18       | back_pain  | one_year    | none
                f_17       | back_pain  | one_year    | under_18
            """,
        ),
        Paragraph(
            "The measures and codes of 2022",
            arithmetic=(
                "Operation on 6 March 2021: three months is 17 April to 24 July 2021, one year is 6 December 2021 to 6 June 2022. 2 is at most 3.0; 8 is above it and 8 - 8 is less than 5.0. ODI: 20 is at most 22; 60 is not."
            ),
            procedures="""
                patient_id | performed_on | code
                met        | 2021-03-06   | 63030
                not_met    | 2021-03-06   | 63030
                none       | 2021-03-06   | 63030
            """,
            scores="""
                patient_id | instrument | scale   | value | assessed_on
                met        | back_pain  | vas_cm  | 8     | 2021-03-01
                met        | back_pain  | vas_cm  | 2     | 2021-05-10
                met        | back_pain  | vas_cm  | 2     | 2022-03-06
                not_met    | back_pain  | vas_cm  | 8     | 2021-03-01
                not_met    | back_pain  | vas_cm  | 8     | 2021-05-10
                not_met    | back_pain  | vas_cm  | 8     | 2022-03-06
                met        | leg_pain   | vas_cm  | 8     | 2021-03-01
                met        | leg_pain   | vas_cm  | 2     | 2021-05-10
                met        | leg_pain   | vas_cm  | 2     | 2022-03-06
                not_met    | leg_pain   | vas_cm  | 8     | 2021-03-01
                not_met    | leg_pain   | vas_cm  | 8     | 2021-05-10
                not_met    | leg_pain   | vas_cm  | 8     | 2022-03-06
                met        | odi        | percent | 60    | 2021-03-01
                met        | odi        | percent | 20    | 2021-05-10
                met        | odi        | percent | 20    | 2022-03-06
                not_met    | odi        | percent | 60    | 2021-03-01
                not_met    | odi        | percent | 60    | 2021-05-10
                not_met    | odi        | percent | 60    | 2022-03-06
            """,
            expected="""
                patient_id | instrument | timepoint   | measure_id | status       | code  | in_measure
                met        | back_pain  | three_month | 459        | met          | G2136 | yes
                met        | back_pain  | one_year    | 460        | met          | G2138 | no
                met        | leg_pain   | three_month | 461        | met          | G2140 | yes
                met        | leg_pain   | one_year    | 473        | met          | G2146 | no
                met        | odi        | three_month | 471        | met          | G2144 | yes
                met        | odi        | one_year    | 469        | met          | G2142 | no
                not_met    | back_pain  | three_month | 459        | not_met      | G2137 | yes
                not_met    | back_pain  | one_year    | 460        | not_met      | G2139 | no
                not_met    | leg_pain   | three_month | 461        | not_met      | G2141 | yes
                not_met    | leg_pain   | one_year    | 473        | not_met      | G2147 | no
                not_met    | odi        | three_month | 471        | not_met      | G2145 | yes
                not_met    | odi        | one_year    | 469        | not_met      | G2143 | no
                none       | back_pain  | three_month | 459        | not_assessed | G9943 | yes
                none       | back_pain  | one_year    | 460        | not_assessed | G9946 | no
                none       | leg_pain   | three_month | 461        | not_assessed | G9949 | yes
                none       | leg_pain   | one_year    | 473        | not_assessed | M1052 | no
                none       | odi        | three_month | 471        | not_assessed | M1049 | yes
                none       | odi        | one_year    | 469        | not_assessed | M1043 | no
            """,
        ),
        Paragraph(
            "A fusion counts at one year",
            arithmetic="No score: every window of 6 March 2021 has closed by 31 December 2022.",
            procedures="""
                performed_on | code
                2021-03-06   | 22612
            """,
            expected="""
                instrument | timepoint   | measure_id | status       | code  | in_measure | not_in_measure_because
                back_pain  | three_month | 459        | not_assessed | G9943 | no         | other_stratum
                back_pain  | one_year    | 460        | not_assessed | G9946 | yes        | none
                leg_pain   | three_month | 461        | not_assessed | G9949 | no         | other_stratum
                leg_pain   | one_year    | 473        | not_assessed | M1052 | yes        | none
                odi        | three_month | 471        | not_assessed | M1049 | no         | other_stratum
                odi        | one_year    | 469        | not_assessed | M1043 | yes        | none
            """,
        ),
        Paragraph(
            "Only visual analogue scores are chosen in 2022",
            arithmetic="The numeric 9 is later, and of no use; two numeric scores are no score.",
            procedures="""
                performed_on | code
                2021-03-06   | 63030
            """,
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                both       | back_pain  | vas_cm | 8     | 2021-03-01
                both       | back_pain  | vas_cm | 3     | 2021-05-10
                both       | back_pain  | nrs    | 9     | 2021-06-01
                numeric    | back_pain  | nrs    | 8     | 2021-03-01
                numeric    | back_pain  | nrs    | 2     | 2021-05-10
            """,
            expected="""
                patient_id | instrument | timepoint   | preoperative_score | postoperative_score | status       | code
                both       | back_pain  | three_month | 8                  | 3                   | met          | G2136
                numeric    | back_pain  | three_month | none               | none                | not_assessed | G9943
            """,
        ),
        Paragraph(
            "Another spine procedure on the date excludes from the discectomy measures, a diagnosis from the fusion measures",
            procedures="""
                patient_id    | performed_on | code
                beside        | 2021-03-06   | 63030
                beside        | 2021-03-06   | 22551
                cancer        | 2021-03-06   | 63030
                cancer_fusion | 2021-03-06   | 22612
            """,
            conditions="""
                patient_id    | code
                cancer        | C79.51
                cancer_fusion | C79.51
            """,
            expected="""
                patient_id    | instrument | timepoint   | status       | code  | not_in_measure_because
                beside        | back_pain  | three_month | excluded     | G9942 | excluded
                cancer        | back_pain  | three_month | not_assessed | G9943 | none
                cancer_fusion | back_pain  | three_month | not_assessed | G9943 | other_stratum
                beside        | back_pain  | one_year    | not_assessed | G9946 | other_stratum
                cancer        | back_pain  | one_year    | excluded     | G9945 | other_stratum
                cancer_fusion | back_pain  | one_year    | excluded     | G9945 | excluded
                beside        | leg_pain   | three_month | excluded     | G9948 | excluded
                cancer        | leg_pain   | three_month | not_assessed | G9949 | none
                cancer_fusion | leg_pain   | three_month | not_assessed | G9949 | other_stratum
                beside        | leg_pain   | one_year    | not_assessed | M1052 | other_stratum
                cancer        | leg_pain   | one_year    | excluded     | M1051 | other_stratum
                cancer_fusion | leg_pain   | one_year    | excluded     | M1051 | excluded
                beside        | odi        | three_month | excluded     | M1071 | excluded
                cancer        | odi        | three_month | not_assessed | M1049 | none
                cancer_fusion | odi        | three_month | not_assessed | M1049 | other_stratum
                beside        | odi        | one_year    | not_assessed | M1043 | other_stratum
                cancer        | odi        | one_year    | excluded     | M1041 | other_stratum
                cancer_fusion | odi        | one_year    | excluded     | M1041 | excluded
            """,
        ),
        Paragraph(
            "Each measure has one rate",
            arithmetic=(
                "Discectomies: 3 and 2 are at most 3.0, 5 is not, one has no score: 2 of 4. Fusions: 9 - 4 = 5.0 and 1: 2 of 2."
            ),
            procedures="""
                patient_id | performed_on | code
                d1         | 2021-03-06   | 63030
                d2         | 2021-03-06   | 63030
                d3         | 2021-03-06   | 63030
                d4         | 2021-03-06   | 63030
                f1         | 2021-03-06   | 22612
                f2         | 2021-03-06   | 22612
            """,
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                d1         | back_pain  | vas_cm | 8     | 2021-03-01
                d1         | back_pain  | vas_cm | 3     | 2021-05-10
                d2         | back_pain  | vas_cm | 6     | 2021-03-01
                d2         | back_pain  | vas_cm | 5     | 2021-05-10
                d3         | back_pain  | vas_cm | 2     | 2021-05-10
                d4         | back_pain  | vas_cm | 5     | 2021-03-01
                f1         | back_pain  | vas_cm | 9     | 2021-03-01
                f1         | back_pain  | vas_cm | 4     | 2022-03-06
                f2         | back_pain  | vas_cm | 5     | 2021-03-01
                f2         | back_pain  | vas_cm | 1     | 2022-03-06
            """,
            rates="""
                measure_id | stratum | eligible | met | not_met | not_assessed | rate | mean_change
                459        | overall | 4        | 2   | 2       | 1            | 0.5  | none
                460        | overall | 2        | 2   | 0       | 0            | 1.0  | none
            """,
        ),
    ),
)
