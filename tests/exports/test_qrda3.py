"""QRDA Category III: the counts are the result's, in every population and category, read by other code than wrote them."""

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from clinical_document import HL7, parsed, population_counts
from command_line import assert_one_clear_line, lumbar
from lumbar.exports.qrda3 import write_qrda3
from lumbar.exports.qrda3.settings import qrda3_settings
from lumbar.workflow.exporting import leaving
from lumbar.workflow.result import stored

TIN = "000456789"
NOT_FOR_CMS = "Not accepted by CMS for these measures; for interchange only."
SETTINGS = {
    "cehrt_id": "0015CA26LUMBAR1",
    "vendor_name": "Records & Sons <GmbH>",
    "software_name": 'The "Chart"',
    "software_version": "7.1",
    "organization_name": "Spine & Joint — Ärzte <Nord>",
    "street": "1 Main Street",
    "city": "Duluth",
    "state": "MN",
    "postal_code": "55802",
    "telephone": "+1-218-555-0100",
    "signer_given_name": "Zoë",
    "signer_family_name": "O'Hara",
}
# What the synthetic clinic records, and where it counts.
SEX = {"female": "248152002", "male": "248153007", "other": "OTH", "unknown": "UNK", None: "UNK"}
RACE = {
    "White": "2106-3",
    "Black or African American": "2054-5",
    "Asian": "2028-9",
    "American Indian or Alaska Native": "1002-5",
    "Other Race": "2131-1",
    None: "UNK",
}
ETHNICITY = {"Hispanic or Latino": "2135-2", "Not Hispanic or Latino": "2186-5", None: "UNK"}
PAYER = {
    **dict.fromkeys(("medicare", "medicare_traditional", "medicare_advantage"), "A"),
    "medicaid": "B",
    **dict.fromkeys(("aetna", "cigna", "unitedhealthcare", "blue_cross_blue_shield"), "C"),
    **dict.fromkeys(("workers_compensation", "self_pay", "other", "unknown"), "D"),
}
IN = {
    "IPOP": {"met", "not_met", "not_assessed", "open", "upcoming"},
    "DENOM": {"met", "not_met", "not_assessed"},
    "DENEX": set(),
    "DENEXCEP": set(),
    "NUMER": {"met"},
}


