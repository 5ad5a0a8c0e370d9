"""MIPS measure 460 in 2020: Back Pain After Lumbar Fusion."""

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
from lumbar.tables.clinical import BACK_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import FUSION, ONE_YEAR

MEASURE = Measure(
    id="460",
    year=2020,
    title="Back Pain After Lumbar Fusion",
    instrument=BACK_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G2138", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("CQM 460 (2020)", "Description", "certain", "9 to 15 months: calendar months"),
            ),
            nearest_to=months(12),
            period=IdentificationPeriod(
                starts_on=date(2018, 10, 1),
                ends_on=date(2019, 9, 30),
                age_on=date(2018, 10, 1),
                minimum_age_years=18,
                cite=Cite("CQM 460 (2020)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="G2138",
                not_met="G2139",
                not_assessed="G9946",
                excluded="G9945",
                cite=Cite("HCPCS 2020 and CQM 460 (2020)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=Target(
        at_most=points("3.0"),
        improved_by=points("5.0"),
        cite=Cite("CQM 460 (2020)", "Numerator", "certain"),
    ),
    exclusions=(
        Exclusion(
            category="cancer",
            code_list="diagnosis_cancer",
            onset_within_days=None,
            cite=Cite("HCPCS G9945", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="acute fracture",
            code_list="diagnosis_acute_fracture",
            onset_within_days=90,
            cite=Cite(
                "HCPCS G9945", "Long descriptor", "unverified", "category certain, code list and the 90 days engineered"
            ),
        ),
        Exclusion(
            category="infection",
            code_list="diagnosis_infection",
            onset_within_days=None,
            cite=Cite("HCPCS G9945", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
        Exclusion(
            category="scoliosis",
            code_list="diagnosis_scoliosis",
            onset_within_days=None,
            cite=Cite("HCPCS G9945", "Long descriptor", "unverified", "category certain, code list engineered"),
        ),
    ),
    same_date_exclusions=(),
    metric_type="singlePerformanceRate",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 460 (2020)", "Measure data of the Quality Payment Program", "certain"),
)
