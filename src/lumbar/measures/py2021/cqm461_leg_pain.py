"""MIPS measure 461 in 2021: Leg Pain After Lumbar Discectomy/Laminectomy."""

from datetime import date

from lumbar.measures.model import (
    Cite,
    Codes,
    IdentificationPeriod,
    Measure,
    SameDateExclusion,
    Stratum,
    Target,
    Window,
    days,
    months,
    points,
    weeks,
)
from lumbar.tables.clinical import LEG_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, THREE_MONTH

MEASURE = Measure(
    id="461",
    year=2021,
    title="Leg Pain After Lumbar Discectomy/Laminectomy",
    instrument=LEG_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2140", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("CQM 461 (2021)", "Description", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2020, 1, 1),
                ends_on=date(2020, 12, 31),
                age_on=date(2020, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 461 (2021)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2140",
                not_met="G2141",
                not_assessed="G9949",
                excluded="G9948",
                cite=Cite("HCPCS 2021 and CQM 461 (2021)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("3.0"),
        improved_by=points("5.0"),
        cite=Cite("CQM 461 (2021)", "Numerator", "certain"),
    ),
    exclusions=(),
    same_date_exclusions=(
        SameDateExclusion(
            category="another spine procedure",
            code_list="procedure_other_spine",
            cite=Cite("HCPCS G9948", "Long descriptor", "unverified", "rule certain, code list engineered"),
        ),
    ),
    metric_type="singlePerformanceRate",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 461 (2021)", "Measure data of the Quality Payment Program", "certain"),
)
