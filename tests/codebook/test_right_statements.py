"""Right statements are never accused, wrong ones beside them are."""

from datetime import date

import pytest

from lumbar.codebook.lint import document_findings, lint
from lumbar.codebook.lint.documents import HTML, MARKDOWN, TEXT, Document, blocks_of
from source_files import ROOT

ON = date(2026, 11, 21)
BRIEFS = sorted((ROOT / "tests" / "fixtures" / "briefs").iterdir())
COMPANIONS = "\n\nBeside it stand G2136, G9943 and G9945.\n"


def findings(text, on=ON):
    return document_findings(Document("text.md", MARKDOWN, blocks_of(text, MARKDOWN)), on)


def kinds(text, on=ON):
    return {found.kind for found in findings(text, on)}


@pytest.mark.parametrize("path", BRIEFS, ids=lambda path: path.name)
def test_a_right_brief_has_no_finding(path):
    assert {path.suffix for path in BRIEFS} == {".md", ".html", ".txt"}
    assert lint([path], ON) == []


def labelled(head, code, label):
    return f"# A table\n\n| {head} | Description |\n|---|---|\n| {code} | {label} |\n"


@pytest.mark.parametrize(
    ("head", "code", "label"),
    [
        ("Taxonomy", "207X00000X", "Orthopedics"),
        ("Taxonomy", "207X00000X", "Spine surgeon (orthopaedic)"),
        ("Taxonomy", "207T00000X", "Neurosurgeon"),
        ("Taxonomy", "207L00000X", "Anaesthetist"),
        ("Taxonomy", "208100000X", "Physiatrist"),
        ("Taxonomy", "208VP0000X", "Pain management"),
        ("Taxonomy", "207RC0000X", "Cardiologist"),
        ("Taxonomy", "207LP2900X", "Pain medicine"),
        ("Taxonomy", "207XS0117X", "Spine surgery"),
        ("Taxonomy", "363A00000X", "PA"),
        ("Modifier", "AS", "PA at surgery"),
        ("Modifier", "AS", "Non-physician assistant-at-surgery"),
        ("Modifier", "QX", "CRNA, medically directed"),
        ("Modifier", "QZ", "CRNA without medical direction"),
        ("Modifier", "62", "Co-surgery"),
        ("Modifier", "55", "Follow-up care only"),
        ("Modifier", "54", "Operation only"),
        ("Modifier", "22", "Extra work"),
        ("Modifier", "24", "Unrelated E/M in the postoperative period"),
        ("Modifier", "SG", "ASC facility"),
        ("Modifier", "50", "Both sides"),
        ("ICD-10", "M54.16", "Sciatica"),
        ("ICD-10", "M54.16", "Pinched nerve"),
        ("ICD-10", "M54.50", "Lumbago"),
        ("ICD-10", "M51.26", "Slipped disc"),
        ("ICD-10", "M51.16", "Disc prolapse with nerve root pain"),
        ("ICD-10", "M48.062", "Stenosis with claudication"),
        ("ICD-10", "M48.061", "Stenosis"),
        ("ICD-10", "M47.816", "Facet arthritis of the lumbar spine"),
        ("ICD-10", "M96.1", "Failed back surgery"),
        ("ICD-10", "I10", "High blood pressure"),
        ("CPT", "63030", "Microdiscectomy"),
        ("CPT", "63047", "Decompression"),
        ("CPT", "22633", "Fusion with laminectomy"),
        ("CPT", "99213", "Follow-up visit"),
        ("CPT", "96127", "PHQ-9"),
        ("POS", "24", "ASC"),
        ("HCPCS", "G9943", "performance not met: not assessed"),
        ("HCPCS", "G2137", "greater than 3.0, improved by less than 5.0"),
        ("HCPCS", "G9945", "denominator exclusion"),
        ("HCPCS", "G2142", "functional status at one year: met"),
    ],
)
def test_a_paraphrase_is_not_accused(head, code, label):
    assert findings(labelled(head, code, label)) == []


@pytest.mark.parametrize(
    ("head", "code", "label"),
    [
        ("Taxonomy", "207T00000X", "Orthopaedic surgery"),
        ("Taxonomy", "207X00000X", "Neurosurgery"),
        ("Taxonomy", "208100000X", "Anesthesiology"),
        ("Taxonomy", "225100000X", "Chiropractor"),
        ("Modifier", "80", "CRNA"),
        ("Modifier", "QZ", "CRNA with medical direction"),
        ("Modifier", "LT", "Right side"),
        ("Modifier", "62", "Discontinued procedure"),
        ("ICD-10", "M43.16", "Lumbar disc degeneration"),
        ("ICD-10", "M51.16", "Cervical disc disorder with radiculopathy"),
        ("ICD-10", "M48.062", "Stenosis without neurogenic claudication"),
        ("ICD-10", "M47.816", "Spondylosis with radiculopathy"),
        ("CPT", "22630", "Lumbar discectomy"),
        ("POS", "11", "Ambulatory surgery center"),
        ("HCPCS", "G2138", "back pain at three months: met"),
        ("HCPCS", "G2138", "leg pain at one year: met"),
        ("HCPCS", "G2143", "ODI at one year: met"),
        ("HCPCS", "G9946", "excluded"),
    ],
)
def test_the_label_of_another_is_accused(head, code, label):
    assert [(f.code, f.kind) for f in findings(labelled(head, code, label))] == [(code, "label_contradicts_code")]


