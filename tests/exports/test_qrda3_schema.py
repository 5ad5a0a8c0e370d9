"""QRDA Category III against the CDA schema and CMS's Schematron of 2026, and that both can say no."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from clinical_document import HL7, SCHEMAS, XSI_TYPE, failed_assertions, parsed, population_counts, schema_errors
from command_line import lumbar
from lumbar.workflow.result import stored

pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="../shared, with the schemas, is not beside the checkout")

TIN = "000456789"

# Every assertion of the error phase that fails, and why; the docs page has the same table.
ALLOWED = {
    "a-4484-18192-error": "wants the GUID of an eCQM as the measure's identifier: these measures have none",
}
# The same of the phase of warnings.
ALLOWED_WARNINGS = {
    "a-4484-18353-warning": "would like a measure set: these measures belong to none",
}


@pytest.fixture(scope="module")
def files(closed, with_open_windows, few_discectomies, another_year, tmp_path_factory):
    """A file of each sort."""
    folder = tmp_path_factory.mktemp("qrda3")
    npi = sorted(set(stored(closed).outcome["surgeon_npi"].to_pylist()) - {None})[0]
    kinds = {
        "group": (closed,),
        "clinician": (closed, "--npi", npi, "--on", "2027-03-01", "--measure", "471"),
        "interim": (with_open_windows, "--interim", "--measure", "461"),
        "nobody": (few_discectomies, "--measure", "459"),
        "nobody at all": (another_year,),
        "settings": (closed, "--measure", "459", "--settings", site(folder)),
    }
    for name, (result, *more) in kinds.items():
        ended = lumbar("export", "qrda3", result, "--out", folder / f"{name}.xml", "--tin", TIN, *more)
        assert ended.code == 0, ended.err
    return folder


def site(folder):
    """Settings of a real-looking site."""
    path = folder / "site.toml"
    text = lumbar("export", "qrda3", "--print-settings").out
    path.write_text(text.replace("PLACEHOLDER", "A < B & 'C'"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def few_discectomies(records, closed, tmp_path_factory):
    """The result of twenty patients who had discectomies alone: the stratum of fusions is of nobody."""
    rows = stored(closed).outcome.to_pylist()
    fused = {row["patient_id"] for row in rows if row["kind"] == "fusion"}
    operated = sorted({row["patient_id"] for row in rows if row["in_measure"]} - fused)[:20]
    folder = tmp_path_factory.mktemp("few")
    shutil.copytree(records, folder / "records")
    for path in (folder / "records").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            kept = [row for row in reader if row["patient_id"] in operated]
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, reader.fieldnames)
            writer.writeheader()
            writer.writerows(kept)
    ended = lumbar("evaluate", folder / "records", "--year", 2026, "--as-of", "2027-02-01",
                   "--out", folder / "result", "--no-report")  # fmt: skip
    assert ended.code == 0, ended.err
    return folder / "result"


@pytest.fixture(scope="module")
def another_year(few_discectomies):
    """The same records for a year in which nobody was operated on."""
    folder = few_discectomies.parent
    ended = lumbar("evaluate", folder / "records", "--year", 2023, "--as-of", "2027-02-01",
                   "--out", folder / "another-year", "--no-report")  # fmt: skip
    assert ended.code == 0, ended.err
    return folder / "another-year"


SORTS = ("group", "clinician", "interim", "nobody", "nobody at all", "settings")


@pytest.mark.parametrize("sort", SORTS)
def test_the_file_is_valid_by_the_cda_schema(files, sort):
    assert schema_errors(parsed(files / f"{sort}.xml")) == []


@pytest.mark.parametrize("sort", SORTS)
def test_no_assertion_of_cms_fails_but_those_listed_and_each_of_those_does(files, sort):
    document = parsed(files / f"{sort}.xml")
    assert failed_assertions(document).keys() == ALLOWED.keys()
    assert failed_assertions(document, "warnings").keys() == ALLOWED_WARNINGS.keys()


def test_the_docs_list_what_fails():
    page = (Path(__file__).parents[2] / "docs" / "exports" / "qrda3.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(a-[\w-]+)` \|", page, re.MULTILINE)) == ALLOWED.keys() | ALLOWED_WARNINGS.keys()


def test_a_stratum_of_nobody_has_counts_of_zero_and_no_rate(files):
    of_stratum = population_counts(parsed(files / "nobody.xml"))["459", "lumbarFusion"]
    assert [of_stratum[code] for code in ("IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER")] == [0] * 5
    assert of_stratum["rate"] == "NA"
    assert population_counts(parsed(files / "nobody.xml"))["459", "lumbarDiscectomy"]["IPOP"] > 0


POPULATION = "//h:observation[h:templateId/@root='2.16.840.1.113883.10.20.27.3.5']"
RATE = "//h:observation[h:templateId/@root='2.16.840.1.113883.10.20.27.3.14']"


def removed(path):
    def change(document):
        found = document.xpath(path, namespaces=HL7)[0]
        found.getparent().remove(found)

    return change


def changed(path, name, value):
    def change(document):
        document.xpath(path, namespaces=HL7)[0].set(name, value)

    return change


@pytest.mark.parametrize(
    ("change", "assertion"),
    [
        (removed(f"{POPULATION}/h:entryRelationship[@typeCode='SUBJ']"), "a-3259-17619-error"),
        (removed(f"{POPULATION}//h:value[@*[local-name()='type']='INT']"), "a-77-17567-error"),
        (changed(f"{RATE}/h:value", "value", "1.5"), "a-CMS_62-error"),
        (changed(f"{RATE}/h:value", "value", "0.1234567"), "a-CMS_63-error"),
        (changed("//h:translation[@code='C']", "code", "E"), "a-CMS_53-error"),
        (removed("/h:ClinicalDocument/h:participant"), "a-CMS_140-error"),
        (changed("//h:intendedRecipient/h:id", "extension", "MIPS_NOBODY"), "a-CMS_11-error"),
        (
            changed("//h:intendedRecipient/h:id", "extension", "MIPS_INDIV"),
            "a-5562-18178_C01-MIPSINDIV-assignedEntity-error",
        ),
        (changed("//h:performer//h:id", "extension", "1234567890"), "a-CMS_0117-error"),
        (removed("//h:entry[h:act]"), "a-4484-21467-error"),
        (changed("/h:ClinicalDocument/h:templateId[2]", "extension", "2024-05-01"), "a-CMS_1-error"),
    ],
)
def test_the_schematron_notices(files, change, assertion):
    document = parsed(files / "settings.xml")
    change(document)
    assert assertion in failed_assertions(document)


def test_an_ecqms_guid_would_satisfy_the_one_that_fails(files):
    """The exception is about the GUID and nothing else."""
    document = parsed(files / "settings.xml")
    for one in document.xpath("//h:externalDocument/h:id", namespaces=HL7):
        one.set("root", "2.16.840.1.113883.4.738")
    assert not failed_assertions(document)


@pytest.mark.parametrize(
    "change",
    [
        removed("/h:ClinicalDocument/h:custodian"),
        changed(f"{POPULATION}//h:value[@*[local-name()='type']='INT']", "value", "many"),
        changed(f"{RATE}/h:value", XSI_TYPE, "FRACTION"),
        changed("//h:table", "height", "3"),
    ],
)
def test_the_schema_notices(files, change):
    document = parsed(files / "settings.xml")
    change(document)
    assert schema_errors(document)
