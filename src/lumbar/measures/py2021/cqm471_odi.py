"""MIPS measure 471 in 2021: Functional Status After Lumbar Discectomy/Laminectomy."""

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
from lumbar.tables.clinical import ODI, PERCENT, POINTS_50
from lumbar.tables.results import DISCECTOMY, THREE_MONTH

MEASURE = Measure(
    id="471",
    year=2021,
    title="Functional Status After Lumbar Discectomy/Laminectomy",
    instrument=ODI,
    scales=(PERCENT.name, POINTS_50.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2144", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("CQM 471 (2021)", "Description", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2020, 1, 1),
                ends_on=date(2020, 12, 31),
                age_on=date(2020, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 471 (2021)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2144",
                not_met="G2145",
                not_assessed="M1049",
                excluded="M1071",
                cite=Cite("HCPCS 2021 and CQM 471 (2021)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("22"),
        improved_by=points("30"),
        cite=Cite("CQM 471 (2021)", "Numerator", "certain"),
    ),
    exclusions=(),
    same_date_exclusions=(
        SameDateExclusion(
            category="another spine procedure",
            code_list="procedure_other_spine",
            cite=Cite("HCPCS M1071", "Long descriptor", "unverified", "rule certain, code list engineered"),
        ),
    ),
    metric_type="singlePerformanceRate",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 471 (2021)", "Measure data of the Quality Payment Program", "certain"),
)
