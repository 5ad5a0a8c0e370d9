"""The vocabulary of QRDA Category III: data with a source, and the words of records put into its categories."""

import csv
from importlib.resources import files

import pytest

from clinical_document import SCHEMAS, parsed
from lumbar.codelists import qrda3
from lumbar.codelists.qrda3 import ELEMENTS, NULL_FLAVOR_SYSTEM, categories, category_of, normalised, templates
from lumbar.tables.clinical import PAYERS

CONFIDENCES = {"certain", "likely", "unverified", "unknown"}


def rows(name):
    text = (files(qrda3) / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("name", ["template", "category", "recorded_words"])
def test_every_row_names_its_source_and_how_sure_it_is(name):
    assert rows(name)
    for row in rows(name):
        assert None not in row.values()
        assert row["source"]
        assert row["confidence"] in CONFIDENCES


def test_the_words_are_sorted_unique_normalised_and_of_a_category_there_is():
    keys = [(row["element"], row["words"]) for row in rows("recorded_words")]
    assert keys == sorted(set(keys))
    for row in rows("recorded_words"):
        assert row["words"] == normalised(row["words"])
        assert row["code"] in {category.code for category in categories(row["element"])}


def test_every_payer_of_a_result_has_a_group():
    assert {payer: category_of("payer", payer) for payer in PAYERS}.keys() == set(PAYERS)
    assert all(category_of("payer", payer) in "ABCD" for payer in PAYERS)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="../shared, with the schemas, is not beside the checkout")
@pytest.mark.parametrize(
    ("element", "value_set"),
    [
        ("race", "2.16.840.1.114222.4.11.836"),
        ("ethnicity", "2.16.840.1.114222.4.11.837"),
        ("payer", "2.16.840.1.113883.3.249.14.102"),
    ],
)
def test_the_categories_are_those_of_cmss_vocabulary(element, value_set):
    path = f"//*[@valueSetOid='{value_set}']/*[local-name()='code']"
    wanted = {(c.get("value"), c.get("codeSystem")) for c in parsed(SCHEMAS / "cms2026" / "voc.xml").xpath(path)}
    ours = {(c.code, c.system) for c in categories(element) if c.system != NULL_FLAVOR_SYSTEM}
    assert ours == wanted


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="../shared, with the schemas, is not beside the checkout")
def test_every_template_is_one_the_schematron_looks_for():
    text = (SCHEMAS / "cms2026" / "EP_CAT_III.sch").read_text(encoding="utf-8")
    parts = ("document", "measure_section", "reporting_parameters", "measure", "population", "count", "rate", *ELEMENTS)
    assert {row["part"] for row in rows("template")} == set(parts)
    for part in parts:
        assert templates(part)
        for template in templates(part):
            version = f"[@extension='{template.extension}']" if template.extension else "[not(@extension)]"
            assert f"cda:templateId[@root='{template.root}']{version}" in text


@pytest.mark.parametrize(
    ("element", "recorded", "code"),
    [
        ("sex", "female", "248152002"),
        ("sex", "M", "248153007"),
        ("sex", "other", "OTH"),
        ("sex", None, "UNK"),
        ("sex", " ", "UNK"),
        ("sex", "male; female", "UNK"),
        ("sex", "no word of ours", None),
        ("race", "White", "2106-3"),
        ("race", "2106-3", "2106-3"),
        ("race", "BLACK OR AFRICAN AMERICAN", "2054-5"),
        ("race", "Black/African-American", "2054-5"),
        ("race", "White; Caucasian", "2106-3"),
        ("race", "White, Asian", "2131-1"),
        ("race", "Native Hawaiian or Other Pacific Islander|White", "2131-1"),
        ("race", "Two or More Races", "2131-1"),
        ("race", "White; unknown", "2106-3"),
        ("race", "declined", "ASKU"),
        ("race", "White; something of our own", None),
        ("race", ";", None),
        ("race", None, "UNK"),
        ("ethnicity", "Hispanic or Latino", "2135-2"),
        ("ethnicity", "Non-Hispanic", "2186-5"),
        ("ethnicity", "Hispanic; Not Hispanic", "UNK"),
        ("ethnicity", "Patient declined", "ASKU"),
        ("payer", "medicare_advantage", "A"),
        ("payer", "blue_cross_blue_shield", "C"),
        ("payer", "unknown", "D"),
    ],
)
def test_what_is_recorded_falls_into_one_category(element, recorded, code):
    assert category_of(element, recorded) == code
