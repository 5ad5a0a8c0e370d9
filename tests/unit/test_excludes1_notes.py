"""What a note of the ICD-10-CM tabular excludes, read by the script that builds the tables."""

import importlib.util

import pytest

from source_files import ROOT

SPEC = importlib.util.spec_from_file_location("icd10cm_notes", ROOT / "terminology" / "icd10cm_notes.py")
NOTES = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(NOTES)

KNOWN = (
    *("E08", "E08.44", "E09", "E09.44", "E10", "E10.65", "M43.3", "M43.4", "M43.5", "M43.5X9", "M43.6"),
    *("M50", "M51", "M51.0", "M51.04", "M51.06", "M51.1", "M51.16", "M51.2", "M51.26", "M51.27", "M52"),
    *("S12", "S12.0", "S12.1", "S12.2", "S12.3", "S12.4", "S22.0", "S32.0"),
)


@pytest.mark.parametrize(
    ("note", "excluded"),
    [
        ("lumbago due to intervertebral disc displacement (M51.2-)", "M51.2"),
        ("intervertebral disc disorders (M50.1.-, M51.1.-)", "M50.1 M51.1"),
        ("low back strain (S39.012)", "S39.012"),
        ("spondylosis (M47.0-, M47.2.-)", "M47.0 M47.2"),
        ("intervertebral disc disorders (M50-M51)", "M50 M51"),
        ("traumatic fracture of vertebrae (S12.0-S12.3-, S22.0-, S32.0-)", "S12.0 S12.1 S12.2 S12.3 S22.0 S32.0"),
        ("vertebral subluxation (M43.3-M43.5X9)", "M43.3 M43.4 M43.5"),
        ("rupture of lumbar disc NOS (M51.- with fifth character 6)", "M51.06 M51.16 M51.26"),
        ("neuralgic amyotrophy in diabetes mellitus (E08-E13 with .44)", "E08.44 E09.44"),
        ("malformation syndromes classified to Q87.-", "Q87"),
        ("secondary carcinoid tumors of bone (C7B.03)", "C7B.03"),
        ("explantation of knee prosthesis (Z89.52-", "Z89.52"),
        ("neuropathic [tabes dorsalis] spondylitis (A52.11)", "A52.11"),
        ("discitis NOS (M46.4-) [M50-M54]", "M46.4"),
        ("current injury - see injury of spine by body region [M50-M54]", ""),
        ("aftercare for healing fracture-code to fracture with 7th character D", ""),
    ],
)
def test_the_codes_a_note_names(note, excluded):
    assert " ".join(NOTES.excluded_prefixes(note, KNOWN)) == excluded
