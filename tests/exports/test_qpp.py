"""The submission of the Quality Payment Program: what is in it, whose it is, and when there is none."""

import csv
import json
import os
import shutil
import subprocess
import sys

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from command_line import assert_one_clear_line, lumbar
from source_folder import tables_folder
from submissions import GROUP, TIN, exported, sql, submission, values

STRATA = {"lumbarDiscectomy": ("discectomy", "three_month"), "lumbarFusion": ("fusion", "one_year")}
COUNTS = """
    select count(*), count(*) filter (status = 'met'), count(*) filter (status in ('not_met', 'not_assessed'))
    from outcome where in_measure and measure_id = '{}' and kind = '{}' and timepoint = '{}' and {}
"""


@pytest.fixture(scope="module")
def surgeons(closed):
    return [
        npi for (npi,) in sql(closed, "select distinct surgeon_npi from outcome where surgeon_npi <> '' order by 1")
    ]


def evaluated(records, folder, year, as_of):
    words = ("evaluate", records, "--year", year, "--as-of", as_of, "--out", folder, "--no-report")
    assert lumbar(*words).code == 0
    return folder


def assert_counts(result, document, whose):
    """Every count of the file is what a database counts in the result."""
    found = values(document)
    assert list(found) == ["459", "461", "471"]
    for measure_id, value in found.items():
        assert [stratum["stratum"] for stratum in value["strata"]] == list(STRATA)
        for stratum in value["strata"]:
            ((eligible, met, not_met),) = sql(result, COUNTS.format(measure_id, *STRATA[stratum["stratum"]], whose))
            assert stratum == {
                "stratum": stratum["stratum"],
                "eligiblePopulation": eligible,
                "performanceMet": met,
                "performanceNotMet": not_met,
                "eligiblePopulationExclusion": 0,
                "eligiblePopulationException": 0,
            }


def test_every_count_of_the_group_is_what_a_database_counts(closed, tmp_path):
    assert_counts(closed, submission(closed, tmp_path / "s.json"), "true")


def test_every_count_of_a_surgeon_is_what_a_database_counts(closed, surgeons, tmp_path):
    assert len(surgeons) == 8
    for npi in surgeons:
        document = submission(closed, tmp_path / "s.json", "--tin", TIN, "--npi", npi)
        assert_counts(closed, document, f"surgeon_npi = '{npi}'")
        assert (document["entityType"], document["nationalProviderIdentifier"]) == ("individual", npi)


def test_one_stratum_counted_by_hand_from_a_plain_table(closed, tmp_path):
    """Fusions, back pain at one year: counted line by line from the table saved as CSV."""
    pyarrow.csv.write_csv(pq.read_table(closed / "outcome.parquet"), tmp_path / "outcome.csv")
    tally = {}
    with (tmp_path / "outcome.csv").open(newline="") as file:
        for line in csv.DictReader(file):
            if (line["in_measure"], line["instrument"], line["kind"]) == ("true", "back_pain", "fusion"):
                tally[line["status"]] = tally.get(line["status"], 0) + 1
    assert tally.keys() == {"met", "not_met", "not_assessed"}
    fusion = values(submission(closed, tmp_path / "s.json"))["459"]["strata"][1]
    assert fusion["eligiblePopulation"] == sum(tally.values())
    assert fusion["performanceMet"] == tally["met"]
    assert fusion["performanceNotMet"] == tally["not_met"] + tally["not_assessed"]


def test_excluded_operations_are_out_of_every_count(closed, tmp_path):
    ((n_excluded,),) = sql(closed, "select count(*) from outcome where not_in_measure_because = 'excluded'")
    assert n_excluded > 50
    found = values(submission(closed, tmp_path / "s.json"))
    strata = [stratum for value in found.values() for stratum in value["strata"]]
    ((n_in_measure,),) = sql(closed, "select count(*) from outcome where in_measure")
    assert sum(stratum["eligiblePopulation"] for stratum in strata) == n_in_measure
    assert {stratum["eligiblePopulationExclusion"] for stratum in strata} == {0}


def test_the_envelope_of_a_group_has_no_npi(closed, tmp_path):
    document = submission(closed, tmp_path / "s.json")
    (measurement_set,) = document.pop("measurementSets")
    assert document == {"entityType": "group", "taxpayerIdentificationNumber": TIN, "performanceYear": 2026}
    assert [measurement_set[name] for name in ("category", "submissionMethod", "programName")] == [
        *("quality", "registry", "mips")
    ]
    assert (measurement_set["performanceStart"], measurement_set["performanceEnd"]) == ("2026-01-01", "2026-12-31")


