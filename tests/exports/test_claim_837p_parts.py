"""What a claim is made of: names, diagnoses, payers, dates, settings and the billing system's files."""

from datetime import date
from decimal import Decimal

import pytest

from claims_made import SETTINGS, csv_file, settings_file
from command_line import assert_one_clear_line, lumbar
from lumbar.codelists.claims import filing_indicators, is_of_spine, spine_blocks
from lumbar.errors import InputError, MappingError
from lumbar.exports.claim_837p.diagnoses import diagnoses_of
from lumbar.exports.claim_837p.rosters import read_subscribers, read_surgeons
from lumbar.exports.claim_837p.segments import interchange
from lumbar.exports.claim_837p.selection import Claim
from lumbar.exports.claim_837p.settings import PLACEHOLDERS, read_claim_settings
from lumbar.exports.claim_837p.subscriber import coverage_on, subscriber_of, with_placeholders
from lumbar.exports.claim_837p.x12_text import Name, basic, segment, split_name
from lumbar.tables.clinical import PAYERS

OPERATED, SERVED, AS_OF, LATER = date(2025, 9, 3), date(2025, 12, 1), date(2026, 2, 1), date(2026, 2, 2)


# ---- text


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Otterwold, Marjoram", Name("OTTERWOLD", "MARJORAM")),
        ("Marjoram Otterwold", Name("OTTERWOLD", "MARJORAM")),
        ("Marjoram Ivy Rose Otterwold", Name("OTTERWOLD", "MARJORAM", "IVY ROSE")),
        ("van der Mere, Ivy", Name("VAN DER MERE", "IVY")),
        ("Ivy Otterwold Jr.", Name("OTTERWOLD", "IVY", "", "JR")),
        ("Otterwold, Ivy Rose III", Name("OTTERWOLD", "IVY", "ROSE", "III")),
        ("Otterwold", Name("OTTERWOLD")),
        ("Łucja Ångström-O’Neil", Name("ANGSTROM-O'NEIL", "LUCJA")),
        ("Groß, Jörg", Name("GROSS", "JORG")),
        ("  ", None),
        (None, None),
        (", Ivy", None),
        ("王芳", None),
    ],
)
def test_a_name_in_one_piece_is_split_one_way(written, name):
    assert split_name(written) == name


def test_text_cannot_break_out_of_its_element():
    """Separators and signs X12 has not become spaces; a letter it has not makes the text not held."""
    assert basic("Blue*Cross: ^of~ MN\n(PPO) #7 @x_y", 60) == "BLUE CROSS OF MN (PPO) 7 X Y"
    assert basic("Дом", 60) == ""
    assert basic("a" * 70, 60) == "A" * 60
    assert segment("NM1", "41", "", "x", "", "") == "NM1*41**X".replace("X", "x")


# ---- diagnoses


def condition(code, onset_on=None, abated_on=None, verification=None, recorded_on=None, system="icd10cm"):
    return {
        **{"code": code, "system": system, "verification": verification},
        **{"onset_on": onset_on, "abated_on": abated_on, "recorded_on": recorded_on},
    }


def codes(*conditions):
    return diagnoses_of(conditions, OPERATED, SERVED, AS_OF)


def test_diseases_of_the_spine_come_first_then_what_was_there_on_the_day_of_the_operation():
    later = condition("M43.16", onset_on=date(2025, 11, 1))
    assert codes(condition("E11.9"), later, condition("M51.16"), condition("I10")) == (
        "M51.16",
        "M43.16",
        "E11.9",
        "I10",
    )


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (condition("M54.16", verification="refuted"), "refuted"),
        (condition("M54.16", verification="provisional"), "not certain"),
        (condition("M54.16", verification="unconfirmed"), "not certain"),
        (condition("M54.16", abated_on=date(2025, 9, 2)), "gone the day before the operation"),
        (condition("M54.16", onset_on=date(2025, 12, 2)), "came the day after the service"),
        (condition("M54.16", recorded_on=date(2026, 2, 2)), "not known on the as-of date"),
        (condition("M54.1"), "a header"),
        (condition("M54.5"), "ended in 2021"),
        (condition("M54.16", system="snomed"), "another system"),
        (condition("X99.999Q"), "no code"),
    ],
)
def test_a_diagnosis_that_a_claim_cannot_carry_is_not_taken(row, why):
    assert codes(row) == (), why
    assert codes(row, condition("M51.16")) == ("M51.16",), why


