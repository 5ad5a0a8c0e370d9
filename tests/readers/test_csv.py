"""CSV as spreadsheets, databases and hands write it."""

import gzip
from datetime import date
from decimal import Decimal

import pytest

from lumbar.errors import InputError
from source_folder import PROCEDURES, SCORE, Intaken, csv_text, intake, tables_folder

BOM = b"\xef\xbb\xbf"
HEADER = "score_id,patient_id,instrument,scale,value,assessed_on,mode"


def line(number, value="5", mode=""):
    return f"s{number},p1,back_pain,nrs,{value},2025-01-{number:02d},{mode}"


# Lines of a file after its header, each with what must become of the row that starts there.
ROWS: list[tuple[str, str | None]] = [
    (line(1), "s1"),
    ("", None),
    (line(2, "x"), "unparsable"),
    (",,,,,,", None),
    ("   ", None),
    (" , ,,  ,,,", None),
    ('s3,p1,back_pain,nrs,5,2025-01-03,"by hand,\nthen typed\n\nlate"', "s3"),
    ("", None),
    ("s4,p1,back_pain", "unparsable"),
    (line(5), "s5"),
    ('s6,p1,"two\nlines",nrs', "unparsable"),
    (line(7, "x"), "unparsable"),
    (line(8) + ",left over", "unparsable"),
    (line(9), "s9"),
    ('"s10","p1","back_pain","nrs","5","2025-01-10","said ""ouch"""', "s10"),
    (" s11 , p1 , back_pain , nrs , 5 , 2025-01-11 , ", "s11"),
    ("s12,p1,back_pain,nrs,5,2025-01-12", "unparsable"),
    ('s13,p1,back_pain,nrs,5,2025-01-13,"open, but closed later\n"', "s13"),
    (line(14, "x"), "unparsable"),
]


def laid_out(rows, line_end):
    """The file's text, and line and reason of the rows to be rejected, the header being line 1."""
    number, expected = 2, []
    for text, becomes in rows:
        if becomes == "unparsable":
            expected.append((number, becomes))
        number += text.count("\n") + 1
    return line_end.join(part for text, _ in [(HEADER, None), *rows] for part in text.split("\n")), expected


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("lead", [b"", BOM], ids=["plain", "BOM"])
@pytest.mark.parametrize("packed", [False, True], ids=["csv", "csv.gz"])
def test_every_row_is_accounted_for_on_its_line(line_end, lead, packed, tmp_path):
    text, expected = laid_out(ROWS, line_end)
    folder = tables_folder(tmp_path, score=lead + text.encode())
    if packed:
        (folder / "score.csv.gz").write_bytes(gzip.compress((folder / "score.csv").read_bytes()))
        (folder / "score.csv").unlink()
    read = intake(folder)
    assert {row["score_id"] for row in read.tables["score"]} == {b for _, b in ROWS if b and b.startswith("s")}
    assert read.places() == expected
    (file,) = (file for file in read.files.values() if file.role == "score")
    assert file.n_rows == sum(becomes is not None for _, becomes in ROWS)


def test_a_line_break_in_a_value_is_kept_and_a_quotation_mark_too(tmp_path):
    note = 'said "ouch",\nthen sat'
    read = intake(tables_folder(tmp_path, contact=[{"patient_id": "p1", "name": note}]))
    assert read.tables["contact"][0]["name"] == note


def test_line_numbers_hold_over_many_buffers(tmp_path):
    """30,000 rows of about 60 bytes with a break in every third and a misfit in every hundredth."""
    rows, number, expected = [HEADER], 2, []
    for n in range(30_000):
        if n % 100 == 50:
            rows.append(f's{n},"p1\np1"')
            expected.append((number, "unparsable"))
            number += 2
        elif n % 3 == 0:
            rows.append(f's{n},p1,back_pain,nrs,5,2025-01-01,"said\r\nlate"')
            number += 2
        elif n % 1000 == 1:
            rows.append(f"s{n},p1,back_pain,nrs,seven,2025-01-01,")
            expected.append((number, "unparsable"))
            number += 1
        else:
            rows.append(f"s{n},p1,back_pain,nrs,5,2025-01-01,")
            number += 1
    read = intake(tables_folder(tmp_path, score="\n".join(rows)), threads=2)
    assert [place for place in read.places() if place[1] == "unparsable"] == expected
    assert len(expected) > 300


