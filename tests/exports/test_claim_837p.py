"""Claims: taken by an independent validator, holding every row with a code or saying why not, and never sent half."""

import re
import stat
from collections import Counter
from decimal import Decimal

import pytest

from claims_made import billing_system, csv_file, joined, made, settings_file, with_claims_of
from command_line import assert_one_clear_line, lumbar
from lumbar.exports.claim_837p.account import REASONS
from lumbar.workflow.result import stored
from x12_acknowledged import acknowledged, segments_of


@pytest.fixture(scope="module")
def as_test(closed, tmp_path_factory):
    """The file of the closed year without settings."""
    return made(closed, tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="module")
def of_nothing(closed, tmp_path_factory):
    """The file of the closed year, its lines charged nothing."""
    return made(closed, tmp_path_factory.mktemp("claims"), "--charge", "0.00")


@pytest.fixture(scope="module")
def in_production(closed, tmp_path_factory):
    """The file of the closed year with settings and what the billing system holds."""
    folder = tmp_path_factory.mktemp("claims")
    return made(closed, folder, *billing_system(closed, folder))


def coded(result):
    return [row for row in stored(result).outcome.to_pylist() if row["in_measure"] and row["code"]]


def standing(result, left_out):
    """The rows with a code that the list does not name."""
    named = {(row["episode_id"], row["measure_id"], row["timepoint"]) for row in left_out}
    return [row for row in coded(result) if (row["episode_id"], row["measure_id"], row["timepoint"]) not in named]


def lines_of(text):
    """Each line's code, date and surgeon, by the validator's own reader of segments."""
    found = []
    surgeon = code = None
    for segment in segments_of(text):
        if segment[0] == "NM1" and segment[1] in ("85", "82"):
            surgeon = segment[9]
        elif segment[0] == "SV1":
            code = segment[1].removeprefix("HC:")
        elif segment[0] == "DTP":
            found.append((code, segment[3], surgeon))
    return found


# ---- accepted


@pytest.mark.parametrize("charge", ["0.00", "0.01"])
def test_a_validator_accepts_the_test_file(closed, tmp_path, charge):
    text = made(closed, tmp_path, "--charge", charge).text
    assert acknowledged(text).accepted
    assert segments_of(text)[0][15] == "T"


@pytest.mark.parametrize("charge", ["0.00", "0.01"])
def test_a_validator_accepts_the_production_file(closed, tmp_path, charge):
    text = made(closed, tmp_path, *billing_system(closed, tmp_path), "--charge", charge).text
    assert acknowledged(text).accepted
    assert segments_of(text)[0][15] == "P"


# What the guide requires of every claim; the rest of a claim is situational, and the validator lets it go.
REQUIRED = [
    *[("NM1*41", n) for n in (1, 2, 3, 8, 9)],
    *[("PER", n) for n in (1, 3, 4)],
    *[("HL*2", n) for n in (1, 2, 3, 4)],
    *[("NM1*85", n) for n in (2, 3, 8, 9)],
    *[("REF*EI", n) for n in (1, 2)],
    ("SBR", 1),
    *[("NM1*IL", n) for n in (1, 2, 3, 8, 9)],
    ("N3", 1),
    *[("DMG", n) for n in (1, 2, 3)],
    *[("NM1*PR", n) for n in (2, 3, 8, 9)],
    *[("CLM", n) for n in (1, 2, 5, 6, 7, 8, 9)],
    ("HI", 1),
    *[("NM1*82", n) for n in (2, 3, 8, 9)],
    ("LX", 1),
    *[("SV1", n) for n in (1, 2, 3, 4, 7)],
    *[("DTP", n) for n in (1, 2, 3)],
    ("REF*6R", 2),
]


@pytest.fixture(scope="module")
def two_subscribers(as_test):
    """A small file of two subscribers, which the validator accepts."""
    text = with_claims_of(as_test.text, 2)
    assert acknowledged(text).accepted
    return text


