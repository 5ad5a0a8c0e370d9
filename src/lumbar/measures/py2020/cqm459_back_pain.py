"""MIPS measure 459 in 2020: Back Pain After Lumbar Discectomy/Laminectomy."""

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
from lumbar.tables.clinical import BACK_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, THREE_MONTH

MEASURE = Measure(
    id="459",
    year=2020,
    title="Back Pain After Lumbar Discectomy/Laminectomy",
    instrument=BACK_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2136", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("CQM 459 (2020)", "Description", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2019, 1, 1),
                ends_on=date(2019, 12, 31),
                age_on=date(2019, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 459 (2020)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2136",
                not_met="G2137",
                not_assessed="G9943",
                excluded="G9942",
                cite=Cite("HCPCS 2020 and CQM 459 (2020)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("3.0"),
        improved_by=points("5.0"),
        cite=Cite("CQM 459 (2020)", "Numerator", "certain"),
    ),
    exclusions=(),
    same_date_exclusions=(
        SameDateExclusion(
            category="another spine procedure",
            code_list="procedure_other_spine",
            cite=Cite("HCPCS G9942", "Long descriptor", "unverified", "rule certain, code list engineered"),
        ),
    ),
    metric_type="singlePerformanceRate",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 459 (2020)", "Measure data of the Quality Payment Program", "certain"),
)
