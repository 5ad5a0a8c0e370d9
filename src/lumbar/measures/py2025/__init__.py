"""Performance year 2025: measures 459, 461 and 471, each with two strata."""

from lumbar.measures.model import Cite, ModifierRule, PerformanceYear, Procedures, points
from lumbar.measures.py2025 import cqm459_back_pain, cqm461_leg_pain, cqm471_odi
from lumbar.tables.results import DISCECTOMY, FUSION

_PROCEDURES_CITE = Cite(
    "CQM 459, 461, 471 (2025)",
    "Denominator",
    "unverified",
    "the steward's procedure codes are not public; candidates from descriptors and lineage",
)
_MODIFIER_CITE = Cite("CPT and HCPCS modifiers", "Definitions", "likely")

YEAR = PerformanceYear(
    year=2025,
    measures=(cqm459_back_pain.MEASURE, cqm461_leg_pain.MEASURE, cqm471_odi.MEASURE),
    procedures=(
        Procedures(
            kind=DISCECTOMY,
            code_list="procedure_discectomy",
            unverified_code_list="procedure_discectomy_unverified",
            cite=_PROCEDURES_CITE,
        ),
        Procedures(kind=FUSION, code_list="procedure_fusion", unverified_code_list="", cite=_PROCEDURES_CITE),
    ),
    modifiers=(
        ModifierRule(code_list="modifier_assistant", effect="not_the_surgeon", flag="", cite=_MODIFIER_CITE),
        ModifierRule(code_list="modifier_anaesthesia", effect="not_the_surgeon", flag="", cite=_MODIFIER_CITE),
        ModifierRule(code_list="modifier_discontinued", effect="no_episode", flag="", cite=_MODIFIER_CITE),
        ModifierRule(code_list="modifier_management_only", effect="no_episode", flag="", cite=_MODIFIER_CITE),
        ModifierRule(
            code_list="modifier_surgical_care_only", effect="flag", flag="surgical_care_only", cite=_MODIFIER_CITE
        ),
        ModifierRule(code_list="modifier_two_surgeons", effect="flag", flag="two_surgeons", cite=_MODIFIER_CITE),
        ModifierRule(code_list="modifier_staged", effect="flag", flag="staged", cite=_MODIFIER_CITE),
        ModifierRule(
            code_list="modifier_return_to_theatre", effect="flag", flag="return_to_theatre", cite=_MODIFIER_CITE
        ),
    ),
    quality_data_code_list="quality_data_code",
    data_completeness=points("0.75"),
    data_completeness_cite=Cite("CY2024 physician fee schedule rule", "Data completeness", "certain"),
    case_minimum=20,
    case_minimum_cite=Cite("42 CFR 414.1380", "Case minimum", "certain", "on the sum over strata"),
    benchmark="none",
    benchmark_cite=Cite(
        "CMS benchmark exclusion reasons (2025)", "BR-009", "certain", "no benchmark for 459, 461 or 471"
    ),
)