@pytest.mark.parametrize("megabytes", [1.2, 20])
def test_a_row_longer_than_a_block_is_read_and_the_rows_around_it_keep_their_lines(megabytes, tmp_path):
    """A report pasted into a field: line breaks in it are counted, and a row that does not fit is told once."""
    note = "x" * int(megabytes * 1_000_000) + "\nsigned"
    rows = [HEADER, "s1,p1,short", line(2), line(3, mode=f'"{note}"'), "s4,p1,short", line(5, "x"), line(6)]
    read = intake(tables_folder(tmp_path, score="\n".join(rows)))
    assert [row["score_id"] for row in read.tables["score"]] == ["s2", "s3", "s6"]
    assert read.row("score", "s3")["mode"] == note
    assert read.places() == [(2, "unparsable"), (6, "unparsable"), (7, "unparsable")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Intaken:
    """Text that a spreadsheet would spoil, in ids, codes, numbers and names."""
    patients = [
        {"patient_id": p, "birth_date": "1960-01-01"} for p in ("007", "7", "7.0", "1e5", "Ünïcode/猫 @2", "p1")
    ]
    procedures = [
        {**PROCEDURES[0], "procedure_id": "0001", "patient_id": "007", "surgeon_npi": "0012345678"},
        {**PROCEDURES[0], "procedure_id": "1", "patient_id": "7", "code": "0275T", "facility": "00"},
        {**PROCEDURES[0], "procedure_id": "1.0", "patient_id": "1e5", "system": "CPT", "modifiers": " 58, 62;as "},
        {**PROCEDURES[0], "procedure_id": "猫", "patient_id": "Ünïcode/猫 @2", "system": "local", "code": "x"},
    ]
    coverage = [{"patient_id": "007", "payer": "Aetna", "member_id": "000123"}]
    folder = tmp_path_factory.mktemp("kept")
    return intake(tables_folder(folder, patient=patients, procedure=procedures, coverage=coverage))


def test_leading_zeros_and_numbers_that_look_alike_stay_apart(kept):
    assert {row["patient_id"] for row in kept.tables["patient"]} == {"007", "7", "7.0", "1e5", "Ünïcode/猫 @2", "p1"}
    assert kept.row("procedure", "0001")["surgeon_npi"] == "0012345678"
    assert kept.row("procedure", "1")["code"] == "0275T"
    assert kept.row("procedure", "1")["facility"] == "00"
    assert kept.tables["coverage"][0]["member_id"] == "000123"
    assert kept.rejected == []


def test_modifiers_may_be_separated_by_anything_usual_and_systems_be_in_capitals(kept):
    row = kept.row("procedure", "1.0")
    assert (row["system"], row["modifiers"]) == ("cpt", "58 62 AS")
    assert kept.row("procedure", "猫")["system"] == "local"


# Value and scale as written: the points read, or the reason for none.
VALUES = {
    ("5.10", "nrs"): "5.1",
    ("5.", "nrs"): "5",
    (".5", "nrs"): "0.5",
    ("+5", "nrs"): "5",
    ("007", "nrs"): "7",
    ("-0", "nrs"): "0",
    ("3.00005", "nrs"): "3.0001",
    ("3.00004", "nrs"): "3",
    ("3.0000499999", "nrs"): "3",
    ("3.00004999999999999999999999", "nrs"): "3",
    ("3.00005000000000000000000001", "nrs"): "3.0001",
    ("9.99995", "nrs"): "10",
    ("10.000000000000002", "nrs"): "10",
    ("10.00005", "nrs"): "out_of_range",
    ("10.0001", "nrs"): "out_of_range",
    ("-0.00004", "nrs"): "0",
    ("-0.00005", "nrs"): "out_of_range",
    ("30.0005", "vas_mm"): "3.0001",
    ("30.0004999", "vas_mm"): "3",
    ("100", "vas_mm"): "10",
    ("100.0004", "vas_mm"): "10",
    ("100.0005", "vas_mm"): "out_of_range",
    ("10.1", "vas_cm"): "out_of_range",
    ("22.2222222", "percent"): "22.2222",
    ("100.00005", "percent"): "out_of_range",
    ("11.11115", "points_50"): "22.2223",
    ("50", "points_50"): "100",
    ("50.0001", "points_50"): "out_of_range",
    ("5e0", "nrs"): "5",
    ("0.5E+1", "nrs"): "5",
    ("50e-1", "nrs"): "5",
    ("0.00000000000000005e17", "nrs"): "5",
    ("1e1", "nrs"): "10",
    ("1e2", "nrs"): "out_of_range",
    ("1e30", "nrs"): "out_of_range",
    ("99999999999999999999999999999999999999999999", "nrs"): "out_of_range",
    ("-1", "nrs"): "out_of_range",
    ("1_0", "nrs"): "unparsable",
    ("NaN", "nrs"): "unparsable",
    ("inf", "nrs"): "unparsable",
    ("-Infinity", "nrs"): "unparsable",
    ("1e999", "nrs"): "unparsable",
    ("5,5", "nrs"): "unparsable",
    ("5 5", "nrs"): "unparsable",
    ("0x5", "nrs"): "unparsable",
    ("five", "nrs"): "unparsable",
    ("5/10", "nrs"): "unparsable",
    ("５", "nrs"): "unparsable",
    ("true", "nrs"): "unparsable",
    ("", "nrs"): "no_value",
    ("  ", "nrs"): "no_value",
}


@pytest.fixture(scope="module")
def values(tmp_path_factory) -> Intaken:
    rows, patients = [], []
    for number, (value, scale) in enumerate(VALUES):
        instrument = "odi" if scale in ("percent", "points_50") else "leg_pain"
        whose = {"patient_id": f"p{number}"}
        patients.append({**whose, "birth_date": "1960-01-01"})
        rows.append(
            {**SCORE, **whose, "score_id": f"s{number}", "instrument": instrument, "scale": scale, "value": value}
        )
    return intake(tables_folder(tmp_path_factory.mktemp("values"), patient=patients, score=rows))


@pytest.mark.parametrize("case", VALUES, ids=lambda case: f"{case[0]!r} {case[1]}")
def test_a_value_is_read_to_four_decimals_half_up_once(case, values):
    score_id = f"s{list(VALUES).index(case)}"
    reason = values.reason(score_id)
    assert (reason or values.row("score", score_id)["value"]) == (
        Decimal(VALUES[case]) if VALUES[case][-1].isdigit() else VALUES[case]
    )


# A date as written: what is read of it without a time zone, and in that of Chicago.
DATES = {
    "2025-03-04": (date(2025, 3, 4), None, date(2025, 3, 4), None),
    " 2025-03-04 ": (date(2025, 3, 4), None, date(2025, 3, 4), None),
    "2024-02-29": (date(2024, 2, 29), None, date(2024, 2, 29), None),
    "2025-03-04T09:30": (date(2025, 3, 4), "09:30:00", date(2025, 3, 4), "09:30:00"),
    "2025-03-04 09:30:15": (date(2025, 3, 4), "09:30:15", date(2025, 3, 4), "09:30:15"),
    "2025-03-04T09:30:15.999": (date(2025, 3, 4), "09:30:15", date(2025, 3, 4), "09:30:15"),
    "2025-03-04T00:00:00": (date(2025, 3, 4), None, date(2025, 3, 4), None),
    "2025-03-04T00:00:01": (date(2025, 3, 4), "00:00:01", date(2025, 3, 4), "00:00:01"),
    "2025-03-04T06:00:00Z": (date(2025, 3, 4), "06:00:00", date(2025, 3, 4), None),
    "2025-03-04T00:00Z": (date(2025, 3, 4), None, date(2025, 3, 3), "18:00:00"),
    "2025-03-04T03:30:00Z": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "21:30:00"),
    "2025-03-04T03:30:00.5Z": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "21:30:00"),
    "2025-03-04T03:30Z": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "21:30:00"),
    "2025-03-04 03:30:00 +00": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "21:30:00"),
    "2025-03-04T03:30:00+0000": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "21:30:00"),
    "2025-03-04T23:30:00-05:00": (date(2025, 3, 4), "23:30:00", date(2025, 3, 4), "22:30:00"),
    "2025-07-04T03:30:00Z": (date(2025, 7, 4), "03:30:00", date(2025, 7, 3), "22:30:00"),
    "2025-03-04T23:59:60": (date(2025, 3, 4), "23:59:60", date(2025, 3, 4), "23:59:60"),
    "2025-03-04T23:59:60Z": (date(2025, 3, 4), "23:59:60", date(2025, 3, 4), "17:59:59"),
    "2025-03-04T03:30:00,25-06:00": (date(2025, 3, 4), "03:30:00", date(2025, 3, 4), "03:30:00"),
    "2025-03-04T03:30+05:30": (date(2025, 3, 4), "03:30:00", date(2025, 3, 3), "16:00:00"),
}
BAD_DATES = {
    "2025": "imprecise_date",
    "2025-03": "imprecise_date",
    "": "imprecise_date",
    "2025-02-29": "unparsable",
    "2025-13-01": "unparsable",
    "2025-13": "unparsable",
    "2025-3-4": "unparsable",
    "20250304": "unparsable",
    "03/04/2025": "unparsable",
    "2025-03-04T": "unparsable",
    "2025-03-04T9:30": "unparsable",
    "2025-03-04T24:00": "unparsable",
    "2025-03-04T09:60": "unparsable",
    "2025-03-04 09:30 PM": "unparsable",
    "2025-03-04T09:30:00 CST": "unparsable",
    "2025-03-04-06:00": "unparsable",
    "0025-03-04": "unparsable",
    "0001-01-01": "unparsable",
    "yesterday": "unparsable",
    "２０２５-03-04": "unparsable",
}


