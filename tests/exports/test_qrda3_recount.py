"""The recount of QRDA Category III refuses every figure that is not the result's, wherever it stands in the file."""

from copy import deepcopy
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from clinical_document import HL7, parsed
from command_line import lumbar
from lumbar.codelists.qrda3 import category_of
from lumbar.codelists.rows import rows
from lumbar.errors import RecountError
from lumbar.exports.qrda3 import write_qrda3
from lumbar.exports.qrda3.settings import qrda3_settings
from lumbar.exports.recount import recount
from lumbar.exports.recount.expected import expected
from lumbar.exports.recount.qrda3_categories import category
from lumbar.workflow.exporting import release
from lumbar.workflow.result import stored

TIN = "000456789"
POPULATIONS = ("IPOP", "DENOM", "DENEX", "DENEXCEP", "NUMER")
STRATA = [(m, s) for m in ("459", "461", "471") for s in ("lumbarDiscectomy", "lumbarFusion")]
TEMPLATE = "2.16.840.1.113883.10.20.27.3."


def written(closed, folder, *measure_ids):
    """A file of some measures, and what the result says of them."""
    path = folder / "f.xml"
    named = [word for measure_id in measure_ids for word in ("--measure", measure_id)]
    ended = lumbar("export", "qrda3", closed, "--out", path, "--tin", TIN, *named)
    assert ended.code == 0, ended.err
    result = stored(closed)
    wanted = expected(
        result.outcome.to_pylist(),
        result.rules,
        measure_ids,
        None,
        date(2027, 2, 1),
        lambda name: result.clinical(name).to_pylist(),
        TIN,
    )
    recount("qrda3", path, wanted)
    return path, wanted


@pytest.fixture(scope="module")
def all_measures(closed, tmp_path_factory):
    return written(closed, tmp_path_factory.mktemp("all"), "459", "461", "471")


@pytest.fixture(scope="module")
def one_measure(closed, tmp_path_factory):
    return written(closed, tmp_path_factory.mktemp("one"), "459")


def refusal(released, path, place, alter):
    """What is said of the file with one change to it, which must be refused."""
    source, wanted = released
    document = parsed(source)
    found = document.xpath(place, namespaces=HL7)
    assert found, "the place is in the file"
    alter(found[0])
    document.write(str(path / "f.xml"), encoding="utf-8")
    with pytest.raises(RecountError) as refused:
        recount("qrda3", path / "f.xml", wanted)
    return str(refused.value)


@pytest.fixture
def refused_of_all(all_measures, tmp_path):
    """The refusal of the file of all measures, changed at a place."""
    return partial(refusal, all_measures, tmp_path)


@pytest.fixture
def refused(one_measure, tmp_path):
    """The refusal of the file of one measure, changed at a place."""
    return partial(refusal, one_measure, tmp_path)


def population(measure_id, stratum, code):
    """Where a population of a stratum stands."""
    return (
        f"//h:organizer[h:reference/h:externalDocument/h:id/@extension='{measure_id}']/h:component/h:observation"
        f"[h:reference/h:externalObservation[h:text='{stratum}' and h:code/@code='{code}']]"
        f"[h:templateId/@root='{TEMPLATE}5']"
    )


def rate(measure_id, stratum):
    return population(measure_id, stratum, "NUMER").replace(f"'{TEMPLATE}5'", f"'{TEMPLATE}14'") + "/h:value"


COUNT = "/h:entryRelationship[@typeCode='SUBJ']/h:observation/h:value"


def one_more(value):
    value.set("value", str(int(value.get("value")) + 1))


def removed(element):
    element.getparent().remove(element)


def doubled(element):
    element.addnext(deepcopy(element))


@pytest.mark.parametrize("code", POPULATIONS)
@pytest.mark.parametrize(("measure_id", "stratum"), STRATA)
def test_a_count_changed_by_one_is_refused(refused_of_all, measure_id, stratum, code):
    said = refused_of_all(population(measure_id, stratum, code) + COUNT, one_more)
    assert f"measure {measure_id}, {stratum}, {code}: " in said