@pytest.mark.parametrize(("segment", "element"), REQUIRED)
def test_a_claim_with_one_element_removed_is_not_accepted(two_subscribers, segment, element):
    segments = two_subscribers.rstrip("~").split("~")
    place = next(place for place, found in enumerate(segments) if f"{found}*".startswith(f"{segment}*"))
    elements = segments[place].split("*")
    assert elements[element]
    elements[element] = ""
    segments[place] = "*".join(elements).rstrip("*")
    assert not acknowledged(joined(segments)).accepted


# ---- every row accounted for


@pytest.mark.parametrize("which", ["closed", "with_open_windows"])
def test_lines_and_left_out_are_the_rows_with_a_code_by_measure_stratum_and_code(which, request, tmp_path):
    result = request.getfixturevalue(which)
    file = made(result, tmp_path)
    in_file = Counter(code for code, _, _ in lines_of(file.text)) + Counter(row["code"] for row in file.left_out)
    in_result = Counter((row["measure_id"], row["kind"], row["code"]) for row in coded(result))
    assert {(measure, kind, code): in_file[code] for measure, kind, code in in_result} == dict(in_result)
    assert in_file.total() == in_result.total() > 2000


def test_of_a_closed_year_everybody_who_counts_is_in_the_file_or_in_the_list(closed, as_test):
    codes = {row["code"]: row["measure_id"] for row in coded(closed)}
    found = Counter(codes[code] for code, _, _ in lines_of(as_test.text))
    found += Counter(row["measure_id"] for row in as_test.left_out)
    rates = {
        row["measure_id"]: row["eligible"] for row in stored(closed).rate.to_pylist() if row["stratum"] == "overall"
    }
    assert dict(found) == rates


def test_a_line_has_the_day_of_the_assessment_or_the_last_day_of_the_window(closed, as_test):
    rows = standing(closed, as_test.left_out)
    wanted = Counter(
        (
            row["code"],
            f"{row['window_closes'] if row['status'] == 'not_assessed' else row['postoperative_on']:%Y%m%d}",
            row["surgeon_npi"],
        )
        for row in rows
    )
    assert Counter(lines_of(as_test.text)) == wanted
    assert {row["status"] for row in rows} == {"met", "not_met", "not_assessed"}


def test_no_line_is_dated_after_a_death_known_or_feared(closed, as_test):
    """A patient dead on a day not known may have died before a window closed with nobody assessed."""
    patients = {row["patient_id"]: row for row in stored(closed).clinical("patient").to_pylist()}
    dead = [row for row in standing(closed, as_test.left_out) if patients[row["patient_id"]]["deceased"]]
    assert dead
    for row in dead:
        on = row["window_closes"] if row["status"] == "not_assessed" else row["postoperative_on"]
        deceased_on = patients[row["patient_id"]]["deceased_on"]
        assert row["status"] != "not_assessed" if deceased_on is None else on <= deceased_on
    assert {"after_death", "death_date_unknown"} <= {row["reason"] for row in as_test.left_out}


def test_the_day_of_a_death_that_is_known_stands_with_the_patient(closed, as_test):
    patients = {row["patient_id"]: row for row in stored(closed).clinical("patient").to_pylist()}
    claims = {(row["episode_id"], row["patient_id"]) for row in standing(closed, as_test.left_out)}
    died = [patients[patient_id]["deceased_on"] for _, patient_id in claims]
    wanted = sorted(f"{on:%Y%m%d}" for on in died if on)
    assert wanted
    assert sorted(segment[6] for segment in segments_of(as_test.text) if segment[0] == "PAT") == wanted


def test_what_may_change_and_what_was_reported_does_not_go_again(with_open_windows, tmp_path):
    file = made(with_open_windows, tmp_path)
    rows = coded(with_open_windows)
    assert {row["provisional"] for row in standing(with_open_windows, file.left_out)} == {False}
    assert True not in {row["reported_agrees"] for row in standing(with_open_windows, file.left_out)}
    counts = Counter(row["reason"] for row in file.left_out)
    assert counts["provisional"] == sum(row["provisional"] for row in rows) > 0
    assert counts["already_reported"] == sum(row["reported_agrees"] is True and not row["provisional"] for row in rows)
    assert counts["already_reported"] > 0


