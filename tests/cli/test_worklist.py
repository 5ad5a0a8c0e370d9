"""The command worklist on a clinic small enough to read, and each of its formats as its readers take it."""

import csv
import io
import json
import re
import shutil
from datetime import date
from html.parser import HTMLParser

import pytest

from command_line import YEAR as YEAR_WORDS
from command_line import assert_one_clear_line, lumbar
from follow_up_cases import (
    AS_OF,
    DEAD_AND_OPEN,
    DISCECTOMY,
    FUSION,
    LATE_FUSION,
    NOT_MET_SO_FAR,
    OPEN,
    TWICE,
    YEAR,
    add,
)
from follow_up_cases import follow_up_cases as cases
from lumbar.followup.path import step
from lumbar.followup.worklist_calendar import folded
from result_folder import result_folder

UNDATED_DEATH, DECLINED, DECLINED_TOMORROW = "case dead undated", "case declined", "case declined tomorrow"
NO_BASELINE, THIS_SUMMER, LAST_DAY, LEFT_YESTERDAY = "case no baseline", "case summer", "case last", "case yesterday"
HOSTILE = '=cmd|"x", <img src=x onerror=alert(1)>'
LISTED = {OPEN, NOT_MET_SO_FAR, TWICE, DECLINED_TOMORROW, NO_BASELINE, LAST_DAY}
OPEN_ID = f"{OPEN}@{LATE_FUSION}"


def small_clinic():
    """Open: the fusion of 15 September 2025, to 15 December 2026. 21 August 2025 closes on the as-of date."""
    made = cases()
    for patient_id in (UNDATED_DEATH, DECLINED, DECLINED_TOMORROW):
        add(made, patient_id, LATE_FUSION, FUSION, before="7")
    made["patient"][-3]["deceased"] = True
    add(made, NO_BASELINE, LATE_FUSION, FUSION, before="7")
    made["score"] = [row for row in made["score"] if row["patient_id"] != NO_BASELINE]
    add(made, THIS_SUMMER, date(2026, 8, 3), DISCECTOMY, before="7")
    add(made, LAST_DAY, date(2025, 8, 21), FUSION, before="7")
    add(made, LEFT_YESTERDAY, date(2025, 8, 20), FUSION, before="7")
    made["contact"] = [
        {"patient_id": OPEN, "name": HOSTILE, "phone": "+1-612-555-0100", "email": "a@example.org", "mrn": "007"},
        {"patient_id": DECLINED, "name": "Aster", "declined_on": AS_OF},
        {"patient_id": DECLINED_TOMORROW, "name": "Briony", "declined_on": date(2026, 11, 22)},
        {"patient_id": DEAD_AND_OPEN, "name": "Cedar"},
    ]
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return result_folder(tmp_path_factory.mktemp("worklist") / "result", small_clinic(), YEAR, AS_OF)


def rows(folder, *words):
    ended = lumbar("worklist", folder, "--format", "json", *words)
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)["rows"]


def names(found):
    return {row["patient_id"] for row in found}


def instruments(row):
    return [one["instrument"] for one in row["missing"]]


def test_open_windows_without_a_score_are_listed_and_the_dead_and_those_who_declined_are_not(folder):
    """Deceased with a date and without; declined on the as-of date; a refusal dated tomorrow is not known today."""
    assert names(rows(folder)) == LISTED
    for words in ((), ("--everybody",), ("--order", "due-date"), ("--days", "400", "--everybody")):
        for format_ in ("table", "csv", "html", "json"):
            said = lumbar("worklist", folder, "--format", format_, *words).out
            assert not [who for who in (DEAD_AND_OPEN, UNDATED_DEATH, f"{DECLINED}@", "Aster", "Cedar") if who in said]


def test_who_has_a_score_already_is_asked_for_the_others_alone(folder):
    """Not met so far in back pain: nobody asks for that again."""
    found = {row["patient_id"]: row for row in rows(folder)}
    assert instruments(found[NOT_MET_SO_FAR]) == ["leg_pain", "odi"]
    assert instruments(found[OPEN]) == ["back_pain", "leg_pain", "odi"]


