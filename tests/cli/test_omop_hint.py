"""OMOP tables whose concepts no mapping knows: what to say in it is told in one line, and saying it helps."""

import json

import pytest

from command_line import YEAR, lumbar
from omop_source import CPT, MEASUREMENT, OBSERVATION, PROCEDURES, concept, omop_folder

HINT = "no mapping knows the concepts of these OMOP tables"
OPERATION = concept(CPT, "House codes", "63030")
SCORE = concept("900", "House scores", "NRS-BACK")
MAPPING = """
[omop.vocabulary]
"House codes" = "http://www.ama-assn.org/go/cpt"

[[omop.score]]
vocabulary = "House scores"
code = "NRS-BACK"
instrument = "back_pain"
unit = { "" = "nrs" }
"""


@pytest.fixture
def house_words(tmp_path):
    """A folder of CDM tables in a clinic's own vocabularies."""
    score = {**MEASUREMENT, "measurement_concept_id": "900"}
    tables = {"concept": [OPERATION, SCORE], "observation": None, "measurement": [score]}
    return omop_folder(tmp_path / "cdm", procedure_occurrence=PROCEDURES, **tables)


def hints(folder, out, *words):
    ended = lumbar("evaluate", folder, *YEAR, "--no-report", "--out", out, *words)
    assert ended.code == 0, ended.err
    found = [line for line in json.loads((out / "run.json").read_text())["warnings"] if line.startswith(HINT)]
    assert all(line in ended.err for line in found)
    return found


def test_what_to_put_in_the_mapping_is_told_in_one_line_and_helps(house_words, tmp_path):
    (told,) = hints(house_words, tmp_path / "before")
    for word in ("[omop.vocabulary]", "[[omop.score]]", "mapping.toml", "--print-mapping"):
        assert word in told
    assert "\n" not in told
    (tmp_path / "mapping.toml").write_text(MAPPING)
    assert hints(house_words, tmp_path / "after", "--mapping", tmp_path / "mapping.toml") == []
    facts = json.loads((tmp_path / "after" / "run.json").read_text())
    assert facts["n_episodes"] == 1
    assert not any("no back pain score" in warning for warning in facts["warnings"])


def test_only_what_is_missing_is_told(tmp_path):
    body = [concept("506", "LOINC", "72514-3"), concept("504", "SNOMED", "77568009")]
    scored = omop_folder(tmp_path / "scored", concept=[OPERATION, *body], observation=[OBSERVATION])
    (told,) = hints(scored, tmp_path / "no operation")
    assert "[omop.vocabulary]" in told
    assert "[[omop.score]]" not in told
    operated = omop_folder(tmp_path / "operated", observation=None)
    (told,) = hints(operated, tmp_path / "no score")
    assert "[omop.vocabulary]" not in told
    assert "[[omop.score]]" in told
    assert HINT in lumbar("check", operated).err
    assert hints(omop_folder(tmp_path / "known"), tmp_path / "all") == []
