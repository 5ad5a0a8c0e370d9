"""MIPS measure 471 in 2019: Average Change in Functional Status Following Lumbar Discectomy/Laminotomy Surgery."""

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
from lumbar.tables.clinical import ODI, PERCENT, POINTS_50
from lumbar.tables.results import DISCECTOMY, THREE_MONTH

MEASURE = Measure(
    id="471",
    year=2019,
    title="Average Change in Functional Status Following Lumbar Discectomy/Laminotomy Surgery",
    instrument=ODI,
    scales=(PERCENT.name, POINTS_50.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS M1048", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("HCPCS M1048", "Long descriptor", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2018, 1, 1),
                ends_on=date(2018, 12, 31),
                age_on=date(2018, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 471 (2019)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="M1048",
                not_met="M1049",
                not_assessed="M1049",
                excluded="M1071",
                cite=Cite("HCPCS 2019 and CQM 471 (2019)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=BothScores(
        minimum_share=points("0.5"),
        cite=Cite(
            "CQM 471 (2019)", "Submission", "certain", "half with both scores, else the measure cannot be submitted"
        ),
    ),
    exclusions=(),
    same_date_exclusions=(
        SameDateExclusion(
            category="another spine procedure",
            code_list="procedure_other_spine",
            cite=Cite("HCPCS M1071", "Long descriptor", "unverified", "rule certain, code list engineered"),
        ),
    ),
    metric_type="nonProportion",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 471 (2019)", "Measure data of the Quality Payment Program", "certain"),
)