def test_a_line_says_dates_days_left_what_is_missing_and_why(folder):
    """Fusions of 2026 in this clinic, in the measure: 10. Locked met of back pain: none, so one would make it 10 %."""
    (row,) = (row for row in rows(folder) if row["patient_id"] == OPEN)
    assert (row["window_opens"], row["window_closes"], row["days_left"]) == ("2026-06-15", "2026-12-15", 25)
    assert (row["operated_on"], row["kind"], row["timepoint"]) == ("2025-09-15", "fusion", "one_year")
    back, leg, odi = row["missing"]
    assert back == {
        "instrument": "back_pain",
        "measure_id": "459",
        "preoperative_score": "there",
        "in_measure": True,
        "floor_of": "stratum",
        "n_stratum": 10,
        "floor": 0.0,
        "floor_if_met": 0.1,
    }
    assert leg["preoperative_score"] == odi["preoperative_score"] == "too late to mend"
    said = lumbar("worklist", folder).out
    assert "2026-06-15 to 2026-12-15, 25 days left, today counted" in said
    assert "due: back pain, leg pain, ODI; no preoperative score of leg pain and ODI, too late to mend" in said
    assert "one of 10 in this stratum; if met, would lift the floor of back pain from 0.0 % to 10.0 %" in said


def test_the_last_day_is_a_day_and_the_day_after_is_none(folder):
    (row,) = (row for row in rows(folder) if row["patient_id"] == LAST_DAY)
    assert row["days_left"] == 1
    assert LEFT_YESTERDAY not in names(rows(folder, "--everybody"))
    assert "2026-05-21 to 2026-11-21, last day; call now" in lumbar("worklist", folder).out


def test_the_days_left_of_a_line_are_those_on_the_path_of_the_patient(folder):
    """Open and not yet open, the as-of date and the last day counted: all days of a window that is still ahead."""
    for row in rows(folder, "--everybody", "--days", "400"):
        opens, closes = date.fromisoformat(row["window_opens"]), date.fromisoformat(row["window_closes"])
        assert row["days_left"] == step(row["timepoint"], opens, closes, AS_OF).days_left


def test_everybody_adds_what_is_due_outside_the_measure(folder):
    """An operation of August 2026 is outside the identification period; its three-month window is open."""
    (row,) = (row for row in rows(folder, "--everybody") if row["patient_id"] == THIS_SUMMER)
    assert row["timepoint"] == "three_month"
    assert {one["floor"] for one in row["missing"]} == {None}
    assert "not counted in the measure, due all the same" in lumbar("worklist", folder, "--everybody").out


@pytest.mark.parametrize(("days", "is_listed"), [(163, True), (162, False)])
def test_a_window_is_listed_some_days_before_it_opens(folder, days, is_listed):
    """The operation of 3 August 2026 opens its one-year window on 3 May 2027, 163 days after 21 November 2026."""
    found = {(row["patient_id"], row["timepoint"]): row for row in rows(folder, "--everybody", "--days", days)}
    assert ((THIS_SUMMER, "one_year") in found) is is_listed
    if is_listed:
        assert found[THIS_SUMMER, "one_year"]["next_step"] == "soon"


def test_no_baseline_stands_after_those_with_one(folder):
    some = [row["patient_id"] for row in rows(folder) if row["window_closes"] == "2026-12-15"]
    assert some.index(NO_BASELINE) > some.index(OPEN)


def test_the_weights_are_printed_with_the_list_and_can_be_changed(folder):
    said = lumbar("worklist", folder).out
    assert "language other than English times 2, Black or another under-represented race times 1.7" in said
    changed = lumbar("worklist", folder, "--weight", "language=1", "--weight", "race=3.5").out
    assert "language other than English times 1, Black or another under-represented race times 3.5" in changed
    assert "Nobody is on this list, or is asked again, because of a result." in said


# ---- contacts tried


