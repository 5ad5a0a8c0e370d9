"""MIPS measure 460 in 2018: Average Change in Back Pain following Lumbar Fusion."""

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
from lumbar.tables.clinical import BACK_PAIN, VAS_CM, VAS_MM
from lumbar.tables.results import FUSION, ONE_YEAR

MEASURE = Measure(
    id="460",
    year=2018,
    title="Average Change in Back Pain following Lumbar Fusion",
    instrument=BACK_PAIN,
    scales=(VAS_CM.name, VAS_MM.name),
    preoperative=Window(
        opens=months(-3),
        closes=days(0),
        cite=Cite("HCPCS G9944", "Long descriptor", "certain", "within three months preoperatively; calendar months"),
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
                cite=Cite("HCPCS G9944", "Long descriptor", "certain", "9 to 15 months: calendar months"),
            ),
            nearest_to=months(12),
            period=IdentificationPeriod(
                starts_on=date(2016, 10, 1),
                ends_on=date(2017, 9, 30),
                age_on=date(2016, 10, 1),
                minimum_age_years=18,
                cite=Cite("CQM 460 (2018)", "Denominator", "likely", "the age date is certain, the period derived"),
            ),
            codes=Codes(
                met="G9944",
                not_met="G9946",
                not_assessed="G9946",
                excluded="G9945",
                cite=Cite("HCPCS 2018 and CQM 460 (2018)", "Numerator", "likely", "meanings certain, roles likely"),
            ),
        ),
    ),
    target=BothScores(
        minimum_share=points("0.5"),
        cite=Cite(
            "CQM 460 (2018)",
            "Submission",
            "likely",
            "half with both scores, else the measure cannot be submitted; stated for 2019",
        ),
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
    metric_type="nonProportion",
    overall_algorithm="",
    program="",
    cite=Cite("CQM 460 (2018)", "Measure data of the Quality Payment Program", "certain"),
)