def test_a_rate_stands_nowhere_in_the_file(closed, tmp_path):
    """CMS works it out: a file that holds one of these is refused."""
    submission(closed, tmp_path / "s.json")
    text = (tmp_path / "s.json").read_text()
    assert not [word for word in ("performanceRate", "reportingRate", "caseCount") if word in text]


def test_one_measure_alone(closed, tmp_path):
    assert list(values(submission(closed, tmp_path / "s.json", *GROUP, "--measure", "471"))) == ["471"]


def test_end_to_end_is_said_inside_each_value_and_only_when_asked(closed, tmp_path):
    for words, said in (((), False), (("--end-to-end",), True)):
        found = values(submission(closed, tmp_path / "s.json", *GROUP, *words))
        assert [value["isEndToEndReported"] for value in found.values()] == [said] * 3


def test_the_value_pathway_of_the_year_is_named_as_program(closed, tmp_path):
    document = submission(closed, tmp_path / "s.json", *GROUP, "--program", "M1425")
    assert document["measurementSets"][0]["programName"] == "M1425"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "say who submits: --tin and --npi for one surgeon, or --tin and --group"),
        (("--tin", TIN), "say who submits"),
        (("--group",), "say who submits"),
        (("--npi", "2000001018"), "say who submits"),
        (("--tin", TIN, "--npi", "2000001018", "--group"), "a group is submitted by its TIN alone"),
        (("--tin", "12345678", "--group"), "TIN has nine digits"),
        (("--tin", TIN, "--npi", "2000001019"), "check digit of the NPI is wrong"),
        (("--tin", TIN, "--npi", "1234567893"), "no operation of this result is by NPI 1234567893"),
        ((*GROUP, "--measure", "460"), "no measure '460' in this result; it has 459, 461, 471"),
        ((*GROUP, "--program", "pcf"), "--program may be mips or M1425"),
        ((*GROUP, "--program", "M0001"), "not submitted to program 'M0001'"),
        ((*GROUP, "--log", "no-such-log.csv"), "no such file"),
    ],
)
def test_what_cannot_be_submitted_is_one_clear_line_and_nothing_is_written(closed, tmp_path, words, complaint):
    out = tmp_path / "s.json"
    out.write_text("as it was")
    ended = lumbar("export", "qpp", closed, "--out", out, *words)
    assert_one_clear_line(ended)
    assert complaint in ended.err
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("s.json", "as it was")]