def settings_file(folder, **changed):
    """A settings file with every key."""
    path = folder / "site.toml"
    lines = [
        f"{key} = {value!r}" if '"' in value else f'{key} = "{value}"' for key, value in (SETTINGS | changed).items()
    ]
    path.write_text("[qrda3]\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def exported(folder, path, *more):
    """The file of a result, written by the command."""
    ended = lumbar("export", "qrda3", folder, "--out", path, "--tin", TIN, *more)
    assert ended.code == 0, ended.err
    return path


@pytest.fixture(scope="module")
def group_file(closed, tmp_path_factory):
    """The file of the whole practice."""
    return exported(closed, tmp_path_factory.mktemp("qrda3") / "group.xml")


def counted(folder, npi=None):
    """What a file must say, from the rows of the result one by one."""
    result = stored(folder)
    people = {row["patient_id"]: row for row in result.clinical("patient").to_pylist()}
    strata = {(m.id, s.kind): s.name for m in result.rules.measures for s in m.strata}
    found = {
        (m.id, s.name): dict.fromkeys(IN, 0)
        | {(code, e): Counter() for code in IN for e in ("sex", "race", "ethnicity", "payer")}
        for m in result.rules.measures
        for s in m.strata
    }
    for row in result.outcome.to_pylist():
        if row["in_measure"] and npi in (None, row["surgeon_npi"]):
            person = people[row["patient_id"]]
            categories = {
                "sex": SEX[person["sex"]],
                "race": RACE[person["race"]],
                "ethnicity": ETHNICITY[person["ethnicity"]],
                "payer": PAYER[row["payer"]],
            }
            of_stratum = found[row["measure_id"], strata[row["measure_id"], row["kind"]]]
            for code, statuses in IN.items():
                if row["status"] in statuses:
                    of_stratum[code] += 1
                    for element, category in categories.items():
                        of_stratum[code, element][category] += 1
    return found


def assert_says(path, wanted):
    said = population_counts(parsed(path))
    assert said.keys() == wanted.keys()
    for key, counts in wanted.items():
        for name, count in counts.items():
            there = said[key][name]
            assert (Counter({c: n for c, n in there.items() if n}) if isinstance(name, tuple) else there) == count
        judged = counts["DENOM"]
        rate = said[key]["rate"]
        assert rate == "NA" if not judged else abs(Decimal(rate) - Decimal(counts["NUMER"]) / judged) <= Decimal("5e-7")
        assert len(rate.partition(".")[2]) <= 6


def test_every_count_and_rate_is_the_results(closed, group_file):
    assert_says(group_file, counted(closed))


def test_the_counts_are_those_of_the_rate_table(closed, group_file):
    rates = {(r["measure_id"], r["stratum"]): r for r in stored(closed).rate.to_pylist() if r["stratum"] != "overall"}
    said = population_counts(parsed(group_file))
    assert said.keys() == rates.keys()
    for key, row in rates.items():
        assert [said[key][code] for code in IN] == [row["eligible"], row["met"] + row["not_met"], 0, 0, row["met"]]
        assert abs(float(said[key]["rate"]) - row["rate"]) < 1e-6


def test_each_count_is_the_sum_of_its_categories(group_file):
    for of_stratum in population_counts(parsed(group_file)).values():
        for code in IN:
            for element in ("sex", "race", "ethnicity", "payer"):
                assert sum(of_stratum[code, element].values()) == of_stratum[code]


def test_every_category_is_written_also_of_nobody(group_file):
    for of_stratum in population_counts(parsed(group_file)).values():
        for code in IN:
            assert [len(of_stratum[code, e]) for e in ("sex", "race", "ethnicity", "payer")] == [4, 8, 4, 4]


def test_a_clinicians_file_is_of_that_clinicians_operations_and_names_them(closed, tmp_path):
    npi = sorted(set(stored(closed).outcome["surgeon_npi"].to_pylist()) - {None})[0]
    path = exported(closed, tmp_path / "one.xml", "--npi", npi)
    assert_says(path, counted(closed, npi))
    document = parsed(path)
    assert document.xpath("string(//h:intendedRecipient/h:id/@extension)", namespaces=HL7) == "MIPS_INDIV"
    performer = document.find(".//h:performer/h:assignedEntity", HL7)
    assert performer.xpath("h:id/@extension", namespaces=HL7) == [npi]
    assert performer.xpath("h:representedOrganization/h:id/@extension", namespaces=HL7) == [TIN]


def test_a_groups_file_names_no_clinician(group_file):
    document = parsed(group_file)
    assert document.xpath("string(//h:intendedRecipient/h:id/@extension)", namespaces=HL7) == "MIPS_GROUP"
    assert document.xpath("//h:performer/h:assignedEntity/h:id/@nullFlavor", namespaces=HL7) == ["NA"]


def test_one_measure_alone(closed, tmp_path):
    path = exported(closed, tmp_path / "one.xml", "--measure", "471")
    assert_says(path, {key: counts for key, counts in counted(closed).items() if key[0] == "471"})


def test_the_file_and_the_command_say_that_cms_does_not_accept_it(closed, tmp_path):
    ended = lumbar("export", "qrda3", closed, "--out", tmp_path / "f.xml", "--tin", TIN)
    assert NOT_FOR_CMS in ended.err.splitlines()
    assert NOT_FOR_CMS in (tmp_path / "f.xml").read_text(encoding="utf-8").splitlines()[1]
    document = parsed(tmp_path / "f.xml")
    assert "not for CMS" in document.findtext("h:title", namespaces=HL7)
    assert document.findtext(".//h:section/h:text/h:paragraph", namespaces=HL7).startswith(NOT_FOR_CMS)
    around = (
        r"\(95 % interval \d+\.\d to \d+\.\d %\); \d+\.\d % responded, and had all the others met it were \d+\.\d %"
    )
    assert re.search(rf"^459 lumbarDiscectomy: \d+\.\d %, \d+ of \d+ met {around}$", ended.out, re.MULTILINE)


def test_open_windows_are_refused_unless_the_file_is_interim(with_open_windows, tmp_path):
    path = tmp_path / "f.xml"
    ended = lumbar("export", "qrda3", with_open_windows, "--out", path, "--tin", TIN)
    assert_one_clear_line(ended)
    assert "--interim" in ended.err
    assert not path.exists()


def test_an_interim_file_says_so_and_judges_only_what_has_a_result(with_open_windows, tmp_path):
    path = exported(with_open_windows, tmp_path / "f.xml", "--interim")
    assert_says(path, counted(with_open_windows))
    said = population_counts(parsed(path))
    assert any(of_stratum["DENOM"] < of_stratum["IPOP"] for of_stratum in said.values())
    document = parsed(path)
    assert document.findtext("h:title", namespaces=HL7).endswith("(interim)")
    assert any(p.text.startswith("Interim: ") for p in document.iterfind(".//h:section/h:text/h:paragraph", HL7))


def test_interim_asked_of_a_closed_year_changes_nothing(closed, group_file, tmp_path):
    assert exported(closed, tmp_path / "f.xml", "--interim").read_bytes() == group_file.read_bytes()


def test_the_same_result_gives_the_same_bytes(closed, group_file, tmp_path):
    assert exported(closed, tmp_path / "again.xml").read_bytes() == group_file.read_bytes()


def test_another_date_or_site_is_another_document(closed, group_file, tmp_path):
    ids = {document_id(group_file)}
    ids.add(document_id(exported(closed, tmp_path / "date.xml", "--on", "2027-03-01")))
    ids.add(document_id(exported(closed, tmp_path / "site.xml", "--settings", settings_file(tmp_path))))
    ids.add(document_id(exported(closed, tmp_path / "measure.xml", "--measure", "459")))
    assert len(ids) == 4


def document_id(path):
    return parsed(path).xpath("string(/h:ClinicalDocument/h:id/@root)", namespaces=HL7)


def test_no_identifier_stands_for_two_things(group_file):
    """A rate names its numerator by the numerator's own identifier; nothing else is named twice."""
    document = parsed(group_file)
    things = document.xpath("/h:ClinicalDocument/h:id | //h:organizer/h:id | //h:act/h:id", namespaces=HL7)
    populations = document.xpath(
        "//h:component/h:observation[h:entryRelationship]/h:reference/h:externalObservation/h:id", namespaces=HL7
    )
    roots = [one.get("root") for one in [*things, *populations]]
    assert len(roots) == len(set(roots)) == 1 + 3 + 1 + 6 * 5


def test_the_populations_are_named_the_same_in_every_file(closed, group_file, tmp_path):
    other = exported(closed, tmp_path / "f.xml", "--on", "2027-03-01", "--measure", "459")
    path = "//h:organizer/h:reference//h:id/@root | //h:externalObservation/h:id/@root"
    assert set(parsed(other).xpath(path, namespaces=HL7)) <= set(parsed(group_file).xpath(path, namespaces=HL7))


def test_the_date_written_is_the_one_asked_for(closed, group_file, tmp_path):
    assert parsed(group_file).xpath("string(h:effectiveTime/@value)", namespaces=HL7) == "20270201"
    path = exported(closed, tmp_path / "f.xml", "--on", "2027-03-01")
    assert set(parsed(path).xpath("//h:author/h:time/@value | h:effectiveTime/@value", namespaces=HL7)) == {"20270301"}


def test_the_settings_stand_in_the_file_sign_by_sign(closed, tmp_path):
    path = exported(closed, tmp_path / "f.xml", "--settings", settings_file(tmp_path))
    text = path.read_text(encoding="utf-8")
    assert "Spine &amp; Joint — Ärzte &lt;Nord&gt;" in text
    assert "PLACEHOLDER" not in text
    document = parsed(path)
    assert document.findtext(".//h:performer//h:name", namespaces=HL7) == SETTINGS["organization_name"]
    assert document.findtext(".//h:softwareName", namespaces=HL7) == 'The "Chart" 7.1'
    assert document.findtext(".//h:manufacturerModelName", namespaces=HL7) == SETTINGS["vendor_name"]
    assert document.findtext(".//h:legalAuthenticator//h:family", namespaces=HL7) == "O'Hara"
    assert document.xpath("string(//h:participant//h:id/@extension)", namespaces=HL7) == SETTINGS["cehrt_id"]


def test_placeholders_are_told_by_the_file_and_the_command(closed, tmp_path):
    path = tmp_path / "f.xml"
    ended = lumbar("export", "qrda3", closed, "--out", path, "--tin", TIN)
    told = next(line for line in ended.err.splitlines() if line.startswith("Placeholders"))
    assert all(key in told for key in SETTINGS)
    assert told in path.read_text(encoding="utf-8")


def test_the_printed_settings_have_every_key_explained_and_can_be_used(closed, group_file, tmp_path):
    ended = lumbar("export", "qrda3", "--print-settings")
    assert ended.code == 0
    assert {line.split(" = ")[0] for line in ended.out.splitlines() if " = " in line} == SETTINGS.keys()
    (tmp_path / "site.toml").write_text(ended.out, encoding="utf-8")
    path = exported(closed, tmp_path / "f.xml", "--settings", tmp_path / "site.toml")
    assert path.read_bytes() == group_file.read_bytes()


@pytest.mark.parametrize("value", ["", "  ", "a\\u0001b", "a\\nb"])
def test_a_setting_that_cannot_be_shown_is_refused(closed, tmp_path, value):
    ended = lumbar("export", "qrda3", closed, "--out", tmp_path / "f.xml", "--tin", TIN,
                   "--settings", settings_file(tmp_path, city=value))  # fmt: skip
    assert_one_clear_line(ended)
    assert "city" in ended.err
    assert not (tmp_path / "f.xml").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--tin", "12345"), "TIN"),
        (("--tin", TIN, "--npi", "1234567890"), "check digit"),
        (("--tin", TIN, "--measure", "460"), "no measure '460'"),
        (("--tin", TIN, "--on", "soon"), "YYYY-MM-DD"),
        (("--tin", TIN, "--settings", "no-such.toml"), "no such file"),
        ((), "--tin"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_written(closed, tmp_path, more, said):
    ended = lumbar("export", "qrda3", closed, "--out", tmp_path / "f.xml", *more)
    assert_one_clear_line(ended)
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []


def test_words_no_list_holds_are_counted_as_unknown_and_told_without_the_words(closed, tmp_path):
    what = leaving(stored(closed))
    people = what.clinical("patient")
    leave = set(what.rows["patient_id"].to_pylist())
    races = ["Martian" if row["race"] == "Asian" else row["race"] for row in people.to_pylist()]
    n = sum(row["race"] == "Asian" and row["patient_id"] in leave for row in people.to_pylist())
    altered = people.set_column(people.schema.get_field_index("race"), "race", [races])
    what = replace(what, clinical=lambda name: altered)
    lines = write_qrda3(what, tmp_path / "f.xml", tin=TIN, settings=qrda3_settings(None), interim=False)
    assert n > 0
    assert (f"The race of {n} patients is recorded in words we do not know: counted as unknown", True) in lines
    assert "Martian" not in (tmp_path / "f.xml").read_text(encoding="utf-8") + str(lines)
    for key, of_stratum in population_counts(parsed(tmp_path / "f.xml")).items():
        before = counted(closed)[key]["IPOP", "race"]
        assert of_stratum["IPOP", "race"]["UNK"] == before["UNK"] + before["2028-9"]
        assert of_stratum["IPOP", "race"]["2028-9"] == 0
