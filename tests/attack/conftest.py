"""A hundred random clinics and what each publishes, made once."""

import pytest

from random_clinics import Clinic, random_clinic

Published = list[tuple[Clinic, str]]


@pytest.fixture(scope="session")
def clinics() -> list[Clinic]:
    return [random_clinic(seed) for seed in range(100)]


@pytest.fixture(scope="session")
def published(clinics: list[Clinic]) -> Published:
    return [(clinic, clinic.text()) for clinic in clinics]
