"""The synthetic clinic: the same for the same seed, made up throughout, and as published clinics are."""

import csv
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from statistics import fmean, pstdev

import pytest

from lumbar.codelists import code_list
from lumbar.errors import InputError, UsageError
from lumbar.measures import for_year
from lumbar.measures.model import days, months
from lumbar.synth import calibration, surgery, template, write_clinic
from lumbar.synth.asking import oswestry_percent, points
from lumbar.synth.blemishes import SPOILED, blemish_of
from lumbar.synth.chart import Chart
from lumbar.synth.clinic import charts, story_of
from lumbar.synth.draws import central_time_offset, npi, shifted
from lumbar.synth.terminology import terms
from lumbar.tables.clinical import BACK_PAIN, CLINICAL_TABLES, INSTRUMENTS, LEG_PAIN, ODI
from lumbar.tables.dictionary import dictionary_markdown
from lumbar.tables.results import DISCECTOMY, FUSION, REJECT_REASONS, RESULT_TABLES

RULES = for_year(calibration.YEAR)
FOREIGN = Path(__file__).parents[3] / "shared" / "data" / "foreign-fhir"


@pytest.fixture(scope="module")
def clinic() -> list[Chart]:
    return list(charts(3000, 7, calibration.AS_OF, RULES))


def fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def resources(folder: Path) -> list[dict]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.name == "mapping.toml":
            continue
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found += [json.loads(line) for line in text.decode().splitlines()]
    return found


def rows(folder: Path, table: str) -> list[dict]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("format", ["tables", "fhir"])
def test_the_same_arguments_give_the_same_bytes_whatever_the_order_of_sets(tmp_path, format):
    for hash_seed in ("1", "2"):
        code = f"from pathlib import Path; from lumbar.synth import write_clinic; write_clinic(Path('{tmp_path / hash_seed}'), 60, 7, '{format}')"
        subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    assert fingerprint(tmp_path / "1") == fingerprint(tmp_path / "2")
    write_clinic(tmp_path / "other", 60, 8, format)
    assert fingerprint(tmp_path / "other") != fingerprint(tmp_path / "1")


def test_more_patients_change_no_chart():
    assert list(charts(120, 7, calibration.AS_OF, RULES))[:40] == list(charts(40, 7, calibration.AS_OF, RULES))


def test_each_hundred_patients_hold_every_story_its_own_number_of_times():
    for first in (1, 1901):
        told = Counter(story_of(number, 7) for number in range(first, first + 100))
        assert {name: told[name] for name in told if name} == {s.name: s.per_hundred for s in calibration.STORIES}


def test_an_npi_ends_in_the_luhn_digit_of_80840_and_its_nine_digits():
    """The published example: 123456789 has the check digit 3."""
    assert npi("123456789") == "1234567893"
    for made_up in (*surgery.NPIS.values(), *surgery.ASSISTANT_NPIS, *surgery.ANAESTHETIST_NPIS):
        digits = [int(digit) for digit in f"80840{made_up}"]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        assert (sum(doubled) + sum(digits[-1::-2])) % 10 == 0
        assert re.fullmatch(r"2\d{9}", made_up), "every NPI given out so far starts with 1"


def test_months_are_added_once_and_a_missing_day_becomes_the_last():
    """31 May and 9 months is 28 February, or 29 in a leap year."""
    assert shifted(date(2025, 5, 31), months(9)) == date(2026, 2, 28)
    assert shifted(date(2023, 5, 31), months(9)) == date(2024, 2, 29)
    assert shifted(date(2025, 1, 15), months(-3)) == date(2024, 10, 15)
    assert shifted(date(2025, 3, 3), days(42)) == date(2025, 4, 14)


def test_the_clinic_keeps_us_central_time():
    """In 2025 summer time ran from 9 March to 1 November."""
    assert central_time_offset(date(2025, 3, 8)) == "-06:00"
    assert central_time_offset(date(2025, 3, 9)) == "-05:00"
    assert central_time_offset(date(2025, 11, 1)) == "-05:00"
    assert central_time_offset(date(2025, 11, 2)) == "-06:00"


