"""Which procedure lines start an episode, and of which kind."""

from lumbar.measures.policy import Policy
from spec_book import Paragraph, Section

SECTION = Section(
    title="What starts an episode",
    rule="RULES §1 and §6",
    intro="The code lists are candidates, unverified and shown as unverified.",
    paragraphs=(
        Paragraph(
            "Each lumbar discectomy or laminectomy code starts an episode of kind discectomy",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 62380
                b          | 2025-03-03   | 63005
                c          | 2025-03-03   | 63012
                d          | 2025-03-03   | 63017
                e          | 2025-03-03   | 63030
                f          | 2025-03-03   | 63042
                g          | 2025-03-03   | 63047
            """,
            expected="""
                episodes | kind       | index_date
                1        | discectomy | 2025-03-03
            """,
        ),
        Paragraph(
            "Each lumbar fusion code starts an episode of kind fusion",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 22533
                b          | 2025-03-03   | 22558
                c          | 2025-03-03   | 22586
                d          | 2025-03-03   | 22612
                e          | 2025-03-03   | 22630
                f          | 2025-03-03   | 22633
            """,
            expected="""
                episodes | kind   | index_date
                1        | fusion | 2025-03-03
            """,
        ),
        Paragraph(
            "A fusion and a discectomy on one date are one episode of kind fusion",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-03   | 22612
            """,
            expected="""
                episodes | kind
                1        | fusion
            """,
        ),
        Paragraph(
            "Several discectomy lines on one date are one episode",
            procedures="""
                performed_on     | code
                2025-03-03 08:00 | 63030
                2025-03-03 08:00 | 63047
                2025-03-03 17:30 | 63042
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "Two dates are two episodes, also when they follow each other",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-04   | 22612
            """,
            expected="""
                episodes | index_date | kind
                2        | 2025-03-03 | discectomy
                2        | 2025-03-04 | fusion
            """,
        ),
        Paragraph(
            "One date of two patients is two episodes",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 63030
                b          | 2025-03-03   | 22612
            """,
            expected="""
                patient_id | episodes | kind
                a          | 1        | discectomy
                b          | 1        | fusion
            """,
        ),
        Paragraph(
            "An add-on code alone starts no episode",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 22534
                b          | 2025-03-03   | 22585
                c          | 2025-03-03   | 22614
                d          | 2025-03-03   | 22632
                e          | 2025-03-03   | 22634
                f          | 2025-03-03   | 63035
                g          | 2025-03-03   | 63044
                h          | 2025-03-03   | 63048
                i          | 2025-03-03   | 63052
                j          | 2025-03-03   | 63053
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "An add-on code beside a discectomy does not make it a fusion",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
                2025-03-03   | 22614
                2025-03-03   | 22634
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "Cervical and thoracic operations start no episode",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 22551
                b          | 2025-03-03   | 22554
                c          | 2025-03-03   | 22556
                d          | 2025-03-03   | 22600
                e          | 2025-03-03   | 22610
                f          | 2025-03-03   | 63001
                g          | 2025-03-03   | 63020
                h          | 2025-03-03   | 63045
                i          | 2025-03-03   | 63046
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "A cervical fusion beside a lumbar discectomy does not make it a fusion",
            procedures="""
                performed_on | code
                2025-03-03   | 22551
                2025-03-03   | 63030
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "Disc arthroplasty and the deleted image-guided laminotomy start no episode",
            procedures="""
                patient_id | performed_on | code
                a          | 2025-03-03   | 22857
                b          | 2025-03-03   | 0275T
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "The same digits in another code system start no episode",
            arithmetic="63030 is a lumbar discectomy in CPT only.",
            procedures="""
                patient_id | performed_on | system | code
                a          | 2025-03-03   | hcpcs  | 63030
                b          | 2025-03-03   | snomed | 63030
                c          | 2025-03-03   |        | 63030
                d          | 2025-03-03   | cpt    |
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "The unverified code 63056 starts no episode unless the policy says so",
            procedures="""
                performed_on | code
                2025-03-03   | 63056
            """,
            expected="""
                episodes
                0
            """,
        ),
        Paragraph(
            "The unverified code 63056 starts a discectomy where the policy includes unverified procedures",
            policy=Policy(include_unverified_procedures=True),
            procedures="""
                performed_on | code
                2025-03-03   | 63056
            """,
            expected="""
                episodes | kind
                1        | discectomy
            """,
        ),
        Paragraph(
            "A code starts an episode only on the dates it is in force",
            arithmetic="62380 came into force on 1 January 2017.",
            procedures="""
                patient_id | performed_on | code
                before     | 2016-12-31   | 62380
                first_day  | 2017-01-01   | 62380
            """,
            expected="""
                patient_id | episodes
                before     | 0
                first_day  | 1
            """,
        ),
        Paragraph(
            "An operation after the as-of date is not known",
            as_of="2025-03-03",
            procedures="""
                patient_id | performed_on | code
                that_day   | 2025-03-03   | 63030
                tomorrow   | 2025-03-04   | 63030
            """,
            expected="""
                patient_id | episodes
                that_day   | 1
                tomorrow   | 0
            """,
        ),
        Paragraph(
            "Every episode has six rows: three instruments at two timepoints",
            procedures="""
                performed_on | code
                2025-03-03   | 63030
            """,
            expected="""
                episodes | instrument | timepoint   | measure_id | window_opens | window_closes
                1        | back_pain  | three_month | 459        | 2025-04-14   | 2025-07-21
                1        | back_pain  | one_year    | 459        | 2025-12-03   | 2026-06-03
                1        | leg_pain   | three_month | 461        | 2025-04-14   | 2025-07-21
                1        | leg_pain   | one_year    | 461        | 2025-12-03   | 2026-06-03
                1        | odi        | three_month | 471        | 2025-04-14   | 2025-07-21
                1        | odi        | one_year    | 471        | 2025-12-03   | 2026-06-03
            """,
        ),
    ),
)
