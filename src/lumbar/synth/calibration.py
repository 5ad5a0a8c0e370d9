"""The synthetic clinic's named parameters, each with the published result it was set from, or `engineered`.

Scores are in points of the instrument's own scale (0-10, ODI 0-100); improvement is before minus after,
positive is better; shares are fractions.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, NRS, ODI, VAS_CM, VAS_MM
from lumbar.tables.results import DISCECTOMY, FUSION, ONE_YEAR, THREE_MONTH

YEAR = 2026
AS_OF = date(YEAR, 11, 21)
MADE_UP = "A made-up clinic: no record is of a person."  # what the result of a demo says first

MONTHS_OF_SURGERY = 28  # from the first operation to the as-of date
SHARE_IN_IDENTIFICATION_PERIOD = 0.55  # of operations drawn from the year's own period; the rest from all months
SHARE_DISCECTOMY = 0.58
SHARE_REGULAR_PREOPERATIVE = 0.88  # registries reach 85-95 % before surgery: engineered


@dataclass(frozen=True, slots=True)
class Spread:
    """A normal distribution before it is cut to its scale, and the published mean it must come out at.

    `published` holds the lowest and the highest published mean of the finished scores.
    """

    mean: float
    sd: float
    published: tuple[float, float]
    source: str


_BASELINE = (
    "Hosp. Moinhos de Vento 2022: 6.6 +/- 2.6 back, 6.2 +/- 2.9 leg, ODI 42.2 +/- 16.4; split by kind engineered"
)
BASELINE = {
    (DISCECTOMY, BACK_PAIN): Spread(6.45, 2.95, (5.5, 6.6), f"{_BASELINE}; Japan 8 hospitals: 5.5 for disc herniation"),
    (DISCECTOMY, LEG_PAIN): Spread(7.1, 2.95, (6.2, 7.0), _BASELINE),
    (DISCECTOMY, ODI): Spread(44.0, 16.5, (42.2, 46.0), _BASELINE),
    (FUSION, BACK_PAIN): Spread(7.5, 2.6, (6.6, 7.4), _BASELINE),
    (FUSION, LEG_PAIN): Spread(5.85, 3.25, (5.0, 6.2), _BASELINE),
    (FUSION, ODI): Spread(42.2, 16.0, (38.0, 42.2), _BASELINE),
}
SEVERITY_SHARED = 0.6  # how much of a baseline is one severity behind all three instruments: engineered

# Share of the baseline that is gone afterwards; the mean improvement in points is what is published.
RELIEF = {
    (DISCECTOMY, THREE_MONTH, BACK_PAIN): Spread(0.76, 0.50, (3.2, 3.9), "NORspine 3.2 to 3.9 (12 months)"),
    (DISCECTOMY, THREE_MONTH, LEG_PAIN): Spread(0.96, 0.44, (4.4, 5.0), "NORspine 4.4 to 5.0; Swespine 4.83"),
    (DISCECTOMY, THREE_MONTH, ODI): Spread(0.70, 0.40, (22.0, 28.7), "MDH/MNCM 22.0 (3 months); NORspine 28.7"),
    (DISCECTOMY, ONE_YEAR, BACK_PAIN): Spread(0.86, 0.50, (3.2, 3.9), "NORspine 3.2 to 3.9"),
    (DISCECTOMY, ONE_YEAR, LEG_PAIN): Spread(0.96, 0.44, (4.4, 5.0), "NORspine 4.4 to 5.0; Swespine 4.83"),
    (DISCECTOMY, ONE_YEAR, ODI): Spread(0.78, 0.40, (22.0, 33.3), "NORspine 28.7 to 33.3"),
    (FUSION, THREE_MONTH, BACK_PAIN): Spread(0.60, 0.44, (3.0, 3.9), "engineered below the QOD 3.8 at 24 months"),
    (FUSION, THREE_MONTH, LEG_PAIN): Spread(0.84, 0.46, (2.9, 4.4), "engineered"),
    (FUSION, THREE_MONTH, ODI): Spread(0.48, 0.38, (13.0, 20.1), "engineered below one year"),
    (FUSION, ONE_YEAR, BACK_PAIN): Spread(0.67, 0.44, (3.4, 4.2), "QOD spondylolisthesis 3.8 +/- 3.1"),
    (FUSION, ONE_YEAR, LEG_PAIN): Spread(0.86, 0.46, (2.9, 4.4), "engineered"),
    (FUSION, ONE_YEAR, ODI): Spread(0.56, 0.38, (14.5, 25.7), "MNCM 20.1, groups 14.5-25.7; MDH/MNCM 16.7"),
}
RELIEF_SHARED = 0.75  # how much of the relief one patient shares between instruments and timepoints: engineered
RESIDUAL_NOISE = {BACK_PAIN: 0.8, LEG_PAIN: 0.8, ODI: 5.0}  # points, SD: engineered

# MNCM: 41 % of fusions with a score before and one year after; NORspine 69-76 %, QOD 72-86 %: a clinic lies below.
ANSWERED = {THREE_MONTH: 0.58, ONE_YEAR: 0.47}
ODDS_AGE_65 = 1.3  # response model: Michigan registry
ODDS_NOT_ENGLISH = 0.6  # response model: odds ratio 0.57-0.61
ODDS_UNDER_REPRESENTED = 0.68  # response model: odds ratio 0.66-0.69
EACH_INSTRUMENT_ANSWERED = 0.94  # of a visit that is answered: engineered

# Engineered shares of an ordinary clinic's ways of asking.
SHARE_SCALE = ((NRS.name, 0.66), (VAS_MM.name, 0.19), (VAS_CM.name, 0.15))
SHARE_OTHER_SCALE_AT_A_VISIT = 0.06
SHARE_MODE = (("electronic", 0.56), ("paper", 0.22), ("phone", 0.11), ("interview", 0.04), (None, 0.07))
SHARE_FRACTIONAL_NRS = 0.012
SHARE_BOTH_LEGS = 0.12
SHARE_ONE_SIDE = 0.10
SHARE_ASKED_TWICE = 0.02
SHARE_POINTS_50 = 0.15
SHARE_QUESTIONNAIRE = 0.08
SHARE_PANEL = 0.10
SHARE_WITH_TIME = 0.30
SHARE_RECORDED_LATER = 0.15
SHARE_OPERATED_WITH_TIME = 0.6
# Modifiers that change nothing here: unusual or reduced work, and the side.
SHARE_MODIFIERS: tuple[tuple[tuple[str, ...], float], ...] = (
    ((), 0.88),
    (("22",), 0.04),
    (("52",), 0.01),
    (("LT",), 0.03),
    (("22", "RT"), 0.04),
)


@dataclass(frozen=True, slots=True)
class Surgeon:
    """One surgeon: volume, skill in standard deviations of relief, and odds of a collected score.

    The NPI starts with 2, which the rule allows and nobody has been given.
    """

    base_npi: str
    facility: str
    volume: float
    skill: float
    follow_up_odds: float


NORTH = "Lakeshore Spine Hospital"
SOUTH = "Prairie Surgery Center"
SURGEONS = (
    Surgeon("200000101", NORTH, 21, 0.10, 1.35),
    Surgeon("200000202", NORTH, 18, 0.00, 0.85),
    Surgeon("200000303", NORTH, 15, -0.10, 1.10),
    Surgeon("200000404", SOUTH, 14, 0.15, 1.45),
    Surgeon("200000505", SOUTH, 13, -0.15, 0.60),
    Surgeon("200000606", SOUTH, 12, 0.00, 1.00),
    Surgeon("200000707", NORTH, 6, 0.05, 0.45),
    Surgeon("200000808", SOUTH, 1, -0.05, 0.90),
)
ASSISTANT_BASE_NPIS = ("210000101", "210000202")
ANAESTHETIST_BASE_NPIS = ("220000101", "220000202")

# Weights are engineered; the names are as front desks write them.
PAYERS_UNDER_65 = (
    ("BCBS of Minnesota", 24),
    ("UnitedHealthcare Choice Plus", 16),
    ("Aetna PPO", 12),
    ("Cigna Open Access Plus", 9),
    ("HealthPartners Open Access", 8),
    ("Minnesota Medicaid", 9),
    ("Workers Comp - SFM", 7),
    ("Blue Cross Blue Shield Federal", 4),
    ("UHC Navigate", 3),
    ("Self Pay", 3),
    ("Medicare Part B", 3),
    ("", 2),
)
PAYERS_FROM_65 = (
    ("Medicare Part B", 46),
    ("UHC Medicare Advantage", 19),
    ("Humana Medicare Advantage", 9),
    ("Medicare", 6),
    ("BCBS of Minnesota", 8),
    ("Aetna PPO", 3),
    ("Minnesota Medicaid", 3),
    ("HealthPartners Open Access", 4),
    ("", 2),
)
SECOND_PAYER = "BCBS of Minnesota"

LANGUAGES = (("en", 85.0), ("es", 6.0), ("so", 3.0), ("hmn", 3.0), ("vi", 1.0), (None, 2.0))
WHITE = "White"
RACES = (
    (WHITE, 76.0),
    ("Black or African American", 9.0),
    ("Asian", 7.0),
    ("American Indian or Alaska Native", 2.0),
    ("Other Race", 2.0),
    (None, 4.0),
)
ETHNICITIES = (("Not Hispanic or Latino", 88.0), ("Hispanic or Latino", 8.0), (None, 4.0))
SEXES = (("female", 50.0), ("male", 48.5), ("other", 0.5), ("unknown", 1.0))

# Age in years on the day of surgery: mean, SD. Disc surgery is for the younger: engineered.
AGE = {DISCECTOMY: (49.0, 15.0), FUSION: (61.0, 12.5)}
YOUNGEST, OLDEST = 16, 92

RESPONSE_BAND = (0.35, 0.65)
MET_BAND = (Decimal("0.55"), Decimal("0.77"))


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that happens to some patients: how many of each hundred."""

    name: str
    per_hundred: int


STORIES = (
    Story("operated_again", 4),
    Story("return_to_theatre", 1),
    Story("staged", 1),
    Story("two_surgeons", 2),
    Story("surgical_care_only", 1),
    Story("discontinued", 1),
    Story("management_only", 1),
    Story("operated_elsewhere_only", 2),
    Story("assistant_line_only", 1),
    Story("far_lateral_only", 1),
    Story("under_18", 1),
    Story("age_unknown", 1),
    Story("excluding_diagnosis", 3),
    Story("excluded_by_report", 1),
    Story("refuted_diagnosis", 1),
    Story("abated_diagnosis", 1),
    Story("old_fracture", 1),
    Story("deceased", 1),
    Story("deceased_undated", 1),
    Story("recovery_room", 2),
    Story("declined", 3),
    Story("month_end", 2),
    Story("window_edge", 3),
    Story("came_back_unwell", 1),
    Story("one_score_two_episodes", 1),
)
