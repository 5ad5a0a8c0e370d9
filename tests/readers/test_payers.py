"""What a payer is called, and who that is (RULES §9)."""

import pytest

from lumbar.errors import MappingError
from lumbar.tables.clinical import PAYERS
from source_folder import Intaken, intake, tables_folder

NAMES = {
    "Aetna": "aetna",
    "AETNA PPO": "aetna",
    "Aetna Medicare Advantage": "medicare_advantage",
    "Blue Cross Blue Shield of Illinois": "blue_cross_blue_shield",
    "BCBS-IL": "blue_cross_blue_shield",
    "Anthem": "blue_cross_blue_shield",
    "Blue Shield of California": "blue_cross_blue_shield",
    "Cigna": "cigna",
    "CIGNA Open Access Plus": "cigna",
    "UnitedHealthcare": "unitedhealthcare",
    "United Healthcare": "unitedhealthcare",
    "UHC Choice Plus": "unitedhealthcare",
    "UHC Medicare Advantage": "medicare_advantage",
    "Humana Medicare HMO": "medicare_advantage",
    "Medicare Part C": "medicare_advantage",
    "Medicare": "medicare",
    "MEDICARE": "medicare",
    "Medicare Part A and B": "medicare_traditional",
    "Medicare Part B": "medicare_traditional",
    "Original Medicare": "medicare_traditional",
    "Medicare Fee-for-Service": "medicare_traditional",
    "Medicaid": "medicaid",
    "Illinois Medicaid Managed Care": "medicaid",
    "Medi-Cal": "medicaid",
    "Children's Health Insurance Program (CHIP)": "medicaid",
    "CHIP": "medicaid",
    "MassHealth": "medicaid",
    "Workers' Compensation": "workers_compensation",
    "Worker's Comp": "workers_compensation",
    "WORKERS COMP - Liberty Mutual": "workers_compensation",
    "Self-Pay": "self_pay",
    "self pay": "self_pay",
    "Uninsured": "self_pay",
    "NO_INSURANCE": "self_pay",
    "Unknown": "unknown",
    "": "unknown",
    "Humana": "other",
    "Kaiser Permanente": "other",
    "Microchip Employees Trust": "other",
    "Chippewa County Plan": "other",
    "Medico": "other",
    "TRICARE": "other",
    "Ünited Ärzte": "other",
}


@pytest.fixture(scope="module")
def coverages(tmp_path_factory) -> Intaken:
    rows = [{"patient_id": "p1", "payer": name, "member_id": f"{n}"} for n, name in enumerate(NAMES)]
    return intake(tables_folder(tmp_path_factory.mktemp("payers"), coverage=rows))


@pytest.mark.parametrize("name", NAMES)
def test_a_payers_name_is_normalised(name, coverages):
    (row,) = (row for row in coverages.tables["coverage"] if row["member_id"] == f"{list(NAMES).index(name)}")
    assert row["payer"] == NAMES[name]
    assert row["payer_name"] == (name or None)


def test_every_normalised_payer_has_a_name_here():
    assert set(NAMES.values()) == set(PAYERS)


def test_a_sites_own_payer_names_come_before_ours_the_first_that_fits_wins(tmp_path):
    mapping = (
        '[[payer]]\ncontains = ["Health-Plan of X", "HPX!"]\npayer = "aetna"\n'
        '[[payer]]\ncontains = ["plan"]\npayer = "cigna"\n'
    )
    names = ("The Health Plan of X", "hpx ", "Another PLAN", "Aetna plan", "Aetna", "")
    rows = [{"patient_id": "p1", "payer": name, "member_id": f"{n}"} for n, name in enumerate(names)]
    found = intake(tables_folder(tmp_path, coverage=rows), mapping).tables["coverage"]
    assert [row["payer"] for row in sorted(found, key=lambda row: row["member_id"])] == [
        "aetna",
        "aetna",
        "cigna",
        "cigna",
        "aetna",
        "unknown",
    ]


def test_a_payer_text_without_letters_fits_everything_and_is_refused(tmp_path):
    with pytest.raises(MappingError, match=r"payer\.contains"):
        intake(tables_folder(tmp_path), '[[payer]]\ncontains = [" - "]\npayer = "aetna"\n')
