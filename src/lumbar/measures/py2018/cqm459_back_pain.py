"""MIPS measure 459 in 2018: Average Change in Back Pain following Lumbar Discectomy / Laminotomy."""

from datetime import date

from lumbar.measures.model import (
    BothScores,
    Cite,
    Codes,
    IdentificationPeriod,
    Measure,
    SameDateExclusion,
    Stratum,
    Window,
    days,
    months,
    points,
    weeks,
)
from lumbar.tables.clinical import BACK_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, THREE_MONTH

MEASURE = Measure(
    id="459",
    year=2018,
    title="Average Change in Back Pain following Lumbar Discectomy / Laminotomy",
    instrument=BACK_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G9941", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
    ),
    strata=(
        Stratum(
            name="lumbarDiscectomy",
            submitted_alone=False,
            kind=DISCECTOMY,
            timepoint=THREE_MONTH,
            postoperative=Window(
                opens=weeks(6),
                closes=weeks(20),
                cite=Cite("CQM 459 (2018)", "Strata", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2017, 1, 1),
                ends_on=date(2017, 12, 31),
                age_on=date(2017, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 459 (2018)", "Denominator", "likely", "the age date is certain, the period derived"),
            ),
            codes=Codes(
                met="G9941",
                not_met="G9943",
                not_assessed="G9943",
                excluded="G9942",
                cite=Cite("HCPCS 2018 and CQM 459 (2018)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=BothScores(
        minimum_share=points("0.5"),
        cite=Cite(
            "CQM 459 (2018)",
            "Submission",
            "likely",
            "half with both scores, else the measure cannot be submitted; stated for 2019",
        ),
    ),
    exclusions=(),
    same_date_exclusions=(
        SameDateExclusion(
            category="another spine procedure",
            code_list="procedure_other_spine",
            cite=Cite("HCPCS G9942", "Long descriptor", "unverified", "rule certain, code list engineered"),
        ),
    ),
    metric_type="nonProportion",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 459 (2018)", "Measure data of the Quality Payment Program", "certain"),
)
