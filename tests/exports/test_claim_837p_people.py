"""The recount of whom claims are about: another person's facts in a file of right lines and counts are refused."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from claims_made import made
from lumbar.errors import RecountError
from lumbar.exports.recount import recount
from lumbar.exports.recount.claim_patients import Patient, Patients
from lumbar.exports.recount.x12_claims import Claim, Subscriber
from lumbar.workflow.exporting import said_by
from lumbar.workflow.result import stored


@pytest.fixture(scope="module")
def of_one_surgeon(closed, tmp_path_factory):
    """A released file of one surgeon, with what the result says."""
    npi = "2000001018"
    file = made(closed, tmp_path_factory.mktemp("claims"), "--npi", npi)
    result = stored(closed)
    return file.path, said_by(result, [m.id for m in result.rules.measures], npi, date(2027, 2, 1))


@pytest.fixture
def changed(of_one_surgeon, tmp_path):
    """Recounts a file whose text was changed, beside the list as it was."""
    path, there = of_one_surgeon
    copy = tmp_path / "changed.837"

    def change(text):
        assert text != path.read_text(encoding="ascii")
        copy.write_text(text, encoding="ascii")
        shutil.copy(f"{path}.left-out.csv", f"{copy}.left-out.csv")
        recount("837p", copy, there)

    change.text = path.read_text(encoding="ascii")
    return change


SUBSCRIBER = r"NM1\*IL\*.+?(?=NM1\*PR)"
CHANGES = {
    "the date of birth": (r"(DMG\*D8\*)\d{4}", r"\g<1>1931", "the date of birth is not the patient's"),
    "a placeholder for a date held": (r"(DMG\*D8\*)\d{8}", r"\g<1>19000101", "the date of birth is not the patient's"),
    "the sex": (r"(DMG\*D8\*\d{8}\*)[FM]", r"\g<1>U", "the sex is not the patient's"),
    "a death": (r"(?=NM1\*IL)", "PAT*****D8*20260101~", "the date of death is not the patient's"),
    "the diagnoses": (r"HI\*[^~]+", "HI*ABK:H5213", "a diagnosis is none of the patient's"),
    "who bills": (r"(NM1\*85\*[^~]+\*)1234567893", r"\g<1>1234567894", "(NM1*85): the check digit of the NPI is wrong"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_the_patients_is_refused(changed, change):
    old, new, named = CHANGES[change]
    with pytest.raises(RecountError, match=re.escape(named)):
        changed(re.sub(old, new, changed.text, count=1))


def swapped(text, pattern):
    """The text with the first and the last place of a pattern exchanged."""
    *_, last = re.finditer(pattern, text)
    first = re.search(pattern, text)
    between = text[first.end() : last.start()]
    return text[: first.start()] + last[0] + between + first[0] + text[last.end() :]


@pytest.mark.parametrize(
    ("pattern", "named"),
    [(SUBSCRIBER, "the date of birth is not"), (r"NM1\*IL\*[^~]+~", "are those of another patient")],
)
def test_subscribers_exchanged_are_refused(changed, pattern, named):
    with pytest.raises(RecountError, match=named):
        changed(swapped(changed.text, pattern))


def test_all_birth_years_changed_are_refused(changed):
    with pytest.raises(RecountError, match="the date of birth"):
        changed(re.sub(r"(DMG\*D8\*)(\d{4})", lambda found: found[1] + str(int(found[2]) + 1), changed.text))


@pytest.mark.parametrize(("is_test", "n"), [(True, 0), (False, 1)])
def test_a_placeholder_stands_in_a_test_file_where_nothing_is_held(is_test, n):
    on = date(2026, 5, 1)
    condition = {"code": "M51.16", "system": "icd10cm"} | dict.fromkeys(
        ("verification", "onset_on", "abated_on", "recorded_on")
    )
    patients = Patients({"p1": Patient("", "U", "", None, False, [condition])}, {}, on)
    claim = Claim(Subscriber(birth_date="19000101", sex="U"), ("M5116",))
    row = {"patient_id": "p1", "index_date": on}
    assert len(list(patients.differing(claim, row, on, is_test=is_test))) == n


@pytest.mark.parametrize("reason", ["no_diagnosis", "code_not_in_force", "after_death", "wrong_npi"])
def test_a_reason_that_is_not_so_is_refused(of_one_surgeon, tmp_path, reason):
    path, there = of_one_surgeon
    copy = tmp_path / "changed.837"
    shutil.copy(path, copy)
    listing = Path(f"{path}.left-out.csv").read_text(encoding="utf-8")
    entries = {tuple(line.split(",")[:3]) for line in listing.splitlines()}
    row = next(
        r for r in there.rows if r["code"] and (r["episode_id"], r["measure_id"], r["instrument"]) not in entries
    )
    entry = ",".join(row[name] for name in ("episode_id", "measure_id", "instrument", "timepoint", "code"))
    Path(f"{copy}.left-out.csv").write_text(f"{listing}{entry},{reason},\n", encoding="utf-8")
    with pytest.raises(RecountError, match=f"{reason}, and it is not so in the result"):
        recount("837p", copy, there)
