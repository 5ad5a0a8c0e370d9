"""MIPS measure 473 in 2019: Average Change in Leg Pain Following Lumbar Fusion Surgery."""

from datetime import date

from lumbar.measures.model import (
    BothScores,
    Cite,
    Codes,
    Exclusion,
    IdentificationPeriod,
    Measure,
    Stratum,
    Window,
    days,
    months,
    points,
)
from lumbar.tables.clinical import LEG_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import FUSION, ONE_YEAR

MEASURE = Measure(
    id="473",
    year=2019,
    title="Average Change in Leg Pain Following Lumbar Fusion Surgery",
    instrument=LEG_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS M1053", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("HCPCS M1053", "Long descriptor", "certain", "9 to 15 months: calendar months"),
            ),
            nearest_to=months(12),
            period=IdentificationPeriod(
                starts_on=date(2017, 10, 1),
                ends_on=date(2018, 9, 30),
                age_on=date(2017, 10, 1),
                minimum_age_years=18,
                cite=Cite("CQM 473 (2019)", "Denominator", "likely", "derived; the age date is certain for 2018 only"),
            ),
            codes=Codes(
                met="M1053",
                not_met="M1052",
                not_assessed="M1052",
                excluded="M1051",
                cite=Cite("HCPCS 2019 and CQM 473 (2019)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=BothScores(
        minimum_share=points("0.5"),
        cite=Cite(
            "CQM 473 (2019)", "Submission", "certain", "half with both scores, else the measure cannot be submitted"
        ),
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
    metric_type="nonProportion",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 473 (2019)", "Measure data of the Quality Payment Program", "certain"),
)