def tried_file(tmp_path, *lines, header="episode_id,tried_on,how"):
    path = tmp_path / "tried.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def test_every_row_of_contacts_tried_is_used_rejected_or_of_no_concern(folder, tmp_path):
    path = tried_file(
        tmp_path,
        f"{OPEN_ID},2026-11-18,phone",  # used: three days ago, so the next call waits four
        f"{OPEN_ID},2026-11-01,Text",  # used
        f"{OPEN_ID},2026-11-18,phone",  # duplicate
        f"{OPEN_ID},2026-11,phone",  # imprecise
        f"{OPEN_ID},2026-W47-1,phone",  # a week is no date
        f"{OPEN_ID},2026-11-18,pigeon",
        ",2026-11-18,phone",
        f"{OPEN_ID},2026-11-18",
        f"{OPEN_ID},2026-11-22,phone",  # after the as-of date
        f"{OPEN_ID},2026-06-14,phone",  # the day before the window opens
        f"{DECLINED}@{LATE_FUSION},2026-11-18,phone",  # of a patient who is left out
        "nobody@2025-09-15,2026-11-18,phone",
        "",
    )
    said = json.loads(lumbar("worklist", folder, "--format", "json", "--tried", path).out)
    assert said["tried"] == {
        "rows": 12,
        "used": 2,
        "rejected": {"unparsable": 2, "imprecise_date": 2, "unknown_way": 1, "duplicate": 1},
        "of_no_concern": {"not_in_this_result": 1, "after_as_of_date": 1, "not_listed": 2},
    }
    (row,) = (row for row in said["rows"] if row["patient_id"] == OPEN)
    assert row["tried"] == [{"tried_on": "2026-11-01", "how": "text"}, {"tried_on": "2026-11-18", "how": "phone"}]
    assert (row["next_step"], row["call_on"]) == ("wait", "2026-11-25")
    assert said["rows"][-1] == row
    assert "Contacts tried: 12 rows = 2 used + 6 rejected + 4 of no concern" in said["notes"]


def test_a_file_of_contacts_tried_that_cannot_be_read_stops_the_command(folder, tmp_path):
    assert_one_clear_line(lumbar("worklist", folder, "--tried", tmp_path / "none.csv"))
    for header in ("episode_id,tried_on", "episode_id,tried_on,how,note", "a,b,c"):
        path = tried_file(tmp_path, "Secretname,2026-11-18,phone", header=header)
        assert_one_clear_line(lumbar("worklist", folder, "--tried", path), "Secretname")


def test_a_patient_with_two_operations_is_one_patient_and_is_left_alone_as_one(tmp_path):
    """A call about one operation, three days ago: the other waits as well. Each line says that there are two."""
    clinic = small_clinic()
    add(clinic, OPEN, date(2026, 8, 3), DISCECTOMY, before="7", known=True)
    folder = result_folder(tmp_path / "result", clinic, YEAR, AS_OF)
    path = tried_file(tmp_path, f"{OPEN_ID},2026-11-18,phone", f"{OPEN}@2026-08-03,2026-11-17,phone")
    own = [row for row in rows(folder, "--everybody", "--tried", path) if row["patient_id"] == OPEN]
    assert sorted(row["episode_id"] for row in own) == [OPEN_ID, f"{OPEN}@2026-08-03"]
    assert [(row["next_step"], row["call_on"], row["n_lines_of_patient"]) for row in own] == [
        ("wait", "2026-11-25", 2),
        ("wait", "2026-11-25", 2),
    ]
    assert [len(row["tried"]) for row in own] == [1, 1]
    assert {row["n_lines_of_patient"] for row in rows(folder)} == {1}
    for format_ in ("table", "html"):
        said = lumbar("worklist", folder, "--everybody", "--format", format_).out
        assert said.count("one of 2 lines of this patient: ask all in one call") == 2


# ---- formats


def test_csv_is_as_rfc_4180_has_it_and_holds_no_formula(folder):
    said = lumbar("worklist", folder, "--format", "csv").out
    assert said.count("\r\n") == said.count("\n") == 7
    found = list(csv.DictReader(io.StringIO(said, newline="")))
    assert len(found) == 6
    (row,) = (row for row in found if row["patient_id"] == OPEN)
    assert (row["name"], row["phone"], row["mrn"]) == (f"'{HOSTILE}", "'+1-612-555-0100", "007")
    assert not [cell for row in found for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]