@pytest.fixture(scope="module", params=["", 'timezone = "America/Chicago"'], ids=["as written", "Chicago"])
def dates(request, tmp_path_factory) -> tuple[bool, Intaken]:
    """Each date as that of a procedure, in a file that also has good ones; whether a zone is named."""
    rows = [{**PROCEDURES[0], "procedure_id": f"{on!r}", "performed_on": on} for on in (*DATES, *BAD_DATES)]
    folder = tables_folder(tmp_path_factory.mktemp("dates"), procedure=rows)
    return bool(request.param), intake(folder, request.param)


def test_a_date_counts_as_written_and_an_instant_in_the_sites_zone(dates):
    in_zone, read = dates
    for on, expected in DATES.items():
        row = read.row("procedure", f"{on!r}")
        assert (row["performed_on"], row["performed_time"]) == (expected[2:] if in_zone else expected[:2]), on


def test_what_is_no_full_date_is_rejected(dates):
    _, read = dates
    assert {on: read.reason(f"{on!r}") for on in BAD_DATES} == BAD_DATES


def test_a_warning_is_given_only_when_every_time_ends_in_z(tmp_path):
    def warnings(name, *dates, mapping=""):
        rows = [{**SCORE, "score_id": f"s{n}", "assessed_on": on} for n, on in enumerate(dates)]
        return intake(tables_folder(tmp_path / name, score=rows), mapping).warnings_of_what_is_there()

    assert len(warnings("all", "2025-01-01T10:00:00Z", "2025-01-02")) == 1
    assert warnings("one not", "2025-01-01T10:00:00Z", "2025-01-02T10:00:00") == []
    assert warnings("no times", "2025-01-01", "2025-01-02") == []
    assert warnings("zone named", "2025-01-01T10:00:00Z", mapping='timezone = "Europe/Berlin"') == []