def test_lines_against_another_code_already_reported_go_and_are_told(closed, as_test):
    n = sum(row["reported_agrees"] is False for row in standing(closed, as_test.left_out))
    assert n > 1
    assert f"{n} lines against another code already in the data" in as_test.ended.err


# ---- the claims


@pytest.mark.parametrize(("which", "charge"), [("of_nothing", "0.00"), ("as_test", "0.01"), ("in_production", "0.01")])
def test_a_line_has_one_unit_no_modifier_its_charge_and_a_diagnosis(which, charge, request):
    total, n_lines, diagnoses = Decimal(0), 0, []
    for segment in segments_of(request.getfixturevalue(which).text):
        if segment[0] in ("CLM", "SE"):
            assert total == n_lines * Decimal(charge)
            total, n_lines = (Decimal(segment[2]), 0) if segment[0] == "CLM" else (Decimal(0), 0)
        elif segment[0] == "HI":
            diagnoses = segment[1:]
            assert diagnoses[0].startswith("ABK:")
            assert all("." not in code for code in diagnoses)
        elif segment[0] == "SV1":
            n_lines += 1
            assert re.fullmatch(r"HC:[GM]\d{4}", segment[1])
            assert segment[2:] == [charge, "UN", "1", "", "", "1"]
            assert diagnoses


def test_numbers_of_claims_and_lines_are_unique_and_tell_nothing_of_the_patient(closed, as_test):
    segments = segments_of(as_test.text)
    claims = [segment[1] for segment in segments if segment[0] == "CLM"]
    lines = [segment[2] for segment in segments if segment[:2] == ["REF", "6R"]]
    assert len(set(claims)) == len(claims)
    assert len(set(lines)) == len(lines)
    assert all(re.fullmatch(r"L[0-9A-F]{19}", claim) for claim in claims)
    patients = {row["patient_id"].upper() for row in coded(closed)}
    assert not any(patient in as_test.text.upper() for patient in patients)


def test_a_test_file_has_placeholders_and_a_production_file_none(as_test, in_production):
    assert "PLACEHOLDER" in as_test.text
    assert "PLACEHOLDER" not in in_production.text
    assert "NM1*85*2*NORTHSIDE SPINE, P.A.*****XX*1245319599~" in in_production.text
    assert "N4*DULUTH*MN*55802~" in in_production.text


def test_the_same_result_gives_the_same_bytes(closed, in_production, tmp_path):
    again = made(closed, tmp_path, *billing_system(closed, tmp_path))
    assert again.path.read_bytes() == in_production.path.read_bytes()
    assert again.left_out == in_production.left_out


def test_the_day_of_the_file_is_asked_for_and_other_content_has_other_numbers(closed, as_test, tmp_path):
    later = segments_of(made(closed, tmp_path, "--on", "2027-03-01").text)
    first = segments_of(as_test.text)
    assert (first[0][9], later[0][9]) == ("270201", "270301")
    assert first[0][13] != later[0][13]
    assert [segment for segment in first if segment[0] == "SV1"] == [s for s in later if s[0] == "SV1"]


def test_one_surgeon_and_one_measure_can_be_asked_for(closed, tmp_path):
    npi = "2000001018"
    lines = lines_of(made(closed, tmp_path, "--npi", npi, "--measure", "471").text)
    codes = {row["code"] for row in coded(closed) if row["measure_id"] == "471"}
    assert {surgeon for _, _, surgeon in lines} == {npi}
    assert {code for code, _, _ in lines} <= codes


def test_a_surgeon_who_bills_is_not_named_twice(closed, tmp_path):
    """The guide names the rendering provider only where it is not the billing provider."""
    settings = settings_file(
        tmp_path / "own.toml", billing_npi="2000001018", billing_name="Otter", billing_first_name="Ada"
    )
    _, _, *more = billing_system(closed, tmp_path)
    file = made(closed, tmp_path, "--settings", settings, *more, "--npi", "2000001018", "--tin", "98-7654321")
    assert "NM1*85*1*OTTER*ADA****XX*2000001018~" in file.text
    assert "REF*EI*987654321~" in file.text
    assert "NM1*82" not in file.text
    assert acknowledged(file.text).accepted