@pytest.mark.parametrize(
    "sentence",
    [
        "No benchmark has been published for G2137.",
        "CMS has not published benchmarks for this code, and this page gives none.",
        "If CMS builds a same-year benchmark, G2137 would be scored against it.",
        "Measures with a benchmark are scored against deciles.",
        "Benchmarks for G2137 are unavailable.",
        "No payer pays G2137.",
        "Key payers do not cover G2137.",
        "G2137 is no billing code.",
        "Medicare pays for the operation.",
        "Figures can be broken down by payer.",
        "The score is not an objective pain finding.",
        "It does not apply after any spine surgery, only after a lumbar discectomy.",
        "The code captures pain after lumbar spine surgery.",
        "The fusion patient's score at three months is collected but does not count.",
        "A fusion is eligible at one year, not at three months.",
        "Fusions at three months are in no stratum.",
        "A fusion at three months meets criteria that the measure does not ask for.",
        "After a discectomy the score at one year is of clinical interest only.",
        "A discectomy counts at three months, even when the patient is seen at one year.",
        "At three months the surgeon reports 99024, since 99214 falls in the global period.",
        "99214 is right at the one-year visit.",
        "From day 91 on 99214 may be billed.",
        "96127 is for depression screening, never for a pain score.",
        "PHQ-9 depression screening (96127) may be done with the VAS.",
        "M54.5 was billable until 30 September 2021.",
        "M54.5 is a header; use M54.50.",
        "Codes below M51.36 tell where the pain is.",
        "M54.5- and M51.2- exclude each other.",
        "M51.26 says nothing of radiculopathy; with it the code is M51.16.",
        "M51.26 or M54.50, one of them.",
        "G9942 was reported until 2022.",
        "Modifier 59 does not belong on G2137.",
        "The surgical line carries modifier 22; G2137 has none.",
        "Use modifier AS for the PA on 63030, and report G2137 at three months.",
        "The surgeon reports 63030 with modifier 22 in March and G2137 in June.",
        "Bill 63030 with modifier 62 for co-surgery; G2137 follows at three months.",
        "Visit at three months after discectomy, day 92: 99214.",
        "At three months after discectomy on day 95 of follow-up the surgeon bills 99214.",
        "99214 is billed 14 weeks after discectomy.",
        "99213 is billed two weeks after the first call.",
        "99213 with modifier 24 is billed two weeks after discectomy.",
        "A patient (99213) was seen two days after surgery by her cardiologist.",
        "Two weeks after discectomy the family physician bills 99213.",
        "Report both G2136 and G9943 as your registry asks.",
        "Never report both G2136 and G2137 for the same patient.",
        "A registry that gets both G2136 and G2137 for the same patient rejects them.",
        "Report both G2137 and G2141 for the same patient.",
        "A fusion, scored 6 at three months, meets G2137 by the code's own words; it is in no stratum.",
        "A fusion at three months: G2137 by the descriptor, outside the measure.",
        "A discectomy patient is scored at three months with G2137.",
        "After a fusion the score at one year was 6, so the code is G2139.",
        "A fusion patient scored 6 at three months does not meet G2137.",
        "If a fusion patient is seen at three months, the code is G2137 in the descriptor view alone.",
        "At three months after a fusion: G9945.",
        "G2137: back pain not met at three months",
        "- G2137: back pain not met at three months.",
        "G2136 (met), G2137 (not met), G9943 (not assessed)",
        "G2136: met, G2137: not met, G9943: not assessed.",
        "G2136, G2137 and G9943: met, not met, not assessed.",
        "**G2142** (ODI at one year, met)",
        "G2146 = leg pain at one year, met",
        "G2137: leg pain is another matter.",
        "G2137: leg pain takes G2141.",
        "G2137 (leg pain: G2141)",
        "G2137 (leg pain, G2141: beside it)",
        "G2137 (leg pain, G2141)",
        "G2139: back pain three months before surgery to one year",
        "G9943: not met at three months, not assessed",
        "G2137 benchmark: none.",
        "The share of G2137 was 45%, and no benchmark stands beside it.",
        "The benchmark of another programme: 45%.",
        "G55 and M51.16 are never reported together.",
        "G55 is reported with the disease that compresses the root.",
        "The level T12 and M51.16 are reported together.",
        "A benchmark for measure 226 is published.",
        "The benchmark for G2137 is set by our own group.",
        "The benchmark of other programmes is decile-based.",
        "Bill 99214 in week 14 after discectomy, about three months.",
        "The 54-year-old patient, 22 of them, 90210 and 12345.",
    ],
)
def test_a_right_sentence_is_not_accused(sentence):
    assert findings(f"# HCPCS G2137\n\n{sentence}{COMPANIONS}") == []


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("The national benchmark for measure 459 is 62 %.", "claimed_benchmark"),
        ("Benchmarks for G2137 are published every year.", "claimed_benchmark"),
        ("This guide includes benchmarks.", "claimed_benchmark"),
        ("Medicare pays for G2137.", "claimed_payment"),
        ("This page has payer coverage notes.", "claimed_payment"),
        ("The billing code G2137 is used in clinics.", "result_called_service"),
        ("G2137 applies following back surgery.", "scope_too_wide"),
        ("Objective back pain scores are kept.", "report_called_objective"),
        ("A TLIF patient with a score of 6 at 12 weeks, that is 6 to 20 weeks, qualifies.", "fusion_at_three_months"),
        ("The arthrodesis counts for the measure at 3 months.", "fusion_at_three_months"),
        ("The laminectomy without fusion is eligible at 12 months.", "discectomy_at_one_year"),
        ("Bill 99213 at the visit 6 weeks after surgery.", "visit_in_global_period"),
        ("The surgeon bills 99214 at three months after discectomy, on day 80.", "visit_in_global_period"),
        ("Bill 99213 two weeks after discectomy.", "visit_in_global_period"),
        ("Bill 99213 at the six-week postoperative visit.", "visit_in_global_period"),
        ("Bill 99214 on postoperative day 42.", "visit_in_global_period"),
        ("Report G2137 with modifier 59.", "modifier_on_quality_data_line"),
        ("Report 63030 in March, and G2137 with modifier 59 in June.", "modifier_on_quality_data_line"),
        ("Report 63030 in March and G2137 with modifier 59 in June.", "modifier_on_quality_data_line"),
        ("Report both G2136 and G2137 for the same patient.", "codes_exclude_each_other"),
        ("Both G2136 and G9943 are submitted for one episode.", "codes_exclude_each_other"),
        (
            "The patient underwent a lumbar decompression and fusion. Back pain was 8 before; at three months it was 6. "
            "This meets G2137.",
            "fusion_at_three_months",
        ),
        ("A patient had a fusion. At three months: G2137.", "fusion_at_three_months"),
        ("A fusion patient is scored at three months with G2137.", "fusion_at_three_months"),
        ("After a discectomy the score at one year was 6, so the code is G2139.", "discectomy_at_one_year"),
        ("- G2137: Leg pain not met at three months", "label_contradicts_code"),
        ("G2136: back pain not met at three months.", "label_contradicts_code"),
        ("**G2142** (ODI at three months, met)", "label_contradicts_code"),
        ("G2146 = back pain at one year, met", "label_contradicts_code"),
        ("G2136: not met, G2137: not met.", "label_contradicts_code"),
        ("G2137 benchmark: 45%.", "claimed_benchmark"),
        ("The benchmark for G2137 is decile 7.", "claimed_benchmark"),
        ("G55 and M51.16 are reported together.", "codes_exclude_each_other"),
        ("Report M51.16 together with G55.", "codes_exclude_each_other"),
        ("Use 96127 for the Oswestry index.", "instrument_code_misused"),
        ("Code M54.50 with M51.26.", "codes_exclude_each_other"),
        ("The patient has M51.26 with radiculopathy.", "more_specific_code"),
        ("Report M48.06 for stenosis.", "header_not_billable"),
        ("Report M99.999 for stenosis.", "unknown_code"),
        ("Report G9942 too.", "code_ended"),
        ("Report G2137-59 for it.", "modifier_on_quality_data_line"),
        ("G2137 denotes leg pain.", "label_contradicts_code"),
        ("Modifier AS means ambulatory surgery center.", "label_contradicts_code"),
        ("208800000X (orthopaedic surgery) is the specialty.", "label_contradicts_code"),
    ],
)
def test_a_wrong_sentence_is_accused_of_that_alone(sentence, kind):
    assert kinds(f"# HCPCS G2137\n\n{sentence}{COMPANIONS}") == {kind}


