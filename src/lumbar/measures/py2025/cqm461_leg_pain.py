"""MIPS measure 461 in 2025: Leg Pain After Lumbar Surgery."""

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
    weeks,
)
from lumbar.tables.clinical import LEG_PAIN, NRS, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, THREE_MONTH

MEASURE = Measure(
    id="461",
    year=2025,
    title="Leg Pain After Lumbar Surgery",
    instrument=LEG_PAIN,
    scales=(NRS.name, VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2140", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
    ),
    strata=(
        Stratum(
            name="lumbarDiscectomy",
            submitted_alone=True,
            kind=DISCECTOMY,
            timepoint=THREE_MONTH,
            postoperative=Window(
                opens=weeks(6),
                closes=weeks(20),
                cite=Cite("CQM 461 (2025)", "Description", "certain", "6 to 20 weeks: days 42 to 140"),
            ),
            nearest_to=months(3),
            period=IdentificationPeriod(
                starts_on=date(2024, 1, 1),
                ends_on=date(2024, 12, 31),
                age_on=date(2024, 1, 1),
                minimum_age_years=18,
                cite=Cite("CQM 461 (2025)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2140",
                not_met="G2141",
                not_assessed="G9949",
                excluded="M1051",
                cite=Cite(
                    "HCPCS 2025 and CQM 461 (2025)",
                    "Numerator",
                    "likely",
                    "meanings certain, roles likely; the exclusion code of this stratum is uncertain",
                ),
            ),
        ),
        Stratum(
            name="lumbarFusion",
            submitted_alone=True,
            kind=FUSION,
            timepoint=ONE_YEAR,
            postoperative=Window(
                opens=months(9),
                closes=months(15),
                cite=Cite("CQM 461 (2025)", "Description", "certain", "9 to 15 months: calendar months"),
            ),
            nearest_to=months(12),
            period=IdentificationPeriod(
                starts_on=date(2023, 10, 1),
                ends_on=date(2024, 9, 30),
                age_on=date(2023, 10, 1),
                minimum_age_years=18,
                cite=Cite("CQM 461 (2025)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2146",
                not_met="G2147",
                not_assessed="M1052",
                excluded="M1051",
                cite=Cite("HCPCS 2025 and CQM 461 (2025)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("3.0"),
        improved_by=points("5.0"),
        cite=Cite("CQM 461 (2025)", "Numerator", "certain"),
    ),
    exclusions=(
        Exclusion(
            category="cancer",
            code_list="diagnosis_cancer",
            onset_within_days=None,
            cite=Cite("HCPCS M1051", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="acute fracture",
            code_list="diagnosis_acute_fracture",
            onset_within_days=90,
            cite=Cite(
                "HCPCS M1051", "Long descriptor", "unverified", "category certain, code list and the 90 days engineered"
            ),
        ),
        Exclusion(
            category="infection",
            code_list="diagnosis_infection",
            onset_within_days=None,
            cite=Cite("HCPCS M1051", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="scoliosis",
            code_list="diagnosis_scoliosis",
            onset_within_days=None,
            cite=Cite("HCPCS M1051", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
    ),
    same_date_exclusions=(),
    metric_type="multiPerformanceRate",
    overall_algorithm="weightedAverage",
    program="M1425",
    cite=Cite("CQM 461 (2025)", "Measure data of the Quality Payment Program", "certain"),
)
