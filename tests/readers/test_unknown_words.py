"""A word no mapping knows is named with the line that would cure it, and never when it may be a patient's."""

import pytest

from source_folder import PROCEDURES, SCORE, back_pain, fhir_folder, intake, tables_folder

INSTRUMENT = "instrument words that are not known: "
SCALE = "scale words that are not known: "


def warnings(folder, rows, mapping="", patients=("p1", "p2")):
    """The warnings of scores that differ from a good one as given."""
    scores = [{**SCORE, "score_id": f"s{n}", **row} for n, row in enumerate(rows)]
    people = [{"patient_id": patient_id, "birth_date": "1960-01-01"} for patient_id in patients]
    return intake(tables_folder(folder, patient=people, score=scores), mapping).warnings_of_what_is_there()


def test_an_unknown_instrument_is_named_with_the_line_that_cures_it(tmp_path):
    rows = [{"instrument": "NRS Back"}, {"instrument": "eq-5d"}, {"instrument": "eq-5d", "value": "3"}]
    assert warnings(tmp_path / "a", rows) == [
        f'{INSTRUMENT}"eq-5d", "nrs back"; where one means back_pain, leg_pain or odi, '
        'say so in the mapping under [instrument], as "eq-5d" = "…"'
    ]
    cured = '[instrument]\n"nrs back" = "back_pain"\n"eq-5d" = "odi"\n[scale]\n"nrs" = "percent"\n'
    assert not any(INSTRUMENT in warning for warning in warnings(tmp_path / "b", rows, cured))


def test_an_unknown_scale_is_named_and_one_that_is_not_the_instruments_is_not(tmp_path):
    rows = [{"scale": "0-10"}, {"scale": "NRS (0-10)"}, {"scale": "percent"}]
    assert warnings(tmp_path, rows) == [
        f'{SCALE}"0-10", "nrs (0-10)"; where one means nrs, vas_mm, vas_cm, percent or points_50, '
        'say so in the mapping under [scale], as "0-10" = "…"'
    ]


@pytest.mark.parametrize(
    ("instrument", "scale", "read_as"),
    [
        ("Back Pain", "VAS mm", ("back_pain", "vas_mm")),
        ("leg-pain", "cm", ("leg_pain", "vas_cm")),
        ("Leg pain", "Numeric", ("leg_pain", "nrs")),
        ("Oswestry", "%", ("odi", "percent")),
    ],
)
def test_plain_words_for_ours_are_known_without_a_mapping(instrument, scale, read_as, tmp_path):
    row = {**SCORE, "instrument": instrument, "scale": scale}
    (score,) = intake(tables_folder(tmp_path, score=[row])).tables["score"]
    assert (score["instrument"], score["scale"]) == read_as


@pytest.mark.parametrize(("word", "side"), [("L", "left"), ("Rt", "right"), ("left", "left")])
def test_the_letters_of_a_side_are_known(word, side, tmp_path):
    row = {**SCORE, "instrument": "leg_pain", "side": word}
    assert [score["side"] for score in intake(tables_folder(tmp_path, score=[row])).tables["score"]] == [side]


def test_who_answered_is_known_by_plain_words_and_by_those_of_the_site(tmp_path):
    words = {"a": "Patient", "b": "spouse", "c": "kiosk", "d": "both"}
    rows = [
        {**SCORE, "score_id": name, "assessed_on": f"2025-02-{n}", "respondent": word}
        for n, (name, word) in enumerate(words.items(), start=10)
    ]
    read = intake(tables_folder(tmp_path, score=rows), '[respondent]\n"kiosk" = "self_with_help"\n')
    assert {s["score_id"]: s["respondent"] for s in read.tables["score"]} == {"a": "self", "c": "self_with_help"}
    assert read.reasons() == {"b": ["proxy_respondent"], "d": ["unparsable"]}


def test_a_visual_analogue_score_without_its_unit_is_never_guessed(tmp_path):
    assert warnings(tmp_path, [{"scale": "VAS"}])[0].startswith(f'{SCALE}"vas"')


def test_a_missing_instrument_is_no_word_and_its_scale_not_told_in_its_place(tmp_path):
    rows = [{"instrument": ""}, {"instrument": "", "scale": "mystery"}]
    assert warnings(tmp_path, rows) == []


@pytest.mark.parametrize(
    "word",
    ["2025-02-24", "03/04/1961", "555-123-4567", "p2", "P2", "ann@clinic", "Müller, Ann", "x" * 31, "-", "says: ouch!"],
)
def test_what_may_be_a_patients_is_not_told(word, tmp_path):
    assert warnings(tmp_path / "a", [{"instrument": word}]) == []
    assert warnings(tmp_path / "b", [{"scale": word}]) == []


def test_of_many_words_only_those_of_several_patients_are_told_and_five_at_most(tmp_path):
    """Six words of one patient each may be free text; a vocabulary is met again and again."""
    once = [{"instrument": f"word {n}"} for n in "abcdef"]
    assert warnings(tmp_path / "a", once) == []
    often = [{"instrument": word, "patient_id": p} for word in "uvwxyz" for p in ("p1", "p2")]
    (told,) = warnings(tmp_path / "b", once + often)
    assert told.startswith(f'{INSTRUMENT}"u", "v", "w", "x", "y"; ')


def test_fhir_says_nothing_of_words_as_its_codes_are_not_words_of_a_table(tmp_path):
    quantity = {"value": 7, "code": "furlong"}
    read = intake(fhir_folder(tmp_path, Observation=[back_pain("o1", valueQuantity=quantity)]))
    assert read.reason("o1") == "unknown_unit"
    assert read.warnings_of_what_is_there() == []


DIAGNOSIS = {"condition_id": "c1", "patient_id": "p1", "code": "C41.2"}


@pytest.mark.parametrize("system", ["ICD-10-CM", "ICD10", "icd-10-cm", "http://hl7.org/fhir/sid/icd-10-cm", "icd10cm"])
def test_every_usual_name_of_the_diagnosis_codes_is_known(system, tmp_path):
    """A diagnosis in a system that is not known excludes nobody, without a word of it in the result."""
    read = intake(tables_folder(tmp_path, condition=[{**DIAGNOSIS, "system": system}]))
    assert [(row["system"], row["code"]) for row in read.tables["condition"]] == [("icd10cm", "C41.2")]
    assert not any("code systems" in warning for warning in read.warnings)


@pytest.mark.parametrize("system", ["CPT", "CPT-4", "cpt4", "http://www.ama-assn.org/go/cpt"])
def test_every_usual_name_of_the_procedure_codes_is_known(system, tmp_path):
    read = intake(tables_folder(tmp_path, procedure=[{**PROCEDURES[0], "system": system}]))
    assert [row["system"] for row in read.tables["procedure"]] == ["cpt"]


def test_a_system_that_is_not_known_is_told_and_a_mapping_cures_it(tmp_path):
    rows = [
        {**DIAGNOSIS, "condition_id": f"c{n}", "system": name} for n, name in enumerate(["ICD-9", "ICD-9", "Smith"])
    ]
    read = intake(tables_folder(tmp_path / "a", condition=rows))
    (told,) = [warning for warning in read.warnings if "code systems" in warning]
    assert told.startswith('3 rows of condition in code systems that are not known: "icd-9"; they exclude nobody. ')
    assert "smith" not in told.lower()
    cured = intake(tables_folder(tmp_path / "b", condition=rows[:2]), '[system]\n"ICD-9" = "icd10cm"\n')
    assert [row["system"] for row in cured.tables["condition"]] == ["icd10cm"] * 2
    assert not any("code systems" in warning for warning in cured.warnings)