def test_ties_are_broken_by_code_point_whatever_the_locale(tmp_path):
    """Z comes before a, and a before é: the smallest id by code point is the one kept of duplicates."""
    rows = [{**SCORE, "score_id": score_id} for score_id in ("é", "a", "Z", "ä", "猫", "b")]
    read = intake(tables_folder(tmp_path, score=rows))
    assert [row["score_id"] for row in read.tables["score"]] == ["Z"]
    assert {row["reason"] for row in read.rejected} == {"duplicate"}


def test_a_sites_own_words_are_read_through_its_mapping(tmp_path):
    mapping = '[instrument]\n"nrs back" = "back_pain"\n[scale]\n"0-10" = "nrs"\n[mode]\n"kiosk" = "electronic"\n'
    row = {**SCORE, "instrument": "NRS Back", "scale": "0-10", "mode": "Kiosk", "side": "LEFT", "respondent": "Self"}
    read = intake(tables_folder(tmp_path, score=[row]), mapping)
    found = read.row("score", "s1")
    assert (found["instrument"], found["scale"], found["mode"]) == ("back_pain", "nrs", "electronic")
    assert (found["side"], found["respondent"]) == ("left", "self")


def test_words_outside_a_closed_vocabulary_are_unparsable_and_the_detail_says_which(tmp_path):
    rows = [{**SCORE, "score_id": "a", "side": "both"}, {**SCORE, "score_id": "b", "respondent": "robot"}]
    patients = [{"patient_id": "p1", "birth_date": ""}, {"patient_id": "p2", "birth_date": "", "deceased": "perhaps"}]
    read = intake(tables_folder(tmp_path, score=rows, patient=patients))
    assert {row["record_id"]: (row["reason"], row["detail"]) for row in read.rejected} == {
        "a": ("unparsable", "side"),
        "b": ("unparsable", "respondent"),
        "p2": ("unparsable", "deceased"),
    }


