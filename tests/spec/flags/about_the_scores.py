"""Flags on the chosen scores themselves."""

from spec_book import Paragraph, Section

SECTION = Section(
    title="About the chosen scores",
    rule="RULES §3, flags, and §4",
    procedures="""
        performed_on | code
        2025-03-03   | 63030
    """,
    paragraphs=(
        Paragraph(
            "mixed_scales: visual analogue before and numeric after, or the other way round",
            scores="""
                patient_id    | instrument | scale  | value | assessed_on
                vas_then_nrs  | back_pain  | vas_mm | 8     | 2025-02-24
                vas_then_nrs  | back_pain  | nrs    | 2     | 2025-06-03
                nrs_then_vas  | back_pain  | nrs    | 8     | 2025-02-24
                nrs_then_vas  | back_pain  | vas_cm | 2     | 2025-06-03
                both_nrs      | back_pain  | nrs    | 8     | 2025-02-24
                both_nrs      | back_pain  | nrs    | 2     | 2025-06-03
                both_vas      | back_pain  | vas_mm | 8     | 2025-02-24
                both_vas      | back_pain  | vas_cm | 2     | 2025-06-03
                after_only    | back_pain  | vas_mm | 2     | 2025-06-03
            """,
            expected="""
                patient_id   | instrument | timepoint   | status | flag         | no_flag
                vas_then_nrs | back_pain  | three_month | met    | mixed_scales |
                nrs_then_vas | back_pain  | three_month | met    | mixed_scales |
                both_nrs     | back_pain  | three_month | met    |              | mixed_scales
                both_vas     | back_pain  | three_month | met    |              | mixed_scales
                after_only   | back_pain  | three_month | met    |              | mixed_scales
            """,
        ),
        Paragraph(
            "An ODI in percent before and from points after is not mixed",
            scores="""
                instrument | scale     | value | assessed_on
                odi        | percent   | 60    | 2025-02-24
                odi        | points_50 | 20    | 2025-06-03
            """,
            expected="""
                instrument | timepoint   | no_flag
                odi        | three_month | mixed_scales
            """,
        ),
        Paragraph(
            "fractional_nrs: a chosen numeric rating that is not whole, before or after",
            scores="""
                patient_id | instrument | scale  | value | assessed_on
                before     | back_pain  | nrs    | 7.5   | 2025-02-24
                before     | back_pain  | nrs    | 2     | 2025-06-03
                after      | back_pain  | nrs    | 7     | 2025-02-24
                after      | back_pain  | nrs    | 2.5   | 2025-06-03
                whole      | back_pain  | nrs    | 7.0   | 2025-02-24
                whole      | back_pain  | nrs    | 2     | 2025-06-03
                visual     | back_pain  | vas_mm | 7.5   | 2025-02-24
                visual     | back_pain  | vas_cm | 2.5   | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | flag           | no_flag
                before     | back_pain  | three_month | fractional_nrs |
                after      | back_pain  | three_month | fractional_nrs |
                whole      | back_pain  | three_month |                | fractional_nrs
                visual     | back_pain  | three_month |                | fractional_nrs
            """,
        ),
        Paragraph(
            "phone_or_interview: a chosen score by telephone, in an interview, or from an interviewer",
            scores="""
                patient_id  | instrument | value | assessed_on | mode       | respondent
                phone       | back_pain  | 2     | 2025-06-03  | phone      |
                interview   | back_pain  | 2     | 2025-06-03  | interview  | self
                interviewer | back_pain  | 2     | 2025-06-03  | paper      | interviewer
                no_mode     | back_pain  | 2     | 2025-06-03  |            | interviewer
                paper       | back_pain  | 2     | 2025-06-03  | paper      | self
                electronic  | back_pain  | 2     | 2025-06-03  | electronic | self_with_help
                not_said    | back_pain  | 2     | 2025-06-03  |            |
            """,
            expected="""
                patient_id  | instrument | timepoint   | flag               | no_flag
                phone       | back_pain  | three_month | phone_or_interview |
                interview   | back_pain  | three_month | phone_or_interview |
                interviewer | back_pain  | three_month | phone_or_interview |
                no_mode     | back_pain  | three_month | phone_or_interview |
                paper       | back_pain  | three_month |                    | phone_or_interview
                electronic  | back_pain  | three_month |                    | phone_or_interview
                not_said    | back_pain  | three_month |                    | phone_or_interview
            """,
        ),
        Paragraph(
            "A preoperative score by telephone is flagged as well",
            scores="""
                instrument | value | assessed_on | mode
                back_pain  | 8     | 2025-02-24  | phone
                back_pain  | 2     | 2025-06-03  | paper
            """,
            expected="""
                instrument | timepoint   | flag
                back_pain  | three_month | phone_or_interview
                back_pain  | one_year    | phone_or_interview
            """,
        ),
        Paragraph(
            "Only chosen scores are flagged",
            scores="""
                instrument | scale  | value | assessed_on | mode
                back_pain  | vas_mm | 7.5   | 2025-02-01  | phone
                back_pain  | nrs    | 8     | 2025-02-24  | paper
                back_pain  | nrs    | 2.5   | 2025-05-03  | phone
                back_pain  | nrs    | 2     | 2025-06-03  | paper
            """,
            expected="""
                instrument | timepoint   | flags
                back_pain  | three_month | responder
            """,
        ),
        Paragraph(
            "preoperative_at_target: 3.0 or less, 22 or less, before surgery",
            scores="""
                patient_id | instrument | scale   | value   | assessed_on
                at         | back_pain  | vas_mm  | 3.0     | 2025-02-24
                at         | leg_pain   | vas_mm  | 3.0     | 2025-02-24
                at         | odi        | percent | 22      | 2025-02-24
                above      | back_pain  | vas_mm  | 3.0001  | 2025-02-24
                above      | leg_pain   | vas_mm  | 3.0001  | 2025-02-24
                above      | odi        | percent | 22.0001 | 2025-02-24
            """,
            expected="""
                patient_id | flag                   | no_flag
                at         | preoperative_at_target |
                above      |                        | preoperative_at_target
            """,
        ),
        Paragraph(
            "no_preoperative_score is said only where it decided: above the target after surgery",
            scores="""
                patient_id | instrument | value | assessed_on
                above      | back_pain  | 4     | 2025-06-03
                at_target  | back_pain  | 3     | 2025-06-03
            """,
            expected="""
                patient_id | instrument | timepoint   | flag                  | no_flag
                above      | back_pain  | three_month | no_preoperative_score |
                above      | back_pain  | one_year    |                       | no_preoperative_score
                at_target  | back_pain  | three_month |                       | no_preoperative_score
            """,
        ),
        Paragraph(
            "An excluded row is flagged like any other",
            conditions="""
                code
                C79.51
            """,
            scores="""
                instrument | scale | value | assessed_on | mode
                back_pain  | nrs   | 4.5   | 2025-06-03  | phone
            """,
            expected="""
                instrument | timepoint   | status   | flags
                back_pain  | three_month | excluded | fractional_nrs no_preoperative_score phone_or_interview
            """,
        ),
    ),
)