@pytest.mark.parametrize(("measure_id", "stratum"), STRATA)
def test_a_rate_changed_in_its_last_place_is_refused(refused_of_all, measure_id, stratum):
    def nudge(value):
        digits = value.get("value")
        value.set("value", digits[:-1] + str((int(digits[-1]) + 1) % 10))

    assert f"measure {measure_id}, {stratum}, rates: " in refused_of_all(rate(measure_id, stratum), nudge)


@pytest.mark.parametrize(
    "element", [("6", "sex"), ("8", "race"), ("7", "ethnicity"), ("9", "payer")], ids=lambda e: e[1]
)
@pytest.mark.parametrize("code", POPULATIONS)
@pytest.mark.parametrize("stratum", ["lumbarDiscectomy", "lumbarFusion"])
def test_a_category_changed_by_one_is_refused(refused, stratum, code, element):
    number, name = element
    place = f"{population('459', stratum, code)}//h:observation[h:templateId/@root='{TEMPLATE}{number}']"
    for nth in (1, 4):
        assert f"measure 459, {stratum}, {code} by {name}" in refused(f"({place})[{nth}]{COUNT}", one_more)


SWAPS = {
    "sex": ("6", "248152002", "248153007"),
    "race": ("8", "2106-3", "2054-5"),
    "ethnicity": ("7", "2135-2", "2186-5"),
    "payer": ("9", "A", "C"),
}


def swapped(element):
    """A change of all of a document's categories of an element, or those below a node: one code for the other."""
    template, one, other = SWAPS[element]

    def swap(node):
        coded = node.xpath(
            f".//h:observation[h:templateId/@root='{TEMPLATE}{template}']//*[@code='{one}' or @code='{other}']",
            namespaces=HL7,
        )
        assert coded
        for found in coded:
            found.set("code", {one: other, other: one}[found.get("code")])

    return swap


@pytest.mark.parametrize("element", SWAPS)
@pytest.mark.parametrize("where", ["//h:structuredBody", population("459", "lumbarFusion", "NUMER")])
def test_people_of_one_category_counted_as_those_of_another_are_refused(refused, element, where):
    """Each sum stays; the rows of the result and their patients tell the categories."""
    assert f"by {element}" in refused(where, swapped(element))


def test_sexes_swapped_for_the_reader_too_are_refused(refused):
    """The narrative agrees with the entries then, and neither with the result."""

    def swap(body):
        swapped("sex")(body)
        for cell in body.xpath(".//h:td[text()='Male' or text()='Female']", namespaces=HL7):
            cell.text = {"Male": "Female", "Female": "Male"}[cell.text]

    said = refused("//h:structuredBody", swap)
    assert "by sex" in said
    assert "the table of" not in said


@pytest.mark.parametrize("nth", range(1, 5))
def test_another_tin_is_refused_in_any_place_and_not_told(refused, nth):
    said = refused(f"(//h:id[@extension='{TIN}'])[{nth}]", lambda one: one.set("extension", "111223333"))
    assert "111223333" not in said


def test_another_tin_throughout_is_refused_and_not_told(all_measures, tmp_path):
    source, wanted = all_measures
    text = source.read_text(encoding="utf-8")
    assert text.count(f'extension="{TIN}"') == 4
    (tmp_path / "f.xml").write_text(text.replace(TIN, "111223333"), encoding="utf-8")
    with pytest.raises(RecountError, match="the header, taxpayer number: not the one asked for") as refused:
        recount("qrda3", tmp_path / "f.xml", wanted)
    assert "111223333" not in str(refused.value)
    recount("qrda3", tmp_path / "f.xml", replace(wanted, tin=None))


@pytest.mark.parametrize("element", ["sex", "race", "ethnicity", "payer"])
def test_the_recount_looks_categories_up_as_the_writer_does(element):
    """Two pieces of code for one list: every word of it, in capitals, joined by every sign, and words of none."""
    words = [row["words"] for row in rows("lumbar.codelists.qrda3", "recorded_words") if row["element"] == element]
    texts = ["", "  ", "Martian", "White_", ";", *words, *(word.upper().replace(" ", "-") for word in words)]
    texts += [f"{one}{sign}{other}" for one in words for other in (*words, "Martian", "") for sign in ";|/,+& "]
    assert {text for text in texts if category(element, text) != (category_of(element, text) or "UNK")} == set()


