"""The public figures of a result folder: the groups operations are in, the file, and what is refused."""

import json
import subprocess  # noqa: F401
from collections import Counter
from datetime import date

import pytest

from arrow_tables import arrow_table
from disclosure_attack import Attack, cells_of
from lumbar.errors import InputError, ResultFolderError, UsageError
from lumbar.report.public_groups import operations
from lumbar.synth import write_clinic
from lumbar.tables.clinical import PATIENT, PROCEDURE
from lumbar.tables.results import OUTCOME
from lumbar.workflow import evaluate_to_folder, stored
from lumbar.workflow.publishing import publish
from report_page import POLICY, RULES


def episode(patient_id: str, index_date: date, npi: str | None = "1000000004") -> dict:
    return {"episode_id": f"{patient_id}@{index_date}", "patient_id": patient_id, "index_date": index_date,
            "kind": "fusion", "payer": "aetna", "surgeon_npi": npi}  # fmt: skip


def groups(outcome: list[dict], patient: list[dict], procedure: list[dict], *by: str) -> list[dict]:
    clinical = {"patient": arrow_table(PATIENT, patient), "procedure": arrow_table(PROCEDURE, procedure)}
    return (
        operations(arrow_table(OUTCOME, outcome), clinical.__getitem__, by, RULES, POLICY)
        .sort_by("episode_id")
        .to_pylist()
    )


@pytest.mark.parametrize(
    ("born", "label"),
    [
        (date(1980, 3, 5), "44 and under"),
        (date(1980, 3, 4), "45-64"),
        (date(1960, 3, 5), "45-64"),
        (date(1960, 3, 4), "65-74"),
        (date(1950, 3, 4), "75 and over"),
        (None, "not recorded"),
    ],
)
def test_the_age_is_that_on_the_day_of_the_operation(born, label):
    """On 4 March 2025 who was born on 4 March 1980 is 45, who was born a day later 44."""
    outcome, patient = [episode("a", date(2025, 3, 4))], [{"patient_id": "a", "birth_date": born}]
    assert groups(outcome, patient, [], "age_group") == [{"episode_id": "a@2025-03-04", "age_group": label}]


def test_the_facility_is_that_of_the_ledger():
    """Of the lines that start the operation the one with the smallest id; a visit of that day is none of them."""
    lines = [
        ("a", 4, "99214", "Aachen"),
        ("a", 4, "63030", "North"),
        ("a", 4, "63030", "East"),
        ("b", 4, "63030", None),
    ]
    procedure = [
        {"procedure_id": str(n), "patient_id": p, "performed_on": date(2025, 3, day), "system": "cpt", "code": code,
         "facility": facility}
        for n, (p, day, code, facility) in enumerate(lines)
    ]  # fmt: skip
    outcome = [episode("a", date(2025, 3, 4)), episode("b", date(2025, 3, 4), npi=None)]
    patient = [{"patient_id": "a"}, {"patient_id": "b"}]
    assert [row["facility"] for row in groups(outcome, patient, procedure, "facility")] == ["North", "not recorded"]
    assert [row["surgeon"] for row in groups(outcome, patient, procedure, "surgeon")] == ["1000000004", "not recorded"]


def test_three_measures_of_one_operation_are_one_row():
    outcome = [{**episode("a", date(2025, 3, 4)), "measure_id": measure} for measure in ("459", "461", "471")]
    assert len(groups(outcome, [{"patient_id": "a", "sex": "female"}], [], "kind", "sex")) == 1


def test_an_unknown_breakdown_and_surgeon_with_facility_are_refused():
    with pytest.raises(UsageError, match="no breakdown is called 'zip'"):
        groups([], [], [], "zip")
    with pytest.raises(UsageError, match="choose one of them"):
        groups([], [], [], "surgeon", "facility")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinic")
    write_clinic(folder / "records", patients=900, seed=4, format="tables")
    evaluate_to_folder(folder / "records", folder / "result", year=2026, as_of="2027-03-01", report=False)
    return folder / "result"


def test_the_file_of_a_result_counts_as_its_rate_table_where_all_windows_have_closed(result, tmp_path):
    """The file is the JSON of the figures returned."""
    release = publish(result, tmp_path / "public.json", ["kind", "payer"])
    text = (tmp_path / "public.json").read_text(encoding="utf-8")
    assert json.loads(text) == release.figures
    (period,) = release.figures["periods"]
    rates = {row["measure_id"]: row for row in stored(result).rate.to_pylist() if row["stratum"] == "overall"}
    for measure, figures in period["overall"].items():
        row = rates[measure]
        assert row["open"] == 0
        assert {k: figures[k] for k in ("met", "not_met", "not_assessed")} == {
            k: row[k] for k in ("met", "not_met", "not_assessed")
        }
        assert figures["rate"] == row["rate"]


def test_nothing_is_recovered_from_the_file_of_a_result(result, tmp_path):
    """The records of 900 patients as `lumbar synth` writes them, the text as it lies on the disk."""
    publish(result, tmp_path / "public.json", ["kind", "payer"], measures=["459"])
    episodes: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = Counter(
        ((row["status"],), (row["kind"], row["payer"]))
        for row in stored(result).outcome.to_pylist()
        if row["measure_id"] == "459" and row["in_measure"]
    )
    names = {name: sorted({own[place] for _, own in episodes}) for place, name in enumerate(("kind", "payer"))}
    attack = Attack((tmp_path / "public.json").read_text(encoding="utf-8"), names)
    assert attack.published["breakdowns"]
    assert attack.recovered(cells_of(names, 1), episodes) == []


def test_a_later_release_takes_the_file_of_the_earlier(result, tmp_path):
    """Of the same result nothing can be added: the file is the same, letter for letter."""
    first = publish(result, tmp_path / "first.json", ["kind"])
    again = publish(result, tmp_path / "again.json", ["payer", "payer"], previous=tmp_path / "first.json")
    assert (first.is_new, again.is_new) == (True, False)
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "first.json").read_bytes()


def test_what_cannot_be_published_is_refused_and_nothing_is_written(result, tmp_path):
    bad, out = tmp_path / "bad.json", tmp_path / "out.json"
    bad.write_text("[", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as public figures"):
        publish(result, out, ["kind"], previous=bad)
    bad.write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="no public figures"):
        publish(result, out, ["kind"], previous=bad)
    with pytest.raises(UsageError, match="no measure 460; it has 459, 461, 471"):
        publish(result, out, ["kind"], measures=["460"])
    with pytest.raises(ResultFolderError, match="would lie in the result folder"):
        publish(result, result / "public.json", ["kind"])
    assert not out.exists()