def _operated(chart: Chart) -> tuple[str, date] | None:
    """Kind and date of a patient with exactly one day in theatre and nothing else that day."""
    codes = {kind: {e.code for e in code_list(calibration.YEAR, f"procedure_{kind}")} for kind in (FUSION, DISCECTOMY)}
    dates = {line.performed_on for line in chart.procedures if line.code in codes[FUSION] | codes[DISCECTOMY]}
    if len(dates) != 1 or chart.story in ("discontinued", "management_only", "assistant_line_only"):
        return None
    lines = {line.code for line in chart.procedures}
    return (FUSION if lines & codes[FUSION] else DISCECTOMY, dates.pop())


def _latest(chart: Chart, instrument: str, opens: date, closes: date):
    found = [s for s in chart.scores if s.instrument == instrument and opens <= s.assessed_on <= closes]
    return float(points(max(found, key=lambda s: s.assessed_on))) if found else None


def _observed(clinic):
    """Baselines by kind and instrument; improvements by kind, timepoint and instrument; closed windows and answers."""
    baselines, improvements, closed = defaultdict(list), defaultdict(list), defaultdict(list)
    for chart in clinic:
        operated = _operated(chart)
        if operated is None or chart.story in ("came_back_unwell", "recovery_room", "window_edge"):
            continue
        kind, day = operated
        for instrument in INSTRUMENTS:
            before = _latest(chart, instrument, shifted(day, months(-3)), day)
            if before is not None:
                baselines[kind, instrument].append(before)
            for stratum in RULES.measures[0].strata:
                opens, closes = (
                    shifted(day, edge) for edge in (stratum.postoperative.opens, stratum.postoperative.closes)
                )
                after = _latest(chart, instrument, opens, closes)
                if before is not None and after is not None:
                    improvements[kind, stratum.timepoint, instrument].append(before - after)
                if closes <= calibration.AS_OF and not chart.patient.deceased:
                    closed[stratum.timepoint, instrument].append(after is not None)
    return baselines, improvements, closed


def test_baselines_are_as_published(clinic):
    """Hosp. Moinhos de Vento 2022: back 6.6 +/- 2.6, leg 6.2 +/- 2.9, ODI 42.2 +/- 16.4."""
    baselines, _, _ = _observed(clinic)
    for (kind, instrument), spread in calibration.BASELINE.items():
        lowest, highest = spread.published
        assert lowest <= fmean(baselines[kind, instrument]) <= highest, (kind, instrument)
    for instrument, mean, sd, near in ((BACK_PAIN, 6.6, 2.6, 0.25), (LEG_PAIN, 6.2, 2.9, 0.25), (ODI, 42.2, 16.4, 1.5)):
        pooled = baselines[DISCECTOMY, instrument] + baselines[FUSION, instrument]
        assert fmean(pooled) == pytest.approx(mean, abs=near)
        assert pstdev(pooled) == pytest.approx(sd, abs=near)


def test_improvements_are_as_published(clinic):
    _, improvements, _ = _observed(clinic)
    for key, spread in calibration.RELIEF.items():
        lowest, highest = spread.published
        allowance = 2 * pstdev(improvements[key]) / len(improvements[key]) ** 0.5
        assert lowest - allowance <= fmean(improvements[key]) <= highest + allowance, key


def test_a_third_to_two_thirds_of_the_scores_are_collected_and_fewer_at_one_year(clinic):
    _, _, closed = _observed(clinic)
    shares = {key: fmean(answered) for key, answered in closed.items()}
    assert all(calibration.RESPONSE_BAND[0] <= share <= calibration.RESPONSE_BAND[1] for share in shares.values())
    for instrument in INSTRUMENTS:
        assert shares["one_year", instrument] < shares["three_month", instrument]


