"""The site mapping: the default one, what a site may change, and what is refused."""

import re
import tomllib

import pytest

from lumbar.errors import MappingError
from lumbar.readers.mapping import default_mapping_text, parse_mapping

QUESTIONNAIRE = """
[[fhir.questionnaire]]
url = "urn:form"
"""
ODI_IDS = "odi_link_ids = [" + ", ".join(f'"{n}"' for n in range(1, 11)) + "]\n"


def test_an_empty_mapping_is_the_default_one_and_so_is_the_default_text_itself():
    assert parse_mapping() == parse_mapping(default_mapping_text())


def test_every_example_in_the_comments_of_the_default_mapping_is_a_mapping_that_works():
    """Each commented line that is TOML is tried, alone or with its table."""
    text = default_mapping_text()
    commented = [line[2:] for line in text.splitlines() if re.match(r'# ("|[a-z_]+ = )', line)]
    assert len(commented) >= 4
    for line in commented:
        table = {"nrs back": "[instrument]\n", "0-10": "[scale]\n"}.get(
            line.split('"')[1] if line[0] == '"' else "", ""
        )
        assert parse_mapping(table + line) != parse_mapping(), line
    forms = "\n".join(line[4:] for line in text.splitlines() if line.startswith("#   "))
    questionnaires = parse_mapping(forms).questionnaires
    assert [bool(form.odi_link_ids) for form in questionnaires] == [False, True]
    assert dict(questionnaires[1].answer) == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5}


def test_the_default_codes_are_those_the_rules_name():
    mapping = parse_mapping()
    assert {(score.code, score.instrument) for score in mapping.scores} == {
        ("72514-3", "pain"),
        ("38214-3", "pain"),
        ("97909-6", "odi"),
    }
    back = {site.code for site in mapping.body_sites if site.instrument == "back_pain"}
    leg = {site.code for site in mapping.body_sites if site.instrument == "leg_pain"}
    assert back == {"77568009", "37822005", "122496007"}
    assert leg >= {"61685007", "30021000"}
    assert {site.side for site in mapping.body_sites if site.instrument == "back_pain"} == {None}


def test_what_a_site_writes_is_looked_at_first_and_the_defaults_after_it():
    default = parse_mapping()
    mapping = parse_mapping('[mode]\n"kiosk" = "electronic"\n"telephone" = "paper"\n')
    assert dict(mapping.mode) == {**default.mode, "kiosk": "electronic", "telephone": "paper"}
    mapping = parse_mapping('[[fhir.surgeon]]\nsystem = "urn:x"\ncode = "S"\n')
    assert mapping.surgeons == (("urn:x", "S"), *default.surgeons)
    assert mapping.scores == default.scores
    mapping = parse_mapping('[[payer]]\ncontains = ["aetna better health"]\npayer = "medicaid"\n')
    assert mapping.payer == (("aetna better health", "medicaid"), *default.payer)


def test_a_sites_meaning_of_a_code_system_wins():
    url = "http://snomed.info/sct"
    mapping = parse_mapping(f'[[fhir.system]]\nurl = "{url}"\nname = "cpt"\n')
    assert dict(mapping.systems)[url] == "cpt"


def test_words_are_compared_in_small_letters():
    words = parse_mapping('[instrument]\n"NRS Back" = "back_pain"\n').instrument
    assert set(words.items()) - set(parse_mapping().instrument.items()) == {("nrs back", "back_pain")}