BAD_HEADERS = {
    "unknown column 'birthdate'; did you mean birth_date": "patient_id,birthdate\np1,1960-01-01\n",
    "unknown column 'shoe size'; patient has: patient_id": "patient_id,birth_date,shoe size\np1,1960-01-01,9\n",
    "unknown columns 'birthdate' (did you mean birth_date?), 'shoe size'; patient has: patient_id": (
        "patient_id,birthdate,shoe size,shoe size\np1,1960-01-01,9,9\n"
    ),
    "unknown columns 'birthdate' (did you mean birth_date?), 'gender', 'langauge' (did you mean language?); patient": (
        "patient_id,birthdate,gender,langauge\np1,1960-01-01,male,en\n"
    ),
    "the column birth_date is missing": "patient_id,sex\np1,male\n",
    "the column sex stands there twice": "patient_id,birth_date,sex,Sex\np1,1960-01-01,male,male\n",
    "separated by semicolons": "patient_id;birth_date\np1;1960-01-01\n",
    "separated by tabs": "patient_id\tbirth_date\np1\t1960-01-01\n",
    "separated by bars": "patient_id|birth_date\np1|1960-01-01\n",
    "names no column of patient": "p1,1960-01-01,male\np2,1961-01-01,male\n",
    "empty; a table has at least its header": "",
    "the first line is blank": "\npatient_id,birth_date\np1,1960-01-01\n",
    "no patients": "patient_id,birth_date\n",
    "not UTF-8": b"patient_id,birth_date,language\np1,1960-01-01,espa\xf1ol\n",
    "not UTF-8; ": "patient_id,birth_date\np1,1960-01-01\n".encode("utf-16"),
    "birth_date holds no date we can read": "patient_id,birth_date\np1,03/04/1960\np2,12/31/1961\n",
    "birth_date holds no date we can read; write": "patient_id,birth_date\np1,4 Mar 1960\np2,\n",
    "a quotation mark is left open": 'patient_id,birth_date\np1,1960-01-01\np2,"1960-01-01\np3,1960-01-01\n',
    "a quotation mark is left open in line 2": 'patient_id,birth_date\n"p1,1960-01-01\n' + "p2,1960-01-01\n" * 100_000,
    "the first line cannot be read": '"' + "x" * 140_000 + '",birth_date\n',
}