def test_code_between_fences_comments_and_scripts_are_not_read():
    assert findings("# Text\n\n```\nM54.5 is used\n```\n\n<!-- report M54.5 -->\n") == []


def test_the_year_of_the_day_decides_what_is_asked():
    """In 2022 only the VAS counted; a page of that year that offers a numeric scale is wrong."""
    page = "# HCPCS G2137\n\nPain is scored on the VAS or a numeric scale.\n\nWith G2136, G9943 and G9942.\n"
    assert kinds(page, date(2022, 5, 1)) == {"scale_not_of_the_year"}
    assert "scale_not_of_the_year" not in kinds(page)


@pytest.mark.parametrize("head", ["Code", "Diagnosis code", "ICD-10 or quality-data code"])
def test_a_quality_data_code_under_a_heading_of_diagnoses_is_no_diagnosis(head):
    """G9945 without its point could be read as G99.45, which does not exist."""
    text = f"# Diagnoses that exclude\n\n| patient | {head} |\n|---|---|\n| a | G9945 |\n| b | M1041 |\n"
    assert kinds(text) & {"unknown_code", "header_not_billable"} == set()


def test_a_modifier_joined_to_a_code_in_a_table_is_a_quality_data_code_s_alone():
    page = "# HCPCS G2137\n\n| Code | Month |\n|---|---|\n| {} | March |\n\nBeside it stand G2136, G9943 and G9945.\n"
    assert findings(page.format("63030-AS")) == []
    assert kinds(page.format("G2137-59")) == {"modifier_on_quality_data_line"}