REFUSED = {
    "unknown key timezon": 'timezon = "America/Chicago"',
    "unknown key fhir.scores": "[[fhir.scores]]\n",
    "unknown key fhir.score.codes": '[[fhir.score]]\nsystem = "a"\ncodes = "b"\n',
    "unknown key payer.name": '[[payer]]\nname = "x"\npayer = "aetna"\n',
    "unknown key fhir.identifier.ssn": '[fhir.identifier]\nssn = ["x"]\n',
    "unknown key fhir.questionnaire.odi": QUESTIONNAIRE + 'odi = "x"\n',
    "unknown key fhir.questionnaire.score.item": QUESTIONNAIRE + '[[fhir.questionnaire.score]]\nitem = "x"\n',
    "timezone must be a name": 'timezone = "Chicago"',
    "timezone must be a name such": "timezone = -6",
    "timezone must be": 'timezone = "../../etc/passwd"',
    "pain_without_body_site must be one of": 'pain_without_body_site = "odi"',
    "instrument.x must be one of": '[instrument]\nx = "neck"\n',
    "instrument must be a table": 'instrument = "back_pain"',
    "scale.x must be one of": '[scale]\nx = "faces"\n',
    "scale.x must be": "[scale]\nx = 10\n",
    "mode.x must be text": "[mode]\nx = 1\n",
    "payer must be a list of tables": 'payer = "aetna"',
    "payer must be a list": "[payer]\ncontains = []\n",
    "payer.payer must be one of": '[[payer]]\ncontains = ["x"]\npayer = "Aetna"\n',
    "payer.contains must be a list of texts": '[[payer]]\ncontains = "x"\npayer = "aetna"\n',
    "payer.contains must be a list": '[[payer]]\ncontains = [1]\npayer = "aetna"\n',
    "fhir must be a table": "fhir = 1",
    "fhir.system.name must be one of": '[[fhir.system]]\nurl = "urn:x"\nname = "icd9"\n',
    "fhir.system.url must be text": '[[fhir.system]]\nname = "cpt"\n',
    "fhir.score.system must be text": '[[fhir.score]]\ncode = "x"\ninstrument = "odi"\n',
    "fhir.score.instrument must be one of": '[[fhir.score]]\nsystem = "a"\ncode = "x"\n',
    "fhir.score.unit.x must be one of": '[[fhir.score]]\nsystem="a"\ncode="x"\ninstrument="odi"\nunit={x="y"}\n',
    "fhir.body_site.instrument must be one of": '[[fhir.body_site]]\nsystem="a"\ncode="x"\ninstrument="odi"\n',
    "fhir.body_site.side must be one of": '[[fhir.body_site]]\nsystem="a"\ncode="x"\ninstrument="leg_pain"\nside="both"\n',
    "fhir.surgeon.code must be text": '[[fhir.surgeon]]\nsystem = "a"\n',
    "fhir.identifier.npi must be a list": '[fhir.identifier]\nnpi = "x"\n',
    "must name the ten sections": QUESTIONNAIRE + 'odi_link_ids = ["1", "2"]\n',
    "must name the ten sections, each once": QUESTIONNAIRE + ODI_IDS.replace('"10"', '"9"'),
    "needs score items or odi_link_ids": QUESTIONNAIRE,
    "answer.a must be 0 to 5 points": QUESTIONNAIRE + ODI_IDS + "answer = { a = 6 }\n",
    "answer.a must be 0 to 5": QUESTIONNAIRE + ODI_IDS + 'answer = { a = "1" }\n',
    "answer.a must be 0": QUESTIONNAIRE + ODI_IDS + "answer = { a = true }\n",
    "fhir.questionnaire.url must be text": "[[fhir.questionnaire]]\n" + ODI_IDS,
    "score.scale must be one of": QUESTIONNAIRE
    + '[[fhir.questionnaire.score]]\nlink_id = "b"\ninstrument = "odi"\nscale = "x"\n',
    "score.link_id must be text": QUESTIONNAIRE + '[[fhir.questionnaire.score]]\ninstrument = "odi"\n',
    "date_format must be one of YYYY-MM-DD, MM/DD/YYYY, DD/MM/YYYY, DD.MM.YYYY, YYYYMMDD; a time of day": (
        'date_format = "MM-DD-YYYY"'
    ),
    "date_format must be one": 'date_format = "MM/DD/YYYY HH"',
    "date_format must be": "date_format = true",
    "not valid TOML": "timezone = ",
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_is_refused_with_its_key(message):
    with pytest.raises(MappingError, match=re.escape(message)) as caught:
        parse_mapping(REFUSED[message])
    assert str(caught.value).startswith("mapping: ")
    assert "\n" not in str(caught.value)


def test_the_default_text_is_valid_toml_and_says_what_each_part_is():
    text = default_mapping_text()
    assert tomllib.loads(text)
    assert sum(line.startswith("#") for line in text.splitlines()) > 30