def test_nothing_is_dated_after_the_as_of_date(clinic):
    for chart in clinic:
        assert all(line.performed_on <= calibration.AS_OF for line in chart.procedures)
        assert all((score.recorded_on or score.assessed_on) <= calibration.AS_OF for score in chart.scores)
        assert all(line.reported_on <= calibration.AS_OF for line in chart.reported_codes)
        if chart.patient.deceased_on is not None:
            assert all(score.assessed_on <= chart.patient.deceased_on for score in chart.scores)


def test_a_filled_questionnaire_gives_the_value_beside_it(clinic):
    forms = [score for chart in clinic for score in chart.scores if score.sections]
    assert {sum(section is None for section in form.sections) for form in forms} == {0, 1, 2}
    for form in forms:
        assert float(form.value) == pytest.approx(float(oswestry_percent(form.sections)), abs=0.00005)


def test_every_procedure_code_stands_in_the_list_it_is_drawn_for():
    lists = {
        name: {e.code for e in code_list(calibration.YEAR, f"procedure_{name}")}
        for name in (DISCECTOMY, FUSION, "addon")
    }
    for use, name in (
        (DISCECTOMY, DISCECTOMY),
        (FUSION, FUSION),
        ("addon_discectomy", "addon"),
        ("addon_fusion", "addon"),
    ):
        assert {term.code for term, _ in terms(use)} <= lists[name]
    assert not {term.code for term, _ in terms("elsewhere")} & (lists[DISCECTOMY] | lists[FUSION])


def test_all_people_are_made_up(clinic):
    """Numbers 555-0100 to 555-0199 and example.org ring nowhere."""
    for chart in clinic:
        assert chart.patient.phone is None or re.fullmatch(r"\+1-\d{3}-555-01\d\d", chart.patient.phone)
        assert chart.patient.email is None or chart.patient.email.endswith("@example.org")


@pytest.mark.skipif(not FOREIGN.is_dir(), reason="../shared/data/foreign-fhir is absent")
def test_no_family_name_of_another_data_set_is_used(clinic):
    with (FOREIGN / "Patient.ndjson").open(encoding="utf-8") as stream:
        theirs = {name["family"].lower() for line in stream for name in json.loads(line)["name"]}
    assert theirs
    assert not {chart.patient.family.lower() for chart in clinic} & theirs


def test_every_reject_reason_a_format_can_express_has_its_bad_rows_and_they_stay_few(tmp_path, clinic):
    assert {blemish[0] for chart in clinic[:2000] if (blemish := blemish_of(chart, 7))} == set(REJECT_REASONS)
    write_clinic(tmp_path / "tables", 2000, 7, "tables")
    with (tmp_path / "tables" / "score.csv").open(encoding="utf-8") as stream:
        ids = [line.split(",")[0] for line in stream]
    n_bad = sum(score_id.endswith(SPOILED) for score_id in ids)
    assert 0.005 < n_bad / len(ids) < 0.05


def test_without_blemishes_both_formats_hold_the_same_records(tmp_path):
    for format in ("tables", "fhir"):
        write_clinic(tmp_path / format, 300, 3, format, blemishes=False)
    by_type = defaultdict(list)
    for resource in resources(tmp_path / "fhir"):
        by_type[resource["resourceType"]].append(resource)
    score_ids = []
    for observation in by_type["Observation"]:
        parts = len(observation.get("component", ()))
        if observation["id"].startswith("pro-"):
            score_ids += [f"{observation['id']}#{n}" for n in range(1, parts + 1)] if parts else [observation["id"]]
    score_ids += [form["id"] for form in by_type["QuestionnaireResponse"]]
    assert sorted(score_ids) == sorted(row["score_id"] for row in rows(tmp_path / "tables", "score"))
    assert any("#" in score_id for score_id in score_ids)
    assert [p["id"] for p in by_type["Patient"]] == [row["patient_id"] for row in rows(tmp_path / "tables", "patient")]
    lines = {row["procedure_id"] for row in rows(tmp_path / "tables", "procedure")}
    assert {p["id"] for p in by_type["Procedure"]} == {line.split("#")[0] for line in lines}
    assert any("#2" in line for line in lines)
    assert len(by_type["Coverage"]) == len(rows(tmp_path / "tables", "coverage"))
    assert len(by_type["Condition"]) == len(rows(tmp_path / "tables", "condition"))