@pytest.mark.parametrize("column", range(3, 8))
def test_a_count_in_the_narrative_changed_by_one_is_refused(refused, column):
    said = refused(f"//h:table[@ID='counts']/h:tbody/h:tr[2]/h:td[{column}]", next_number)
    assert "the table of counts: 459 lumbarFusion" in said


@pytest.mark.parametrize("column", range(3, 7))
def test_a_figure_beside_a_rate_changed_in_the_narrative_is_refused(refused, column):
    said = refused(f"//h:table[@ID='rates']/h:tbody/h:tr[2]/h:td[{column}]", next_number)
    assert "the table of rates: 459 lumbarFusion" in said


@pytest.mark.parametrize("column", range(5, 8))
def test_a_category_changed_in_the_narrative_is_refused(refused, column):
    said = refused(f"//h:table[@ID='supplemental']/h:tbody/h:tr[2]/h:td[{column}]", next_number)
    assert "the table of supplemental: 459 lumbarDiscectomy sex Male" in said


def next_number(cell):
    """The first digit of a cell is another one."""
    cell.text = str((int(cell.text[0]) + 1) % 10) + cell.text[1:]


@pytest.mark.parametrize("row", ["counts", "rates", "supplemental"])
@pytest.mark.parametrize("alter", [removed, doubled])
def test_a_row_of_the_narrative_lost_or_twice_is_refused(refused, row, alter):
    assert f"the table of {row}" in refused(f"//h:table[@ID='{row}']/h:tbody/h:tr[2]", alter)


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("h:effectiveTime", "value", "20270202"),
        ("//h:act/h:effectiveTime/h:low", "value", "20250101"),
        ("//h:act/h:effectiveTime/h:high", "value", "20261230"),
        ("//h:performer/h:assignedEntity/h:id", "nullFlavor", "UNK"),
        ("//h:intendedRecipient/h:id", "extension", "MIPS_INDIV"),
    ],
)
def test_a_header_that_is_not_the_results_is_refused(refused, place, name, value):
    assert "the header, " in refused(place, lambda element: element.set(name, value))


@pytest.mark.parametrize(
    ("place", "alter"),
    [
        ("//h:entry[h:organizer]", removed),
        ("//h:entry[h:organizer]", doubled),
        (population("459", "lumbarFusion", "DENEX"), removed),
        (population("459", "lumbarFusion", "DENEX"), lambda one: doubled(one.getparent())),
        (population("459", "lumbarFusion", "DENEX") + "//h:entryRelationship[@typeCode='COMP']", removed),
        (population("459", "lumbarFusion", "DENEX") + "//h:entryRelationship[@typeCode='COMP']", doubled),
        (population("459", "lumbarFusion", "DENEX") + COUNT, lambda value: value.set("value", "-0")),
        (rate("459", "lumbarFusion"), lambda value: removed(value.getparent().getparent())),
        (rate("459", "lumbarFusion"), lambda value: doubled(value.getparent().getparent())),
        ("//h:externalDocument/h:id", lambda one: one.set("extension", "460")),
        ("//h:performer//h:representedOrganization/h:id", lambda one: one.set("extension", "none")),
        ("//h:table", removed),
    ],
)
def test_a_part_lost_twice_or_damaged_is_refused(refused, place, alter):
    assert "not released" in refused(place, alter)


def test_a_file_cut_short_is_refused(one_measure, tmp_path):
    source, wanted = one_measure
    (tmp_path / "f.xml").write_bytes(source.read_bytes()[:-20])
    with pytest.raises(RecountError, match="has not the form of qrda3"):
        recount("qrda3", tmp_path / "f.xml", wanted)


def test_a_file_that_differs_is_not_released(closed, tmp_path):
    def write_wrongly(leaving, path):
        lines = write_qrda3(leaving, path, tin=TIN, settings=qrda3_settings(None), interim=False)
        path.write_text(
            path.read_text(encoding="utf-8").replace('xsi:type="INT" value="0"', 'xsi:type="INT" value="1"')
        )
        return lines

    with pytest.raises(RecountError, match="DENEX: 1 in the file, 0 in the result"):
        release(closed, "qrda3", tmp_path / "f.xml", write_wrongly)
    assert list(tmp_path.iterdir()) == []
