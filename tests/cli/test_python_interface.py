"""The public names of the package, as a notebook uses them."""

import json
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import lumbar
from lumbar.errors import (
    InputError,
    InternalError,
    MappingError,
    ResultFolderError,
    UnknownEpisodeError,
    UsageError,
)
from lumbar.tables.results import OUTCOME, RATE, REJECTED
from source_folder import tables_folder


@pytest.fixture(scope="module")
def result(clinic):
    return lumbar.evaluate(clinic, year=2026, as_of="2026-11-21")


def test_six_names_are_public_and_each_can_be_had():
    assert set(lumbar.__all__) == {"LumbarError", "Result", "__version__", "evaluate", "open_result"}
    assert all(hasattr(lumbar, name) for name in lumbar.__all__)
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = lumbar.evalute


def test_outcome_rate_and_rejected_are_arrow_tables_of_the_declared_columns(result):
    for table, declared in ((result.outcome, OUTCOME), (result.rate, RATE), (result.rejected, REJECTED)):
        assert isinstance(table, pa.Table)
        assert tuple(table.column_names) == declared.column_names
        assert table.num_rows > 0
    assert result.run["year"] == 2026


def test_in_memory_and_through_a_folder_the_result_is_the_same(result, evaluated, tmp_path):
    """`save` writes what `lumbar evaluate` writes; `open_result` reads it back."""
    result.save(tmp_path / "saved", report=False)
    saved, written = lumbar.open_result(tmp_path / "saved"), lumbar.open_result(str(evaluated))
    for other in (saved, written):
        assert isinstance(other, lumbar.Result)
        assert other.outcome.equals(result.outcome)
        assert other.rate.equals(result.rate)
        assert other.rejected.equals(result.rejected)
    assert saved.run == result.run
    assert (tmp_path / "saved" / "outcome.parquet").read_bytes() == (evaluated / "outcome.parquet").read_bytes()
    assert not (tmp_path / "saved" / "report.html").exists()
    clinical = {path.name for path in (evaluated / "clinical").iterdir()}
    assert {path.name for path in (tmp_path / "saved" / "clinical").iterdir()} == clinical


def test_an_episode_explains_itself_and_prints(result, evaluated):
    episode_id = result.outcome["episode_id"][0].as_py()
    proof = result.explain(episode_id)
    assert proof.episode_id == episode_id
    assert lumbar.open_result(evaluated).explain(episode_id) == proof
    assert episode_id in str(proof)
    assert "G" in str(proof)


def test_every_proof_arrives_at_the_stored_result(result):
    """`explain` would raise InternalError where it did not."""
    for episode_id in sorted(set(result.outcome["episode_id"].to_pylist())):
        assert len(result.explain(episode_id).rows) == 6


def test_a_date_may_be_a_date_and_paths_may_be_text(clinic):
    one = lumbar.evaluate(str(clinic), year=2026, as_of=date(2026, 6, 1), format="tables", measures=["459"], threads=1)
    assert one.run["as_of"] == "2026-06-01"
    assert set(one.outcome["measure_id"].to_pylist()) == {"459"}


def test_a_mapping_and_a_policy_are_files(clinic, tmp_path):
    (tmp_path / "m.toml").write_text('timezone = "America/Chicago"')
    (tmp_path / "p.toml").write_text('postoperative = "nearest"')
    found = lumbar.evaluate(
        clinic, year=2026, as_of="2026-11-21", mapping=tmp_path / "m.toml", policy=tmp_path / "p.toml"
    )
    assert found.run["timezone"] == "America/Chicago"
    assert found.run["policy"]["postoperative"] == "nearest"


def test_every_error_is_a_lumbar_error_of_its_kind(clinic, result, tmp_path):
    def evaluate(source=clinic, **changed):
        return lumbar.evaluate(source, **{"year": 2026, "as_of": "2026-11-21", **changed})

    (tmp_path / "m.toml").write_text("x = 1")
    for kind, call in (
        (UsageError, lambda: evaluate(year=1999)),
        (UsageError, lambda: evaluate(as_of="soon")),
        (UsageError, lambda: evaluate(measures=["1"])),
        (UsageError, lambda: evaluate(format="hl7v2")),
        (InputError, lambda: evaluate(source=tmp_path / "nowhere")),
        (MappingError, lambda: evaluate(mapping=tmp_path / "m.toml")),
        (MappingError, lambda: evaluate(policy=tmp_path / "nowhere.toml")),
        (ResultFolderError, lambda: lumbar.open_result(tmp_path)),
        (ResultFolderError, lambda: result.save(clinic)),
        (UnknownEpisodeError, lambda: result.explain("nobody@2025-01-01")),
    ):
        with pytest.raises(lumbar.LumbarError) as caught:
            call()
        assert type(caught.value) is kind
    assert issubclass(MappingError, InputError)


def test_a_stored_result_that_was_tampered_with_is_not_explained_away(result, tmp_path):
    """The proof must arrive at what is stored: a status changed by hand is found out."""
    result.save(tmp_path / "r", report=False)
    path = tmp_path / "r" / "outcome.parquet"
    rows = pq.read_table(path).to_pylist()
    rows[0]["status"] = "met" if rows[0]["status"] != "met" else "not_met"
    pq.write_table(pa.Table.from_pylist(rows, schema=result.outcome.schema), path)
    with pytest.raises(InternalError, match="does not arrive at the stored result"):
        lumbar.open_result(tmp_path / "r").explain(rows[0]["episode_id"])


def test_without_any_operation_there_is_a_result_without_rows(tmp_path):
    lines = [{"procedure_id": "1", "patient_id": "p1", "performed_on": "2025-03-03", "system": "cpt", "code": "99213"}]
    empty = lumbar.evaluate(tables_folder(tmp_path / "records", procedure=lines), year=2026, as_of="2026-11-21")
    assert empty.outcome.num_rows == 0
    assert empty.rate.num_rows == 9
    assert set(empty.rate["rate"].to_pylist()) == {None}
    empty.save(tmp_path / "result", report=False)
    assert json.loads((tmp_path / "result" / "run.json").read_text())["n_episodes"] == 0
