"""Performance year 2018, worked by hand."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="Performance year 2018",
    rule="RULES §3, §5, §6 and §7",
    intro="Three measures of another design: the share with both scores, then the average change.",
    year=2018,
    paragraphs=(
        Paragraph(
            "Discectomies of 2017 count in 2018, fusions from October 2016 to September 2017",
            arithmetic="Both ends count: 1 January and 31 December 2017; 1 October 2016 and 30 September 2017.",
            procedures="""
                patient_id | performed_on | code
                d_before   | 2016-12-31   | 63030
                d_first    | 2017-01-01   | 63030
                d_last     | 2017-12-31   | 63030
                d_after    | 2018-01-01   | 63030
                f_before   | 2016-09-30   | 22612
                f_first    | 2016-10-01   | 22612
                f_last     | 2017-09-30   | 22612
                f_after    | 2017-10-01   | 22612
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
            arithmetic="Born on 1 January 1999: 18 on 1 January 2017. Born on 1 October 1998: 18 on 1 October 2016.",
            patients="""
                patient_id | birth_date
                d_18       | 1999-01-01
                d_17       | 1999-01-02
                f_18       | 1998-10-01
                f_17       | 1998-10-02
            """,
            procedures="""
                patient_id | performed_on | code
                d_18       | 2017-06-01   | 63030
                d_17       | 2017-06-01   | 63030
                f_18       | 2017-06-01   | 22612
                f_17       | 2017-06-01   | 22612
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
            "Met is a score before and one after; the codes of 2018",
            arithmetic=(
                "Operation on 6 March 2017: three months is 17 April to 24 July 2017, one year is 6 December 2017 to 6 June 2018. How low a score is does not matter; without a score before, the two cannot be compared."
            ),
            procedures="""
                patient_id | performed_on | code
                met        | 2017-03-06   | 63030
                not_met    | 2017-03-06   | 63030
                none       | 2017-03-06   | 63030
            """,
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                met        | back_pain  | vas_cm | 8     | 2017-03-01
                met        | back_pain  | vas_cm | 2     | 2017-05-10
                met        | back_pain  | vas_cm | 2     | 2018-03-06
                not_met    | back_pain  | vas_cm | 2     | 2017-05-10
                not_met    | back_pain  | vas_cm | 2     | 2018-03-06
                met        | leg_pain   | vas_cm | 8     | 2017-03-01
                met        | leg_pain   | vas_cm | 2     | 2017-05-10
                met        | leg_pain   | vas_cm | 2     | 2018-03-06
                not_met    | leg_pain   | vas_cm | 2     | 2017-05-10
                not_met    | leg_pain   | vas_cm | 2     | 2018-03-06
            """,
            expected="""
                patient_id | instrument | timepoint   | measure_id | status       | code  | in_measure
                met        | back_pain  | three_month | 459        | met          | G9941 | yes
                met        | back_pain  | one_year    | 460        | met          | G9944 | no
                met        | leg_pain   | three_month | 461        | met          | G9947 | yes
                not_met    | back_pain  | three_month | 459        | not_met      | G9943 | yes
                not_met    | back_pain  | one_year    | 460        | not_met      | G9946 | no
                not_met    | leg_pain   | three_month | 461        | not_met      | G9949 | yes
                none       | back_pain  | three_month | 459        | not_assessed | G9943 | yes
                none       | back_pain  | one_year    | 460        | not_assessed | G9946 | no
                none       | leg_pain   | three_month | 461        | not_assessed | G9949 | yes
            """,
        ),
        Paragraph(
            "A fusion counts at one year",
            arithmetic="No score: every window of 6 March 2017 has closed by 31 December 2018. Leg pain after a fusion had no measure yet.",
            procedures="""
                performed_on | code
                2017-03-06   | 22612
            """,
            expected="""
                instrument | timepoint   | measure_id | status       | code  | in_measure | not_in_measure_because
                back_pain  | three_month | 459        | not_assessed | G9943 | no         | other_stratum
                back_pain  | one_year    | 460        | not_assessed | G9946 | yes        | none
                leg_pain   | three_month | 461        | not_assessed | G9949 | no         | other_stratum
            """,
        ),
        Paragraph(
            "Only visual analogue scores are chosen in 2018",
            arithmetic="The numeric 9 is later, and of no use; two numeric scores are no score.",
            procedures="""
                performed_on | code
                2017-03-06   | 63030
            """,
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                both       | back_pain  | vas_cm | 8     | 2017-03-01
                both       | back_pain  | vas_cm | 3     | 2017-05-10
                both       | back_pain  | nrs    | 9     | 2017-06-01
                numeric    | back_pain  | nrs    | 8     | 2017-03-01
                numeric    | back_pain  | nrs    | 2     | 2017-05-10
            """,
            expected="""
                patient_id | instrument | timepoint   | preoperative_score | postoperative_score | status       | code
                both       | back_pain  | three_month | 8                  | 3                   | met          | G9941
                numeric    | back_pain  | three_month | none               | none                | not_assessed | G9943
            """,
        ),
        Paragraph(
            "Another spine procedure on the date excludes from the discectomy measures, a diagnosis from the fusion measures",
            procedures="""
                patient_id    | performed_on | code
                beside        | 2017-03-06   | 63030
                beside        | 2017-03-06   | 22551
                cancer        | 2017-03-06   | 63030
                cancer_fusion | 2017-03-06   | 22612
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
            """,
        ),
        Paragraph(
            "The share with both scores, then their average change",
            arithmetic=(
                "Discectomies: both scores of two in four, 8 - 5 = 3 and 6 - 7 = -1, on average 1.0. Fusions: both of two, 4.5 and 0, on average 2.25."
            ),
            procedures="""
                patient_id | performed_on | code
                d1         | 2017-03-06   | 63030
                d2         | 2017-03-06   | 63030
                d3         | 2017-03-06   | 63030
                d4         | 2017-03-06   | 63030
                f1         | 2017-03-06   | 22612
                f2         | 2017-03-06   | 22612
            """,
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                d1         | back_pain  | vas_cm | 8     | 2017-03-01
                d1         | back_pain  | vas_cm | 5     | 2017-05-10
                d2         | back_pain  | vas_cm | 6     | 2017-03-01
                d2         | back_pain  | vas_cm | 7     | 2017-05-10
                d3         | back_pain  | vas_cm | 5     | 2017-05-10
                d4         | back_pain  | vas_cm | 5     | 2017-03-01
                f1         | back_pain  | vas_cm | 8.5   | 2017-03-01
                f1         | back_pain  | vas_cm | 4     | 2018-03-06
                f2         | back_pain  | vas_cm | 5     | 2017-03-01
                f2         | back_pain  | vas_cm | 5     | 2018-03-06
            """,
            rates="""
                measure_id | stratum | eligible | met | not_met | not_assessed | rate | mean_change
                459        | overall | 4        | 2   | 2       | 1            | 0.5  | 1.0
                460        | overall | 2        | 2   | 0       | 0            | 1.0  | 2.25
            """,
        ),
    ),
)