class Page(HTMLParser):
    """The elements of a page with their attributes, and what they say."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.said = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said.append(data)


def test_the_page_is_one_table_to_print_without_script_or_request(folder, tmp_path):
    out = tmp_path / "worklist.html"
    assert lumbar("worklist", folder, "--format", "html", "--out", out).code == 0
    text = out.read_text(encoding="utf-8")
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") == tags.count("h1") == 1
    assert not {"script", "img", "link", "iframe", "form"} & set(tags)
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    assert not any(name.startswith("on") or name in ("style", "src") for _, attrs in page.tags for name in attrs)
    assert "default-src 'none'; style-src 'sha256-" in text
    assert "@page { size: A4 landscape" in text
    assert tags.count("i") == 3 * 6
    assert HOSTILE in " ".join(page.said)
    assert "a weight for groups that answer less" in " ".join(page.said)


def test_the_calendar_is_valid_says_nothing_of_any_patient_and_keeps_its_uids(folder, tmp_path):
    """Six lines: one closes on the as-of date, one on 1 December, four on 15 December."""
    said = lumbar("worklist", folder, "--format", "ics").out
    assert "case" not in said
    assert not [part for part in ("cmd", "555", "example.org", "007", "2025-0", "fusion", "NPI") if part in said]
    assert said.count("\r\n") == said.count("\n")
    assert max(len(line.encode()) for line in said.split("\r\n")) <= 75
    assert re.findall(r"^UID:(.*)\r$", said, re.M) == [
        "20261121.window-closes@lumbar",
        "20261201.window-closes@lumbar",
        "20261215.window-closes@lumbar",
    ]
    assert set(re.findall(r"^DTSTAMP:(.*)\r$", said, re.M)) == {"20261121T000000Z"}
    by_date = lumbar("worklist", folder, "--format", "ics", "--order", "due-date").out
    assert re.findall(r"^UID:.*$", by_date, re.M) == re.findall(r"^UID:.*$", said, re.M)


def test_the_calendar_is_read_by_another_program(folder):
    icalendar = pytest.importorskip("icalendar")
    said = lumbar("worklist", folder, "--format", "ics").out
    read = icalendar.Calendar.from_ical(said)
    events = list(read.walk("VEVENT"))
    assert [event.decoded("DTSTART") for event in events] == [date(2026, 11, 21), date(2026, 12, 1), date(2026, 12, 15)]
    assert [event.decoded("DTEND") for event in events] == [date(2026, 11, 22), date(2026, 12, 2), date(2026, 12, 16)]
    assert str(events[2]["SUMMARY"]) == "Follow-up: 4 windows close today"
    assert re.fullmatch(r"Last day of lines [\d, ]+ of the worklist as of 2026-11-21\.", events[2]["DESCRIPTION"])
    assert [len(list(event.walk("VALARM"))) for event in events] == [1, 1, 1]
    assert not [error for component in read.walk() for error in component.errors]


def test_a_long_line_of_a_calendar_is_folded_so_that_it_unfolds_to_itself():
    line = "DESCRIPTION:" + "0123456789" * 30
    assert max(len(part) for part in folded(line).split("\r\n")) == 75
    assert folded(line).replace("\r\n ", "") == line
    assert folded("x" * 75) == "x" * 75


def test_white_space_in_a_cell_does_not_break_a_line_on_the_terminal(tmp_path):
    """A name, a telephone number and ids with line breaks: every entry is the same lines as without them."""
    plain, broken = small_clinic(), small_clinic()
    plain["contact"][0] |= {"name": "Ada Byron", "phone": "612 555", "mrn": "0 7"}
    broken["contact"][0] |= {"name": "Ada\r\n  Byron", "phone": " 612\t555", "mrn": "0\u20287\n"}
    one, other = (
        lumbar("worklist", result_folder(tmp_path / name, clinic, YEAR, AS_OF)).out
        for name, clinic in (("plain", plain), ("broken", broken))
    )
    assert "Ada Byron  612 555, a@example.org, 0 7\n" in one
    assert one == other


# ---- how it ends


def test_the_same_result_gives_the_same_bytes(folder):
    for format_ in ("table", "csv", "html", "ics", "json"):
        one, other = (lumbar("worklist", folder, "--format", format_) for _ in range(2))
        assert (one.code, one.err) == (0, "")
        assert one == other


def test_a_clinic_with_nobody_due_has_an_empty_list(tmp_path):
    nobody = result_folder(tmp_path / "r", {"patient": [], "procedure": [], "score": []}, YEAR, AS_OF)
    assert "Nobody has a score due" in lumbar("worklist", nobody).out
    assert lumbar("worklist", nobody, "--format", "csv").out.count("\n") == 1
    assert "BEGIN:VEVENT" not in lumbar("worklist", nobody, "--format", "ics").out
    assert "Nobody has a score due" in lumbar("worklist", nobody, "--format", "html").out


def test_a_mistake_is_one_clear_line(folder, tmp_path):
    assert_one_clear_line(lumbar("worklist", tmp_path))
    assert_one_clear_line(lumbar("worklist", folder, "--weight", "age=2"))
    assert_one_clear_line(lumbar("worklist", folder, "--days", "-1"))
    assert_one_clear_line(lumbar("worklist", folder, "--out", folder / "worklist.csv"))
    kept = tried_file(tmp_path, f"{OPEN_ID},2026-11-18,phone")
    before = kept.read_bytes()
    assert_one_clear_line(lumbar("worklist", folder, "--tried", kept, "--out", kept), OPEN)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("rows_of_contact", [["{id},2025-03"], ["{id},", "{id},2025-03-04"], ["{id},soon"]])
def test_a_refusal_that_may_stand_in_a_rejected_row_is_honoured(clinic, evaluated, tmp_path, rows_of_contact):
    """A month is no date, two rows that contradict each other are both rejected, and `soon` is nothing: nobody is called."""
    said = json.loads(lumbar("worklist", evaluated, "--format", "json", "--everybody").out)
    patient_id = said["rows"][0]["patient_id"]
    records, made = shutil.copytree(clinic, tmp_path / "records"), tmp_path / "result"
    lines = "\n".join(row.format(id=patient_id) for row in rows_of_contact)
    (records / "contact.csv").write_text(f"patient_id,declined_on\n{lines}\n", encoding="utf-8")
    assert lumbar("evaluate", records, *YEAR_WORDS, "--out", made, "--no-report").code == 0
    now = json.loads(lumbar("worklist", made, "--format", "json", "--everybody").out)
    assert patient_id not in names(now["rows"])
    assert now["left_out"]["refusal_unclear"] >= 1


def test_a_row_of_contact_that_names_nobody_keeps_off_everybody_without_a_row_of_their_own(clinic, evaluated, tmp_path):
    """One field too many: whose refusal it is cannot be told. Who has a row that was read is called all the same."""
    said = json.loads(lumbar("worklist", evaluated, "--format", "json", "--everybody").out)
    assert said["contact_rows_not_read"] == 0
    refused, reached = sorted(names(said["rows"]))[:2]
    records, made = shutil.copytree(clinic, tmp_path / "records"), tmp_path / "result"
    lines = f"{refused},2025-03-04,too many\n{reached},\n"
    (records / "contact.csv").write_text(f"patient_id,declined_on\n{lines}", encoding="utf-8")
    assert lumbar("evaluate", records, *YEAR_WORDS, "--out", made, "--no-report").code == 0
    now = json.loads(lumbar("worklist", made, "--format", "json", "--everybody").out)
    assert names(now["rows"]) == {reached}
    assert now["contact_rows_not_read"] == 1
    assert now["left_out"]["refusal_unclear"] >= 1
    for format_ in ("table", "html"):
        assert "1 row of contact could not be read" in lumbar("worklist", made, "--format", format_, "--everybody").out
