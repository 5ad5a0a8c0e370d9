"""The recount of claims: every code, date, surgeon, charge and count changed by one is refused."""

import re
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from claims_made import billing_system, made
from lumbar.errors import RecountError
from lumbar.exports.claim_837p import LEFT_OUT, write_claims
from lumbar.exports.recount import recount
from lumbar.workflow.exporting import release, said_by
from lumbar.workflow.result import stored


@pytest.fixture(scope="module")
def released(closed, tmp_path_factory):
    """A released file and its list, with what the result says."""
    file = made(closed, tmp_path_factory.mktemp("claims"))
    result = stored(closed)
    ids = [measure.id for measure in result.rules.measures]
    return file.path, said_by(result, ids, None, date(2027, 2, 1))


@pytest.fixture
def changed(released, tmp_path):
    """Changes the file or its list and recounts."""
    path, there = released
    copy = tmp_path / "changed.837"
    listing = Path(f"{copy}.left-out.csv")

    def change(old, new, of_list=False):
        shutil.copy(path, copy)
        shutil.copy(f"{path}.left-out.csv", listing)
        target = listing if of_list else copy
        text = target.read_text(encoding="ascii")
        found, n = re.subn(old, new, text, count=1)
        assert n == 1
        assert found != text
        target.write_text(found, encoding="ascii")
        recount("837p", copy, there)

    return change


def test_a_file_as_it_was_written_is_released(released):
    recount("837p", *released)


def test_a_production_file_is_recounted_too(closed, tmp_path):
    file = made(closed, tmp_path, *billing_system(closed, tmp_path))
    result = stored(closed)
    ids = [measure.id for measure in result.rules.measures]
    there = said_by(result, ids, None, date(2027, 2, 1))
    recount("837p", file.path, there)
    as_test = file.path.read_text(encoding="ascii").replace("*0*P*:~", "*0*T*:~", 1)
    file.path.write_text(as_test, encoding="ascii")
    with pytest.raises(RecountError, match="subscriber_incomplete, and it is not so in the result"):
        recount("837p", file.path, there)


