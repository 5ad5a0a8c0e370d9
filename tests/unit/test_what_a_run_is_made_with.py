"""run.json says all that making the result again needs beside the records."""

import json

import pytest

import lumbar
from command_line import YEAR
from command_line import lumbar as command
from lumbar.measures.policy import Policy, parse_policy, policy_toml
from lumbar.synth import write_clinic
from lumbar.version import __version__
from lumbar.workflow.packages import installed_packages


@pytest.mark.parametrize("format_", ["fhir", "tables"])
def test_a_run_says_how_the_records_lie_and_keeps_the_site_s_mapping_as_written(format_, tmp_path):
    """FHIR needs its mapping, the tables none: null is told apart from an empty one."""
    write_clinic(tmp_path / "records", 10, 3, format_)
    site = tmp_path / "records" / "mapping.toml"
    given = ("--mapping", site) if format_ == "fhir" else ()
    ended = command("evaluate", tmp_path / "records", *YEAR, "--out", tmp_path / "result", "--no-report", *given)
    assert ended.code == 0, ended.err
    run = json.loads((tmp_path / "result" / "run.json").read_text(encoding="utf-8"))
    assert run["format"] == format_
    assert run["mapping"] == (site.read_text(encoding="utf-8") if given else None)


def test_a_run_in_memory_says_the_same(tmp_path):
    write_clinic(tmp_path / "records", 10, 3, "tables")
    (tmp_path / "site.toml").write_text('timezone = "America/Chicago"  # the clinic’s clock\n', encoding="utf-8")
    run = lumbar.evaluate(tmp_path / "records", year=2026, as_of="2026-11-21", mapping=tmp_path / "site.toml").run
    assert run["mapping"] == 'timezone = "America/Chicago"  # the clinic’s clock\n'
    assert run["packages"] == installed_packages()


def test_the_packages_are_this_one_and_what_it_needs_and_what_that_needs():
    """altair needs narwhals; pytest is needed by nobody who runs it."""
    packages = installed_packages()
    assert packages["lumbar"] == __version__
    assert {"duckdb", "pyarrow", "blake3", "narwhals"} <= packages.keys()
    assert "pytest" not in packages
    assert list(packages) == sorted(packages)


@pytest.mark.parametrize(
    "policy",
    [Policy(), parse_policy('postoperative = "nearest"\ninclude_unverified_procedures = true\nworse_pain = 1.5')],
)
def test_a_policy_written_as_toml_is_read_as_the_same_policy(policy):
    assert parse_policy(policy_toml(policy.as_json())) == policy