def test_a_fhir_export_has_the_shapes_real_ones_have(tmp_path):
    write_clinic(tmp_path / "clinic", 400, 7, "fhir", blemishes=False)
    found = resources(tmp_path / "clinic")
    subjects = {r["subject"]["reference"].split("/")[0].split(":")[0] for r in found if "subject" in r}
    assert subjects == {"Patient", "https", "urn"}
    keys = {key for r in found if r["resourceType"] == "Observation" for key in r}
    assert {
        "effectiveDateTime",
        "effectivePeriod",
        "effectiveInstant",
        "valueQuantity",
        "valueInteger",
        "component",
    } <= keys
    assert {r["resourceType"] for r in found} >= {
        "Encounter",
        "Organization",
        "Practitioner",
        "Coverage",
        "QuestionnaireResponse",
    }
    assert {path.name for path in (tmp_path / "clinic").iterdir()} >= {
        "Observation.000.ndjson", "Observation.001.ndjson", "Condition.ndjson.gz", "mapping.toml",
    }  # fmt: skip


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        write_clinic(tmp_path, 5, 7, "tables")
    with pytest.raises(InputError, match="is a file"):
        template(tmp_path / "kept.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_empty_folder_is_filled_and_a_new_one_is_made_with_its_parents(tmp_path):
    (tmp_path / "empty").mkdir()
    write_clinic(tmp_path / "empty", 5, 7, "tables")
    write_clinic(tmp_path / "a" / "b", 5, 7, "tables")
    assert fingerprint(tmp_path / "empty") == fingerprint(tmp_path / "a" / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "empty"]


def test_a_clinic_without_patients_or_in_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="at least one patient"):
        write_clinic(tmp_path / "x", 0, 7, "tables")
    with pytest.raises(UsageError, match="unknown format"):
        write_clinic(tmp_path / "x", 5, 7, "parquet")
    assert not (tmp_path / "x").exists()


def test_the_template_has_every_column_a_user_may_bring_in_order(tmp_path):
    template(tmp_path / "start")
    for table in CLINICAL_TABLES:
        names = [column.name for column in table.user_columns]
        for part in ("empty", "example"):
            with (tmp_path / "start" / part / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
                header, *filled = csv.reader(stream)
            assert header == names
            assert bool(filled) == (part == "example")
            assert all(len(row) == len(names) for row in filled)


def test_the_example_keeps_to_the_vocabularies_and_explains_each_patient(tmp_path):
    template(tmp_path / "start")
    example = tmp_path / "start" / "example"
    patients = {row["patient_id"] for row in rows(example, "patient")}
    told = set(re.findall(r"^\| (ex-\d+) \|", (tmp_path / "start" / "EXAMPLE.md").read_text(), re.MULTILINE))
    assert told == patients
    for table in CLINICAL_TABLES:
        found = rows(example, table.name)
        assert {row["patient_id"] for row in found} <= patients
        for column in table.user_columns:
            given = {row[column.name] for row in found} - ({""} if column.nullable else set())
            assert (
                not column.values or (table.name, column.name) == ("coverage", "payer") or given <= set(column.values)
            )


def test_the_dictionary_names_every_column_with_its_meaning():
    text = dictionary_markdown((*CLINICAL_TABLES, *RESULT_TABLES))
    for table in (*CLINICAL_TABLES, *RESULT_TABLES):
        section = text.split(f"## {table.name}\n")[1].split("\n## ")[0]
        described = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert described == list(table.column_names)
        assert all(column.meaning in section for column in table.columns)
    brought = dictionary_markdown(CLINICAL_TABLES, brought_by_user=True)
    assert "assessed_time" in text
    assert "assessed_time" not in brought