ONE_LINE = r"LX\*(\d+)~SV1\*[^~]+~DTP\*[^~]+~REF\*6R\*[^~]+~"
CHANGES = {
    "a code": (r"(SV1\*HC:)G2136", r"\g<1>G2137", "measure 459, discectomy, G2136: 211 lines in the file, 212 in"),
    "a code of nobody": (r"(SV1\*HC:)G2136", r"\g<1>G9999", "measure none, no stratum, G9999: 1 lines"),
    "a modifier": (r"(SV1\*HC:G2136)", r"\g<1>:8P", "has not the form of 837p"),
    "a date": (r"(DTP\*472\*D8\*2026)\d\d01", r"\g<1>0102", "no line with its code, date of service and surgeon"),
    "a surgeon": (r"(NM1\*82\*[^~]+XX\*)2000004046", r"\g<1>2000001018", "no line with its code, date of service"),
    "no surgeon": (r"NM1\*82\*[^~]+~", "", "no line with its code, date of service"),
    "a charge": (r"(SV1\*HC:[GM]\d{4}\*)0.01", r"\g<1>0.00", "CLM02: 0.01 in the file, counted 0.00"),
    "units": (r"(SV1\*HC:[GM]\d{4}\*0.01\*UN\*)1", r"\g<1>2", "qualifier, unit and count"),
    "a pointer": (r"(SV1\*HC:[GM]\d{4}\*0.01\*UN\*1\*\*\*)1", r"\g<1>9", "points to no diagnosis of its claim"),
    "no diagnosis": (r"HI\*[^~]+~", "", "points to no diagnosis of its claim"),
    "a claim's total": (r"(CLM\*L[0-9A-F]+\*)0.03", r"\g<1>0.00", "CLM02: 0.00 in the file, counted 0.03"),
    "a line's number": (r"LX\*2~", "LX*3~", "LX01: 3 in the file, counted 2"),
    "a line removed": (ONE_LINE, "", "SE01 of transaction set 1"),
    "a line twice": (f"({ONE_LINE})", r"\g<1>\g<1>", "SE01 of transaction set 1"),
    "a subscriber removed": (r"HL\*3\*.+?(?=HL\*4\*)", "", "HL01 of level 3: 4 in the file"),
    "the number of a claim": (r"(CLM\*)L[0-9A-F]+(.+?CLM\*)(L[0-9A-F]+)", r"\1\3\2\3", "CLM01: 2 of the file have"),
    "the number of a line": (r"(REF\*6R\*)[^~]+(~.+?REF\*6R\*)([^~]+)", r"\1\3\2\3", "REF 6R: 2 of the file have"),
    "a number of a line less": (r"REF\*6R\*[^~]+~", "", "not every line has its own number"),
    "a level": (r"HL\*3\*1", "HL*4*1", "HL01 of level 3: 4 in the file"),
    "a parent": (r"HL\*3\*1", "HL*3*2", "HL02 of level 3: 2 in the file"),
    "SE01": (r"SE\*(\d+)\d\*", r"SE*\g<1>x*", "SE01 of transaction set 1"),
    "SE02": (r"(SE\*\d+\*)0001", r"\g<1>0002", "SE02 of transaction set 1"),
    "GE01": (r"GE\*1\*", "GE*2*", "GE01: 2 in the file, counted 1"),
    "GE02": (r"(GE\*1\*)\d", r"\g<1>x", "GE02"),
    "IEA01": (r"IEA\*1\*", "IEA*2*", "IEA01: 2 in the file, counted 1"),
    "IEA02": (r"(IEA\*1\*\d+)\d~", r"\g<1>x~", "IEA02"),
    "the day of the interchange": (r"\*270201\*", "*270202*", "ISA09: dated 270202 in the file"),
    "the day of the group": (r"(GS\*HC\*[^~]+)\*20270201\*", r"\g<1>*20270202*", "GS04: dated 20270202"),
    "the day of the transaction": (r"(BHT\*[^~]+)\*20270201\*", r"\g<1>*20270202*", "BHT04 of transaction set 1"),
    "no end": (r"IEA\*[^~]+~", "", "the envelope of the file is not whole"),
    "cut short": (r"SE\*.+", "", "the envelope of the file is not whole"),
    "no interchange": (r"^ISA", "XXX", "has not the form of 837p"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_refused_and_the_difference_named(changed, change):
    old, new, named = CHANGES[change]
    with pytest.raises(RecountError, match=re.escape(named)):
        changed(old, new)


def test_a_line_removed_with_every_count_made_right_is_refused(changed, released):
    text = released[0].read_text(encoding="ascii")
    segments = int(re.search(r"SE\*(\d+)\*", text)[1])
    last = r"(LX\*2~SV1[^~]+~DTP[^~]+~REF\*6R[^~]+~)LX\*3~SV1[^~]+~DTP[^~]+~REF\*6R[^~]+~(.+SE\*)\d+"
    with pytest.raises(RecountError, match=r"lines in the file, \d+ in the result; row \d+ of outcome: no line"):
        changed(last, rf"\g<1>\g<2>{segments - 4}")


def test_a_line_twice_with_every_count_made_right_is_refused(changed, released):
    segments = int(re.search(r"SE\*(\d+)\*", released[0].read_text(encoding="ascii"))[1])
    last = r"LX\*1~(SV1[^~]+~DTP[^~]+~)REF\*6R\*(L[0-9A-F]+)-1~(?=HL|CLM)(.+SE\*)\d+"
    twice = rf"LX*1~\g<1>REF*6R*\g<2>-1~LX*2~\g<1>REF*6R*\g<2>-2~\g<3>{segments + 4}"
    with pytest.raises(RecountError, match="no row of the result with its code, date and surgeon"):
        changed(last, twice)


def test_lines_that_stand_in_another_claim_than_their_operation_are_refused(changed, released):
    """A claim of one line is taken apart from the level it stands in and its line put under the claim before."""
    segments = int(re.search(r"SE\*(\d+)\*", released[0].read_text(encoding="ascii"))[1])
    two_claims = (
        r"LX\*2~(SV1[^~]+~DTP[^~]+~REF[^~]+~)LX\*3~(SV1[^~]+~DTP[^~]+~REF[^~]+~)(.+?)"
        r"(CLM\*L[0-9A-F]+)(\*[^~]+~HI[^~]+~NM1\*82[^~]+~)(.+SE\*)\d+"
    )
    apart = rf"LX*2~\g<1>\g<4>0\g<5>LX*1~\g<2>\g<3>\g<4>\g<5>\g<6>{segments + 3}"
    with pytest.raises(
        RecountError, match="its lines are not those of the operation and date of service that come next"
    ):
        changed(two_claims, apart)


LISTED = {
    "an entry less": (r"\n[^\n]+,already_reported,", "", "already_reported"),
    "an entry twice": (r"(\n[^\n]+,already_reported,)", r"\1\1", "no row with a code, or stands twice"),
    "an entry of nobody": (r"\n([^,]+)@", r"\nx\1@", "no row with a code, or stands twice"),
    "a reported line called undiagnosed": ("already_reported", "no_diagnosis", "no_diagnosis, and it is already_"),
    "a living patient called dead": ("already_reported", "after_death", "after_death, and it is already_reported"),
    "a death called anything": ("after_death", "because", "because, and it is after_death"),
    "a surgeon who is known": ("no_surgeon", "wrong_npi", "wrong_npi, and it is no_surgeon"),
    "production in a test file": (
        "after_death",
        "subscriber_incomplete",
        "subscriber_incomplete, and it is after_death",
    ),
}


@pytest.mark.parametrize("change", LISTED)
def test_a_changed_list_is_refused(changed, change):
    old, new, named = LISTED[change]
    with pytest.raises(RecountError, match=re.escape(named)):
        changed(old, new, of_list=True)


def test_a_line_moved_to_the_list_is_refused(changed, released):
    """Standing in both, it is a line of no row."""
    _, there = released
    row = next(row for row in there.rows if row["code"] == "G2136" and not row["reported_agrees"] and not row["flags"])
    entry = f"\n{row['episode_id']},459,back_pain,three_month,G2136,no_diagnosis,\n"
    with pytest.raises(RecountError, match="measure 459, discectomy, G2136: 212 lines in the file, 211 in the result"):
        changed(r"\n", entry, of_list=True)


def test_a_file_that_differs_is_not_released_and_neither_is_its_list(closed, tmp_path):
    """A writer that loses the last line: its target stays as it was, and nothing stands beside it."""

    def losing(leaving, path):
        lines = write_claims(leaving, path, charge=Decimal("0.00"), settings=None, subscribers={}, surgeons={})
        text = path.read_text(encoding="ascii")
        path.write_text(re.sub(r"LX\*\d+~SV1[^~]+~DTP[^~]+~REF[^~]+~(?=SE)", "", text), encoding="ascii")
        return lines

    out = tmp_path / "claims.837"
    out.write_text("as it was")
    with pytest.raises(RecountError, match="SE01 of transaction set 1"):
        release(closed, "837p", out, losing, beside=LEFT_OUT)
    assert out.read_text() == "as it was"
    assert [path.name for path in tmp_path.iterdir()] == ["claims.837"]


def test_no_difference_names_a_patient(changed, released):
    _, there = released
    with pytest.raises(RecountError) as refused:
        changed(r"(DTP\*472\*D8\*2026)\d\d01", r"\g<1>0102")
    assert not any(row["patient_id"] in str(refused.value) for row in there.rows)