# ---- what is left out of a production file


def test_a_production_file_leaves_out_who_is_not_complete_listed_and_counted(closed, in_production, tmp_path):
    """Addresses of all but the patients of one day are given; what is missing is named, never a value."""
    words = billing_system(closed, tmp_path)
    rows = standing(closed, in_production.left_out)
    unknown = rows[0]["patient_id"]
    given = [
        {"patient_id": row["patient_id"], "address": "1 Elm", "city": "Duluth", "state": "MN", "zip": "558021234"}
        for row in stored(closed).clinical("patient").to_pylist()
        if row["patient_id"] != unknown
    ]
    file = made(closed, tmp_path, *words[:2], *words[4:], "--subscribers", csv_file(tmp_path / "s.csv", given))
    more = [row for row in file.left_out if row not in in_production.left_out]
    assert {row["episode_id"].split("@")[0] for row in more} == {unknown}
    assert {(row["reason"], row["missing"]) for row in more} == {("subscriber_incomplete", "address city state zip")}
    assert len(more) == sum(row["patient_id"] == unknown for row in rows)
    assert "the subscriber is not complete" in file.ended.err
    assert unknown not in file.ended.err + file.ended.out


def test_a_production_file_leaves_out_who_has_no_payer_or_member_number(in_production):
    incomplete = [row for row in in_production.left_out if row["reason"] == "subscriber_incomplete"]
    assert {"member_id payer_name"} <= {row["missing"] for row in incomplete}


def test_a_surgeon_without_a_name_is_left_out_of_a_production_file(closed, tmp_path):
    words = billing_system(closed, tmp_path)
    one = csv_file(tmp_path / "one.csv", [{"npi": "2000001018", "last_name": "Otter", "first_name": "Ada"}])
    file = made(closed, tmp_path, *words[:4], "--surgeons", one)
    assert {surgeon for _, _, surgeon in lines_of(file.text)} == {"2000001018"}
    assert "surgeon_not_named" in {row["reason"] for row in file.left_out}


def test_when_nobody_is_complete_nothing_is_written_and_the_reason_is_told(closed, tmp_path):
    out = tmp_path / "file.837"
    ended = lumbar("export", "837p", closed, "--out", out, "--settings", settings_file(tmp_path / "claim.toml"))
    assert_one_clear_line(ended)
    assert "no claim can be written: " in ended.err
    assert "the surgeon's name is not held: give --surgeons" in ended.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["claim.toml"]


# ---- the files, and what is said


def test_both_files_are_their_owners_alone(as_test):
    for path in (as_test.path, as_test.path.with_name("claims.837.left-out.csv")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(list(as_test.path.parent.iterdir())) == 2


def test_the_terminal_says_no_credit_and_counts_without_naming_anybody(closed, as_test):
    said = as_test.ended.out + as_test.ended.err
    assert "earns no MIPS credit" in said
    assert "Marked as a test" in said
    assert "total is 0.00" not in said
    for reason, n in Counter(row["reason"] for row in as_test.left_out).items():
        assert re.search(rf"Left out: {n:,} lines? of [\d,]+ patients?: {REASONS[reason]}", said)
    assert not any(row["patient_id"] in said for row in coded(closed))


def test_a_file_of_nothing_says_that_its_totals_may_be_refused(of_nothing):
    assert "total is 0.00, which receivers may refuse; leave --charge out for 0.01" in of_nothing.ended.err


def test_a_production_file_says_neither_test_nor_total(in_production):
    said = in_production.ended.out + in_production.ended.err
    assert "Marked as a test" not in said
    assert "total is 0.00" not in said
    assert "earns no MIPS credit" in said


def test_a_file_dated_before_a_date_of_service_is_refused(closed, tmp_path):
    ended = lumbar("export", "837p", closed, "--out", tmp_path / "f.837", "--on", "2026-01-01")
    assert_one_clear_line(ended)
    assert list(tmp_path.iterdir()) == []