def test_both_ends_of_a_diagnosis_count():
    assert codes(condition("M54.16", abated_on=OPERATED)) == ("M54.16",)
    assert codes(condition("M54.16", onset_on=SERVED)) == ("M54.16",)


def test_what_an_excludes1_note_forbids_beside_the_first_is_left_out():
    """M51 excludes dorsalgia of M54.5: the disc is kept, low back pain goes."""
    assert codes(condition("M54.50"), condition("M51.26")) == ("M51.26",)


def test_one_code_is_named_once_and_no_more_than_twelve_are():
    many = [condition(f"M48.{place}") for place in ("061", "062", "07", "08")]
    many += [condition(f"M43.{place}") for place in ("06", "07", "16", "17")]
    many += [condition(f"M47.{place}") for place in ("26", "27", "16")]
    many += [condition("I10"), condition("E11.9"), condition("M81.0"), condition("M81.0")]
    chosen = codes(*many)
    assert len(chosen) == len(set(chosen)) == 12


# ---- payers


def test_every_payer_has_a_filing_indicator_with_its_source_and_how_sure_it_is():
    assert set(filing_indicators()) == set(PAYERS)
    for found in [*filing_indicators().values(), *spine_blocks()]:
        assert found.source
        assert found.locator
        assert found.confidence in ("certain", "likely", "unverified", "unknown")


def test_the_blocks_of_the_spine_are_dorsopathies():
    assert [is_of_spine(code) for code in ("M39.9", "M40.04", "M48.061", "M54.9", "M60.0", "I10")] == [
        *(False, True, True, True, False, False)
    ]


def coverage(payer, starts_on=None, ends_on=None, member_id="M1", name="Plan"):
    row = {"payer": payer, "payer_name": name, "starts_on": starts_on, "ends_on": ends_on, "member_id": member_id}
    return row


def test_the_coverage_is_that_of_the_date_of_service():
    before = coverage("cigna", ends_on=date(2025, 11, 30))
    after = coverage("aetna", starts_on=date(2025, 12, 1))
    assert coverage_on([before, after], SERVED, "cigna") is after
    assert coverage_on([before], SERVED, "cigna") is None


def test_of_several_coverages_the_results_own_then_a_known_one_then_the_first_by_name():
    unknown, other, own = coverage("unknown"), coverage("aetna"), coverage("medicaid")
    assert coverage_on([unknown, other, own], SERVED, "medicaid") is own
    assert coverage_on([unknown, other], SERVED, "medicaid") is other
    assert coverage_on([unknown], SERVED, "medicaid") is unknown


def test_who_pays_alone_has_no_payer_and_no_sex_has_a_code_of_its_own():
    patient = {"birth_date": date(1960, 1, 1), "sex": "other"}
    subscriber = subscriber_of(
        patient, {"name": "Ivy Otterwold"}, coverage("self_pay", name="Self"), None, "87726", AS_OF
    )
    assert subscriber.sex == "U"
    assert subscriber.filing_indicator == "ZZ"
    assert subscriber.missing() == ("address", "city", "state", "zip", "payer_name")


def test_the_billing_system_goes_before_the_records_and_what_it_leaves_empty_comes_from_them(tmp_path):
    rows = [{"patient_id": "p1", "last_name": "Mere", "first_name": "Ivy", "zip": "55802-1234", "payer_id": "00621"}]
    path = csv_file(tmp_path / "s.csv", rows)
    path.write_text(f"\ufeff{path.read_text()}\n")  # as spreadsheets write it: a mark before, an empty line after
    line = read_subscribers(path)["p1"]
    held = subscriber_of({}, {"name": "Ivy Otterwold"}, coverage("cigna", member_id="U1"), line, "87726", AS_OF)
    assert (held.name, held.zip, held.payer_id) == (Name("MERE", "IVY"), "558021234", "00621")
    assert (held.member_id, held.payer_name, held.filing_indicator) == ("U1", "PLAN", "CI")


def test_a_death_after_the_as_of_date_is_not_known():
    died = [subscriber_of({"deceased_on": on}, None, None, None, "", AS_OF).deceased_on for on in (AS_OF, LATER)]
    assert died == [AS_OF, None]


# ---- a whole file


