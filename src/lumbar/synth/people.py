"""Who the patients are: invented people with invented names, numbers that ring nowhere, and their payers."""

import random
import uuid
from datetime import date, timedelta

from lumbar.measures.model import months
from lumbar.synth import calibration
from lumbar.synth.chart import Coverage, Patient
from lumbar.synth.draws import shifted, weighted

_GIVEN = (
    "Alder Amaryllis Aster Basil Bracken Briony Camellia Cedar Clover Columbine Coriander Dahlia Elder Fennel Fern "
    "Gentian Hawthorn Hazelnut Heather Hyssop Ivy Juniper Larch Laurel Lichen Linden Lupin Mallow Marjoram Medlar "
    "Myrtle Oleander Primrose Quince Rowan Saffron Sedge Sorrel Tamarisk Tansy Thistle Verbena Willow Yarrow"
)
_FAMILY_START = (
    "Amber Bramble Copper Drift Ember Flint Glimmer Harrow Inkling Jasper Kettle Lantern Marble Needle Otter Pebble "
    "Quill Russet Sparrow Thimble Umber Velvet Whistle Yonder"
)
_FAMILY_END = "beck combe croft dale fell garth holt lea mere mote shaw stead thorpe tarn wick wold"
_AREA_CODES = ("218", "320", "507", "612", "651", "763")


def person(draw: random.Random, number: int, seed: int, birth_date: date | None) -> Patient:
    """An invented patient. One in ten has a UUID for an id, the others a number; contact details are never real."""
    uuid_draw = uuid.UUID(int=draw.getrandbits(128), version=4)
    patient_id = str(uuid_draw) if draw.random() < 0.1 else f"pt-{seed}-{number:06d}"
    given = draw.choice(_GIVEN.split())
    family = draw.choice(_FAMILY_START.split()) + draw.choice(_FAMILY_END.split())
    phone = f"+1-{draw.choice(_AREA_CODES)}-555-01{draw.randrange(100):02d}"
    email = f"{given}.{family}.{number}@example.org".lower()
    return Patient(
        patient_id=patient_id,
        birth_date=birth_date,
        sex=weighted(draw, calibration.SEXES),
        deceased_on=None,
        deceased=False if draw.random() < 0.5 else None,
        language=weighted(draw, calibration.LANGUAGES),
        race=weighted(draw, calibration.RACES),
        ethnicity=weighted(draw, calibration.ETHNICITIES),
        given=given,
        family=family,
        mrn=f"{number:08d}",
        phone=phone if draw.random() < 0.93 else None,
        email=email if draw.random() < 0.78 else None,
        declined_on=None,
    )


def birth_date(draw: random.Random, kind: str, operated_on: date, under_18: bool) -> date:
    """A date of birth that makes the patient `under_18`, or an adult of the age usual for the operation."""
    mean, sd = calibration.AGE[kind]
    age = draw.randint(calibration.YOUNGEST, 17) if under_18 else round(draw.gauss(mean, sd))
    oldest, youngest = calibration.OLDEST, calibration.YOUNGEST if under_18 else 18
    age = min(max(age, youngest), oldest)
    birthday = shifted(operated_on, months(-12 * age))
    return birthday - timedelta(days=draw.randint(0, 364))


def coverages(draw: random.Random, patient_id: str, age: int, operated_on: date) -> tuple[Coverage, ...]:
    """What paid on the day of surgery, some of it for a time only, and what paid before."""
    by_age = calibration.PAYERS_FROM_65 if age >= 65 else calibration.PAYERS_UNDER_65
    payer = weighted(draw, by_age)
    if not payer:
        return ()
    member_id = f"{draw.randrange(10**9):010d}"
    year_began = operated_on.replace(month=1, day=1)
    starts_on = year_began if draw.random() < 0.7 else None
    ends_on = operated_on.replace(month=12, day=31) if starts_on and draw.random() < 0.6 else None
    covered = [Coverage(patient_id, payer, starts_on, ends_on, member_id)]
    if starts_on and draw.random() < 0.15:
        before = weighted(draw, by_age) or calibration.SECOND_PAYER
        covered.append(Coverage(patient_id, before, None, year_began - timedelta(days=1), None))
    if ends_on and draw.random() < 0.5:
        covered.append(Coverage(patient_id, payer, ends_on + timedelta(days=1), None, member_id))
    if payer.startswith("Medicare ") and draw.random() < 0.1:
        covered.append(Coverage(patient_id, calibration.SECOND_PAYER, starts_on, None, f"X{draw.randrange(10**8):08d}"))
    return tuple(covered)