@pytest.mark.parametrize("pair", ["M1048 and M1050", "M1042 and M1044"])
def test_the_two_criteria_of_2019_stand_together(pair):
    page = f"# Codes of 2019\n\nReport both {pair} for the same patient.\n"
    assert findings(page, date(2019, 6, 1)) == []


@pytest.mark.parametrize("head", ["Meaning", "Use", "Used for", "Purpose", "Indication", "In words"])
@pytest.mark.parametrize("rule", ["", "---|---\n"])
def test_a_label_is_read_under_many_headings_with_or_without_a_rule(head, rule):
    wrong = f"Modifier | {head}\n{rule}AS | Ambulatory surgical center\nQK | assistant at surgery\n"
    found = document_findings(Document("text.txt", TEXT, blocks_of(wrong, TEXT)), ON)
    assert [(f.kind, f.code) for f in found] == [("label_contradicts_code", "AS"), ("label_contradicts_code", "QK")]
    right = f"Modifier | {head}\n{rule}AS | assistant at surgery\n62 | co-surgery\n"
    assert document_findings(Document("text.txt", TEXT, blocks_of(right, TEXT)), ON) == []


@pytest.mark.parametrize("head", ["Belongs on", "When to use", "Effect", "Note", "Count"])
def test_what_stands_beside_a_modifier_under_another_heading_is_no_label(head):
    page = f"# Modifiers\n\n| Modifier | {head} |\n|---|---|\n| AS | ambulatory surgery center |\n"
    assert findings(page) == []


def test_an_advice_under_use_is_no_label():
    page = "# Codes\n\n| Code | Use |\n|---|---|\n| 63030 | where nothing is a fusion |\n| G2137 | for leg pain see G2141 |\n"
    assert findings(page) == []
    page = (
        "# Modifiers\n\n| Modifier | Use |\n|---|---|\n| 62 | in a hospital or an ambulatory surgery center alike |\n"
    )
    assert findings(page) == []


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("The national benchmark for measure 461 is 62 %.", "measure 461"),
        ("The national benchmark for measure 461 is 62 %, G2140 in mind.", "G2140"),
        ("The national benchmark for measure 459 is 62 %.", "G2136"),
        ("The benchmark for G2137 is decile 7.", "G2137"),
        ("This guide includes benchmarks.", "G2136"),
    ],
)
def test_a_benchmark_is_claimed_for_the_code_or_the_measure_it_names(sentence, code):
    page = (
        f"# Back pain\n\nG2136 is met, and G2136 is reported.\n\nG2136 stands first, G2137 beside it.\n\n{sentence}\n"
    )
    assert [(f.kind, f.code) for f in findings(page)] == [("claimed_benchmark", code)]


def test_a_label_with_radiculopathy_is_another_code_s():
    page = (
        "<table><tr><th>ICD-10</th><th>Description</th></tr>"
        "<tr><td>M51.26</td><td>Lumbar disc displacement {}</td></tr></table>"
    )
    for words, expected in (("with radiculopathy", ["more_specific_code"]), ("without radiculopathy", []), ("", [])):
        document = Document("page.html", HTML, blocks_of(page.format(words), HTML))
        assert [f.kind for f in document_findings(document, ON)] == expected