WRITTEN_BY_HAND = """\
ISA*00*          *00*          *ZZ*TESTSUBMITTER  *ZZ*TESTRECEIVER   *260201*0000*^*00501*{number:09d}*0*T*:~
GS*HC*TESTSUBMITTER*TESTRECEIVER*20260201*0000*{number}*X*005010X222A1~
ST*837*0001*005010X222A1~
BHT*0019*00*{reference}*20260201*0000*CH~
NM1*41*2*PLACEHOLDER SUBMITTER*****46*TESTSUBMITTER~
PER*IC*PLACEHOLDER CONTACT*TE*5555550100~
NM1*40*2*PLACEHOLDER RECEIVER*****46*TESTRECEIVER~
HL*1**20*1~
NM1*85*2*PLACEHOLDER PRACTICE*****XX*1234567893~
N3*PLACEHOLDER STREET 1~
N4*PLACEHOLDER CITY*MN*000000000~
REF*EI*000000001~
HL*2*1*22*0~
SBR*P*18*******BL~
NM1*IL*1*OTTERWOLD*IVY*ROSE**JR*MI*XQ7001~
N3*PLACEHOLDER STREET 1~
N4*PLACEHOLDER CITY*MN*00000~
DMG*D8*19600229*F~
NM1*PR*2*BLUE CROSS OF MN*****PI*TESTPAYER~
CLM*L0*0.02***11:B:1*Y*A*Y*Y~
HI*ABK:M5116*ABF:I10~
NM1*82*1*OTTER*ADA****XX*2000001018~
LX*1~
SV1*HC:G2136*0.01*UN*1***1~
DTP*472*D8*20251201~
REF*6R*L0-1~
LX*2~
SV1*HC:G2140*0.01*UN*1***1~
DTP*472*D8*20251201~
REF*6R*L0-2~
SE*29*0001~
GE*1*{number}~
IEA*1*{number:09d}~
"""


def test_a_file_of_one_claim_is_this_segment_by_segment():
    patient = {"birth_date": date(1960, 2, 29), "sex": "female"}
    held = subscriber_of(
        patient,
        {"name": "Otterwold, Ivy Rose Jr."},
        coverage("blue_cross_blue_shield", member_id="xq7001", name="Blue Cross of MN"),
        None,
        "TESTPAYER",
        AS_OF,
    )
    claim = Claim(
        *("L0", "p1", SERVED, with_placeholders(held), ("M51.16", "I10"), "2000001018", Name("OTTER", "ADA")),
        codes=("G2136", "G2140"),
    )
    text = interchange([claim], PLACEHOLDERS, Decimal("0.01"), AS_OF, "any", False)
    number = int(text.split("~")[0].split("*")[13])
    reference = text.split("~")[3].split("*")[3]
    assert len(reference) == 24
    assert text == WRITTEN_BY_HAND.format(number=number, reference=reference).replace("\n", "")


# ---- settings


def test_what_is_printed_names_every_key_and_can_be_read_once_filled_in(tmp_path):
    settings = read_claim_settings(settings_file(tmp_path / "claim.toml"))
    assert (settings.billing_tin, settings.billing_zip, settings.submitter_phone) == (
        "123456789",
        "551010001",
        "6125550142",
    )
    assert settings.billing_name == "NORTHSIDE SPINE, P.A."
    text = lumbar("export", "837p", "--print-settings").out
    assert all(f"\n{key} = " in text for key in PLACEHOLDERS.__dataclass_fields__)