def test_a_result_made_by_another_rule_set_is_refused(closed, tmp_path):
    other = shutil.copytree(closed, tmp_path / "result")
    run = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**run, "rule_set_hash": "0" * 64}))
    ended = exported(other, tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert "made with another rule set than this version's; evaluate again" in ended.err
    assert not (tmp_path / "s.json").exists()


# ---- windows that are open


STILL = "in_measure and (status in ('open', 'upcoming') or provisional)"


def test_open_windows_are_refused_with_how_many_and_until_when(with_open_windows, tmp_path):
    still = f"select count(*), count(distinct episode_id), max(window_closes) from outcome where {STILL}"
    ((n_results, n_operations, until),) = sql(with_open_windows, still)
    assert n_results > n_operations > 0
    ended = exported(with_open_windows, tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert f"{n_results} of 3,096 results, of {n_operations} operations, are open" in ended.err
    assert f"the last on {until}; evaluate again as of a later day" in ended.err
    assert "--interim" in ended.err
    assert not list(tmp_path.iterdir())


def test_an_interim_file_is_written_when_asked_for_and_said_to_be_no_final_one(with_open_windows, tmp_path):
    ended = exported(with_open_windows, tmp_path / "s.json", *GROUP, "--interim")
    assert ended.code == 0
    assert ended.err.startswith("Interim file, no final submission: ")
    assert ended.err.count("\n") == 1
    assert_counts(with_open_windows, json.loads((tmp_path / "s.json").read_text()), "true")


def test_an_open_window_that_does_not_leave_is_of_no_matter(with_open_windows, tmp_path):
    """The surgeon of whom nothing is open submits; those of whom something is do not."""
    by_surgeon = dict(
        sql(with_open_windows, f"select surgeon_npi, count(*) filter ({STILL}) from outcome group by 1 order by 1")
    )
    codes = {
        npi: exported(with_open_windows, tmp_path / f"{npi}.json", "--tin", TIN, "--npi", npi).code
        for npi in by_surgeon
        if npi
    }
    assert codes == {npi: 2 if n_open else 0 for npi, n_open in by_surgeon.items() if npi}
    assert 2 in codes.values()


def test_a_period_that_is_not_over_is_said_beside_the_open_windows(records, tmp_path):
    """Performance year 2027 counts operations of all 2026: on 30 June more are to come."""
    result = evaluated(records, tmp_path / "result", 2027, "2026-06-30")
    ended = exported(result, tmp_path / "s.json", *GROUP, "--interim")
    assert ended.code == 0
    assert "operations up to 2026-12-31 count, and the result is as of 2026-06-30" in ended.err
    refused = exported(result, tmp_path / "s.json")
    assert_one_clear_line(refused)
    assert "; operations up to 2026-12-31 count, and the result is as of 2026-06-30; evaluate again" in refused.err


def test_a_period_that_is_not_over_is_refused_though_no_window_is_open(tmp_path):
    """The one discectomy, of 3 March 2025, is closed after 21 July; those of the rest of the year count as well."""
    tables_folder(tmp_path / "tables")
    result = evaluated(tmp_path / "tables", tmp_path / "r", 2026, "2025-08-01")
    assert sql(result, f"select count(*) from outcome where {STILL}") == [(0,)]
    ended = exported(result, tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert "operations up to 2025-12-31 count, and the result is as of 2025-08-01; evaluate again" in ended.err


# ---- nobody


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The ten made-up patients of the template."""
    folder = tmp_path_factory.mktemp("example")
    assert lumbar("template", folder / "tables").code == 0
    return folder / "tables" / "example"


def test_a_stratum_of_nobody_is_written_as_zeros_and_said(example, tmp_path):
    """The surgeon of the discectomies did no fusion."""
    result = evaluated(example, tmp_path / "r", 2026, "2027-02-01")
    ended = exported(result, tmp_path / "s.json", "--tin", TIN, "--npi", "2000002024", "--measure", "459")
    assert ended.code == 0
    assert ended.err == (
        "Measure 459, lumbarFusion: nobody is in it; its counts are written as 0 and its rate is undefined\n"
    )
    fusion = values(json.loads((tmp_path / "s.json").read_text()))["459"]["strata"][1]
    assert fusion.pop("stratum") == "lumbarFusion"
    assert len(fusion) == 5
    assert set(fusion.values()) == {0}
    assert "lumbarFusion: undefined: nobody is judged or closed" in " ".join(ended.out.split())


def test_a_file_of_nobody_at_all_is_not_written(example, tmp_path):
    result = evaluated(example, tmp_path / "r", 2024, "2027-02-01")
    ended = exported(result, tmp_path / "s.json")
    assert_one_clear_line(ended)
    assert "no operation belongs in any of the measures asked for: there is nothing to submit" in ended.err


# ---- what is never done


def test_the_same_result_gives_the_same_bytes(closed, tmp_path):
    """A copy whose files are dated in another year is the same result."""
    other = shutil.copytree(closed, tmp_path / "result")
    for path in (other, *other.rglob("*")):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    submission(closed, tmp_path / "one.json")
    submission(other, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


WATCHED = """
import sys
from lumbar.cli import main
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith("socket.") else None)
{before}
try:
    main()
finally:
    print("sockets:", len(seen), file=sys.stderr)
"""


@pytest.mark.parametrize(("before", "n_sockets"), [("", 0), ("import socket; socket.socket().close()", 1)])
def test_nothing_is_ever_sent(closed, tmp_path, before, n_sockets):
    """No socket is made while the file is written; one that is made is noticed."""
    program = WATCHED.format(before=before)
    words = ("export", "qpp", closed, *GROUP, "--out", tmp_path / "s.json")
    done = subprocess.run([sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=True)
    assert "Written: " in done.stdout
    assert done.stderr.endswith(f"sockets: {n_sockets}\n")


def test_help_says_that_nothing_is_sent_and_what_end_to_end_means():
    text = " ".join(lumbar("export", "qpp", "--help").out.split())
    assert "Nothing is ever sent" in text
    assert "Only if all data came through certified EHR technology with no manual step" in text