@pytest.mark.parametrize("message", BAD_HEADERS)
def test_a_table_that_cannot_be_read_as_a_whole_is_one_clear_line(message, tmp_path):
    with pytest.raises(InputError) as caught:
        intake(tables_folder(tmp_path, patient=BAD_HEADERS[message]))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "patient.csv" in str(caught.value) or message == "no patients"
    for value in ("p1", "1960", "male", "español"):
        assert value not in str(caught.value)


def test_a_date_no_calendar_has_is_a_bad_row_and_no_error_even_when_it_is_the_only_one(tmp_path):
    conditions = [{"condition_id": "c1", "patient_id": "p1", "system": "icd10cm", "code": "M54", "onset_on": "unknown"}]
    coverages = [{"patient_id": "p1", "payer": "Aetna", "starts_on": "0000-00-00"}]
    scores = [{**SCORE, "assessed_on": "2025-02-30"}]
    read = intake(tables_folder(tmp_path, score=scores, condition=conditions, coverage=coverages))
    assert [(row["table"], row["reason"]) for row in read.rejected] == [
        (table, "unparsable") for table in ("condition", "coverage", "score")
    ]


def test_broken_gzip_is_said_to_be_broken(tmp_path):
    packed = gzip.compress(csv_text([SCORE] * 50_000).encode())
    for number, content in enumerate((packed[:-4], packed[:40], b"score_id,patient_id\n")):
        folder = tables_folder(tmp_path / str(number))
        (folder / "score.csv.gz").write_bytes(content)
        with pytest.raises(InputError, match=r"score\.csv\.gz.*gzip"):
            intake(folder)


@pytest.mark.parametrize("at", [200, -4000])
def test_gzip_damaged_in_the_middle_is_said_to_be_broken(at, tmp_path):
    packed = bytearray(gzip.compress(csv_text([SCORE | {"score_id": f"{n * n}"} for n in range(50_000)]).encode()))
    packed[at : at + 40] = bytes(40)
    folder = tables_folder(tmp_path)
    (folder / "score_2.csv.gz").write_bytes(packed)
    with pytest.raises(InputError, match=r"score_2\.csv\.gz.*gzip"):
        intake(folder)


def test_a_header_without_a_line_break_is_a_table_of_no_rows(tmp_path):
    assert intake(tables_folder(tmp_path, score=HEADER)).tables["score"] == []


def test_quotation_marks_closed_by_the_next_value_refuse_the_file(tmp_path):
    """The rows from the first mark to the next would be one that does not fit, and go uncounted."""
    rows = [HEADER, line(1), line(2, mode='"on paper'), line(3), line(4, mode='"by hand"'), line(5)]
    with pytest.raises(InputError, match="a quotation mark is left open"):
        intake(tables_folder(tmp_path, score="\n".join(rows)))


def test_a_missing_table_and_files_of_no_table_are_told(tmp_path):
    folder = tables_folder(tmp_path)
    (folder / "diagnoses.csv").write_text("a,b\n1,2\n")
    (folder / "notes.txt").write_text("hello")
    assert intake(folder).warnings_of_what_is_there() == ["diagnoses.csv was not read: no table is called so"]
    (folder / "score.csv").unlink()
    with pytest.raises(InputError, match=r"no score\*\.csv"):
        intake(folder)


def test_an_instrument_without_a_single_score_is_warned_of(tmp_path):
    """The one score here is of back pain: perhaps the others are called something the mapping does not know."""
    named = [warning.split(" score was read")[0] for warning in intake(tables_folder(tmp_path)).warnings]
    assert named == ["no leg pain", "no ODI"]