def test_settings_as_printed_are_refused_and_what_they_lack_is_named(closed, tmp_path):
    path = tmp_path / "claim.toml"
    path.write_text(lumbar("export", "837p", "--print-settings").out, encoding="utf-8")
    ended = lumbar("export", "837p", closed, "--out", tmp_path / "c.837", "--settings", path)
    assert_one_clear_line(ended)
    assert f"still lacks {', '.join(key for key in SETTINGS if key != 'payer_id')}" in ended.err


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("billing_npi", "1245319598", "billing_npi: the check digit of the NPI is wrong"),
        ("billing_tin", "12345", "billing_tin: the TIN has nine digits"),
        ("billing_zip", "55101", "billing_zip has nine digits"),
        ("billing_address", "P.O. Box 12", "billing_address has a street, no post office box"),
        ("billing_state", "Minnesota", "billing_state has two letters"),
        ("submitter_phone", "555", "submitter_phone has ten digits"),
        ("submitter_id", "A" * 16, "submitter_id has 2 to 15 characters"),
        ("assignment", "Q", "assignment is one of A, B, C"),
        ("transaction_type", "XX", "transaction_type is one of CH, RP"),
        ("place_of_service", "office", "place_of_service has two digits"),
        ("billing_name", "Дом", "still lacks billing_name"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(closed, tmp_path, key, value, told):
    settings = settings_file(tmp_path / "claim.toml", **{key: value})
    ended = lumbar("export", "837p", closed, "--out", tmp_path / "c.837", "--settings", settings)
    assert_one_clear_line(ended)
    assert told in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["claim.toml"]


@pytest.mark.parametrize(
    "box", ["PO BOX 12", "Suite 2, P O Box 9", "Post Office Box 3", "POB 7", "Box 4", "Lockbox 81"]
)
def test_a_box_at_the_post_office_is_no_street(tmp_path, box):
    with pytest.raises(MappingError, match="billing_address has a street"):
        read_claim_settings(settings_file(tmp_path / "claim.toml", billing_address=box))


@pytest.mark.parametrize("street", ["12 Box Elder Street", "4 Post Office Road", "9 Boxwood Lane"])
def test_a_street_that_sounds_like_one_is_taken(tmp_path, street):
    settings = read_claim_settings(settings_file(tmp_path / "claim.toml", billing_address=street))
    assert settings.billing_address == street.upper()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--tin", "123456789"), "--tin goes with --settings"),
        (("--npi", "1234567890"), "the check digit of the NPI is wrong"),
        (("--measure", "460"), "no measure '460' in this result"),
        (("--on", "soon"), "'soon' is no date"),
        (("--settings", "no-such.toml"), "no-such.toml: no such file"),
        (("--subscribers", "no-such.csv"), "no-such.csv: no such file"),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(closed, tmp_path, words, told):
    ended = lumbar("export", "837p", closed, "--out", tmp_path / "c.837", *words)
    assert_one_clear_line(ended)
    assert told in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_and_a_file_are_asked_for(closed):
    for words in ((), (closed,)):
        ended = lumbar("export", "837p", *words)
        assert_one_clear_line(ended)
        assert "needs a result folder and --out FILE" in ended.err


# ---- the billing system's files


def test_a_file_of_the_billing_system_that_is_no_csv_is_refused(closed, tmp_path):
    path = tmp_path / "s.csv"
    for content in (b"", b"patient_id\n\xff\n", b"patient_id,zip\np1\n"):
        path.write_bytes(content)
        ended = lumbar("export", "837p", closed, "--out", tmp_path / "c.837", "--subscribers", path)
        assert_one_clear_line(ended)


@pytest.mark.parametrize("read", [read_subscribers, read_surgeons])
def test_a_file_without_its_heading_tells_nobodys_name(tmp_path, read):
    path = tmp_path / "given.csv"
    path.write_text("p-secret,Otterwold,Ivy\n", encoding="utf-8")
    with pytest.raises(InputError, match="an unknown column, its column 1; perhaps it lacks its heading") as refused:
        read(path)
    assert not any(word in str(refused.value) for word in ("p-secret", "Otterwold", "Ivy"))


PATIENT = {"patient_id": "p-secret", "last_name": "Otter", "state": "MN", "zip": "55802"}
SURGEON = {"npi": "2000001018", "last_name": "Otter"}


@pytest.mark.parametrize(
    ("option", "rows", "told"),
    [
        ("--subscribers", [{"last_name": "Otter"}], "needs patient_id, and each column once"),
        (
            "--subscribers",
            [{**PATIENT, "colour": "red"}],
            "has an unknown column, its column 5; perhaps it lacks its heading",
        ),
        (
            "--subscribers",
            [PATIENT, PATIENT],
            "line 3: a line has as many cells as the heading, and its own patient_id",
        ),
        ("--subscribers", [{**PATIENT, "state": "Minnesota"}], "line 2: state is written as two letters"),
        ("--subscribers", [{**PATIENT, "zip": "5580"}], "line 2: zip has five or nine digits"),
        ("--subscribers", [{**PATIENT, "last_name": "Дом"}], "line 2: last_name has a letter that X12 has not"),
        ("--surgeons", [{**SURGEON, "npi": "2000001019"}], "line 2: the check digit of the NPI is wrong"),
        ("--surgeons", [{**SURGEON, "last_name": ""}], "line 2: last_name is empty"),
    ],
)
def test_a_wrong_line_of_the_billing_system_is_refused_without_its_values(closed, tmp_path, option, rows, told):
    path = csv_file(tmp_path / "given.csv", rows)
    ended = lumbar("export", "837p", closed, "--out", tmp_path / "c.837", option, path)
    assert_one_clear_line(ended, "p-secret", "Дом", "2000001019")
    assert told in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["given.csv"]
