"""MIPS measure 469 in 2020: Functional Status After Lumbar Fusion."""

from datetime import date

from lumbar.measures.model import (
    Cite,
    Codes,
    Exclusion,
    IdentificationPeriod,
    Measure,
    Stratum,
    Target,
    Window,
    days,
    months,
    points,
)
from lumbar.tables.clinical import ODI, PERCENT, POINTS_50
from lumbar.tables.results import FUSION, ONE_YEAR

MEASURE = Measure(
    id="469",
    year=2020,
    title="Functional Status After Lumbar Fusion",
    instrument=ODI,
    scales=(PERCENT.name, POINTS_50.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2142", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
    ),
    strata=(
        Stratum(
            name="lumbarFusion",
            submitted_alone=False,
            kind=FUSION,
            timepoint=ONE_YEAR,
            postoperative=Window(
                opens=months(9),
                closes=months(15),
                cite=Cite("CQM 469 (2020)", "Description", "certain", "9 to 15 months: calendar months"),
            ),
            nearest_to=months(12),
            period=IdentificationPeriod(
                starts_on=date(2018, 10, 1),
                ends_on=date(2019, 9, 30),
                age_on=date(2018, 10, 1),
                minimum_age_years=18,
                cite=Cite("CQM 469 (2020)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2142",
                not_met="G2143",
                not_assessed="M1043",
                excluded="M1041",
                cite=Cite("HCPCS 2020 and CQM 469 (2020)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("22"),
        improved_by=points("30"),
        cite=Cite("CQM 469 (2020)", "Numerator", "certain"),
    ),
    exclusions=(
        Exclusion(
            category="cancer",
            code_list="diagnosis_cancer",
            onset_within_days=None,
            cite=Cite("HCPCS M1041", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="acute fracture",
            code_list="diagnosis_acute_fracture",
            onset_within_days=90,
            cite=Cite(
                "HCPCS M1041", "Long descriptor", "unverified", "category certain, code list and the 90 days engineered"
            ),
        ),
        Exclusion(
            category="infection",
            code_list="diagnosis_infection",
            onset_within_days=None,
            cite=Cite("HCPCS M1041", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="scoliosis",
            code_list="diagnosis_scoliosis",
            onset_within_days=None,
            cite=Cite("HCPCS M1041", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
    ),
    same_date_exclusions=(),
    metric_type="singlePerformanceRate",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 469 (2020)", "Measure data of the Quality Payment Program", "certain"),
)
