"""What an Observation can look like, and which score it is."""

from datetime import date
from decimal import Decimal

import pytest

from lumbar.readers.mapping import parse_mapping
from source_folder import LOINC, SNOMED, Intaken, back_pain, concept, fhir_folder, intake

SITE_CODES = """
timezone = "America/Chicago"
pain_without_body_site = "leg_pain"

[[fhir.score]]
system = "https://clinic.example/codes"
code = "BACK-NRS"
instrument = "back_pain"
unit = { "" = "nrs", "pts" = "nrs" }

[[fhir.score]]
system = "https://clinic.example/codes"
code = "SPINE-PAIN"
instrument = "pain"
unit = { "mm" = "vas_mm" }

[[fhir.body_site]]
system = "https://clinic.example/places"
code = "R-LEG"
instrument = "leg_pain"
side = "right"

[[fhir.body_site]]
system = "http://snomed.info/sct"
code = "32153003"
instrument = "leg_pain"
"""
SITE = "https://clinic.example/codes"
VAS, ODI = concept(LOINC, "38214-3"), concept(LOINC, "97909-6")


def quantity(value, code=None, unit=None):
    given = {"value": value, "code": code, "unit": unit}
    return {key: part for key, part in given.items() if part is not None}


def value(**element):
    """An Observation whose value is that element alone."""
    return {"valueQuantity": None, **element}


# Observation id: (what differs from a back pain of 7 on the numeric rating, what must come out).
OWN_VALUE = {
    "quantity": ({}, {"value": "7", "scale": "nrs", "instrument": "back_pain"}),
    "integer": (value(valueInteger=6), {"value": "6", "scale": "nrs"}),
    "decimal": (value(valueDecimal=6.5), {"value": "6.5", "scale": "nrs"}),
    "decimal-5-10": (value(valueQuantity=quantity(5.10, "{score}")), {"value": "5.1"}),
    "zero": (value(valueInteger=0), {"value": "0"}),
    "half-up": (value(valueDecimal=3.00005), {"value": "3.0001"}),
    "half-down": (value(valueDecimal=3.0000499999), {"value": "3.0000"}),
    "unit-only": (value(valueQuantity=quantity(4, unit="score")), {"value": "4", "scale": "nrs"}),
    "unit-in-capitals": (value(valueQuantity=quantity(4, "{Score}")), {"scale": "nrs"}),
    "code-before-unit": (value(code=VAS, valueQuantity=quantity(40, "mm", "cm")), {"value": "4", "scale": "vas_mm"}),
    "vas-mm": (value(code=VAS, valueQuantity=quantity(37, "mm")), {"value": "3.7", "scale": "vas_mm"}),
    "vas-mm-decimal": (value(code=VAS, valueQuantity=quantity(31.4, "mm")), {"value": "3.14", "scale": "vas_mm"}),
    "vas-cm": (value(code=VAS, valueQuantity=quantity(3.7, "cm")), {"value": "3.7", "scale": "vas_cm"}),
    "vas-score": (value(code=VAS, valueQuantity=quantity(3.7, "{score}")), {"value": "3.7", "scale": "vas_cm"}),
    "vas-1": (value(code=VAS, valueQuantity=quantity(3.7, "1")), {"value": "3.7", "scale": "vas_cm"}),
    "vas-none": (value(code=VAS, valueQuantity=quantity(3.7)), {"value": "3.7", "scale": "vas_cm"}),
    "vas-integer": (value(code=VAS, valueInteger=3), {"value": "3", "scale": "vas_cm"}),
    "odi": (
        value(code=ODI, bodySite=None, valueQuantity=quantity(44, "%")),
        {"value": "44", "scale": "percent", "instrument": "odi"},
    ),
    "odi-with-a-place": (
        value(code=ODI, valueQuantity=quantity(42, "%")),
        {"value": "42", "instrument": "odi", "side": None},
    ),
    "odi-raw": (
        value(code=ODI, bodySite=None, valueQuantity=quantity(11, "/50")),
        {"value": "22", "scale": "points_50"},
    ),
    "odi-no-unit": (value(code=ODI, bodySite=None, valueInteger=40), {"value": "40", "scale": "percent"}),
    "period": (
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2025-02-20T23:00:00-06:00", "end": "2025-02-22"}},
        {"assessed_on": date(2025, 2, 20), "assessed_time": "23:00:00"},
    ),
    "instant": (
        {"effectiveDateTime": None, "effectiveInstant": "2025-02-20T08:15:30.250-06:00"},
        {"assessed_on": date(2025, 2, 20), "assessed_time": "08:15:30"},
    ),
    "date-time": (
        {"effectiveDateTime": "2025-02-20T23:59:59Z"},
        {"assessed_on": date(2025, 2, 20), "assessed_time": "23:59:59"},
    ),
    "date": ({"effectiveDateTime": "2025-02-20"}, {"assessed_on": date(2025, 2, 20), "assessed_time": None}),
    "issued": ({"issued": "2025-03-09T10:00:00Z"}, {"recorded_on": date(2025, 3, 9)}),
    "spaced-date": ({"effectiveDateTime": " 2025-02-20 "}, {"assessed_on": date(2025, 2, 20)}),
    "spaced-status": ({"status": " final ", "issued": ""}, {"status": "final", "recorded_on": None}),
    "phone": ({"method": {"coding": [{"code": "Phone"}]}}, {"mode": "phone"}),
    "telephone": ({"method": {"text": "Telephone"}}, {"mode": "phone"}),
    "self": ({"performer": [{"reference": "Patient/p1"}]}, {"respondent": "self"}),
    "several-codings": (
        {"code": {"coding": [{"system": SITE, "code": "X1"}, {"system": LOINC, "code": "72514-3"}]}},
        {"instrument": "back_pain", "scale": "nrs"},
    ),
    "no-system": ({"code": {"coding": [{"code": "72514-3"}]}}, {"scale": "nrs"}),
    "back-surface": ({"bodySite": concept(SNOMED, "77568009")}, {"instrument": "back_pain", "side": None}),
    "lower-back": ({"bodySite": concept(SNOMED, "37822005")}, {"instrument": "back_pain", "side": None}),
    "lumbar-spine": ({"bodySite": concept(SNOMED, "122496007")}, {"instrument": "back_pain", "side": None}),
    "lower-limb": ({"bodySite": concept(SNOMED, "61685007")}, {"instrument": "leg_pain", "side": None}),
    "lower-leg": ({"bodySite": concept(SNOMED, "30021000")}, {"instrument": "leg_pain", "side": None}),
    "left-limb": ({"bodySite": concept(SNOMED, "32153003")}, {"instrument": "leg_pain", "side": "left"}),
    "right-limb": ({"bodySite": concept(SNOMED, "62175007")}, {"instrument": "leg_pain", "side": "right"}),
    "leg-and-left-leg": ({"bodySite": concept(SNOMED, "61685007", "32153003")}, {"side": "left"}),
    "right-leg-and-leg": ({"bodySite": concept(SNOMED, "62175007", "30021000")}, {"side": "right"}),
    "several-sites": (
        {"bodySite": {"coding": [{"system": "urn:x", "code": "back"}, {"system": SNOMED, "code": "61685007"}]}},
        {"instrument": "leg_pain"},
    ),
}
REJECTED = {
    "bound": (value(valueQuantity={"value": 7, "code": "{score}", "comparator": "<"}), "unparsable"),
    "text-value": (value(valueQuantity=quantity("seven", "{score}")), "unparsable"),
    "string-value": (value(valueString="7"), "no_value"),
    "absent": (value(dataAbsentReason={"text": "declined"}), "no_value"),
    "inches": (value(code=VAS, valueQuantity=quantity(3, "[in_i]")), "unknown_unit"),
    "percent-pain": (value(valueQuantity=quantity(70, "%")), "unknown_unit"),
    "nrs-in-mm": (value(valueQuantity=quantity(70, "mm")), "unknown_unit"),
    "above": (value(valueInteger=11), "out_of_range"),
    "below": (value(valueInteger=-1), "out_of_range"),
    "vas-above": (value(code=VAS, valueQuantity=quantity(100.1, "mm")), "out_of_range"),
    "odi-above": (value(code=ODI, valueQuantity=quantity(51, "/50")), "out_of_range"),
    "huge": (value(valueDecimal=1e30), "out_of_range"),
    "empty-date": ({"effectiveDateTime": " "}, "imprecise_date"),
    "no-date": ({"effectiveDateTime": None}, "imprecise_date"),
    "period-without-start": ({"effectiveDateTime": None, "effectivePeriod": {"end": "2025-02-20"}}, "imprecise_date"),
    "month": ({"effectiveDateTime": "2025-02"}, "imprecise_date"),
    "no-such-day": ({"effectiveDateTime": "2025-02-29"}, "unparsable"),
    "no-such-hour": ({"effectiveDateTime": "2025-02-20T25:61:00Z"}, "unparsable"),
    "year-0025": ({"effectiveDateTime": "0025-02-20"}, "unparsable"),
    "site-in-words": ({"bodySite": {"text": "lower back"}}, "no_body_site"),
    "site-of-another-system": ({"bodySite": concept("urn:x", "77568009")}, "no_body_site"),
    "neck": ({"bodySite": concept(SNOMED, "45048000")}, "no_body_site"),
    "relative": ({"performer": [{"reference": "Patient/p1"}, {"reference": "RelatedPerson/r"}]}, "proxy_respondent"),
}
NO_CONCERN = {
    "blood-pressure": {"code": concept(LOINC, "85354-9")},
    "another-system": {"code": concept("urn:x", "72514-3")},
    "text-only": {"code": {"text": "pain"}},
    "no-code": {"code": None},
    "mentions-a-code": {"code": concept(LOINC, "72514-30"), "note": [{"text": "see 72514-3"}]},
}


@pytest.fixture(scope="module")
def observations(tmp_path_factory) -> Intaken:
    """Every case above, each with a patient of its own so that none is a duplicate of another."""
    changes = {**{k: c for k, (c, _) in (OWN_VALUE | REJECTED).items()}, **NO_CONCERN}
    lines, patients = [], []
    for number, (name, changed) in enumerate(changes.items()):
        patients.append({"resourceType": "Patient", "id": f"p{number}"})
        lines.append(back_pain(name, **{"subject": {"reference": f"Patient/p{number}"}, **changed}))
    return intake(fhir_folder(tmp_path_factory.mktemp("observations"), Patient=patients, Observation=lines))


@pytest.mark.parametrize("name", OWN_VALUE)
def test_a_score_is_read_from(name, observations):
    expected = {k: Decimal(v) if k == "value" else v for k, v in OWN_VALUE[name][1].items()}
    row = observations.row("score", name)
    assert {key: row[key] for key in expected} == expected


@pytest.mark.parametrize("name", REJECTED)
def test_a_score_is_rejected_for(name, observations):
    assert observations.reason(name) == REJECTED[name][1]


def test_what_is_no_score_of_ours_is_of_no_concern(observations):
    assert observations.files["Observation.ndjson"].n_of_no_concern == len(NO_CONCERN)
    assert len(observations.tables["score"]) == len(OWN_VALUE)
    assert len(observations.rejected) == len(REJECTED)


def test_every_default_body_site_has_a_case():
    sites = {site.code for site in parse_mapping().body_sites}
    tried = {
        c["bodySite"]["coding"][0]["code"] for c, _ in OWN_VALUE.values() if (c.get("bodySite") or {}).get("coding")
    }
    assert sites <= tried | {"61685007"}


def panel(panel_id, components, **changed):
    return back_pain(panel_id, valueQuantity=None, code=concept(SITE, "panel"), component=components, **changed)


def component(code, number, unit):
    return {"code": concept(LOINC, code), "valueQuantity": {"value": number, "code": unit}}


@pytest.fixture(scope="module")
def panels(tmp_path_factory) -> Intaken:
    """Panels: all good, one component bad, all of no concern, with a value of its own, without a code."""
    pressure = component("8480-6", 120, "mm[Hg]")
    lines = [
        panel("two", [component("72514-3", 6, "{score}"), component("97909-6", 44, "%")]),
        panel("between", [pressure, component("97909-6", 40, "%"), pressure]),
        panel("one-bad", [component("72514-3", 11, "{score}"), component("97909-6", 38, "%")]),
        panel("pressure", [pressure, pressure]),
        {**panel("own-too", [component("97909-6", 36, "%")]), "code": concept(LOINC, "72514-3"), "valueInteger": 5},
        {**panel("own-empty", [component("97909-6", 34, "%")]), "code": concept(LOINC, "97909-6")},
        panel("absent", [{"code": concept(LOINC, "97909-6"), "dataAbsentReason": {"text": "declined"}}]),
        panel("all-bad", [component("97909-6", 101, "%"), component("97909-6", -1, "%")]),
        {**panel("x", [component("97909-6", 32, "%")]), "id": None},
        panel("no-list", []),
    ]
    lines[8].pop("id")
    return intake(fhir_folder(tmp_path_factory.mktemp("panels"), Observation=lines))


def test_the_components_of_a_panel_are_scores_numbered_by_their_place(panels):
    found = {row["score_id"]: (row["instrument"], row["value"]) for row in panels.tables["score"]}
    assert found == {
        "two#1": ("back_pain", Decimal(6)),
        "two#2": ("odi", Decimal(44)),
        "between#2": ("odi", Decimal(40)),
        "one-bad#2": ("odi", Decimal(38)),
        "own-too": ("back_pain", Decimal(5)),
        "own-too#1": ("odi", Decimal(36)),
        "own-empty#1": ("odi", Decimal(34)),
    }


def test_a_panel_with_one_good_component_is_mapped_and_its_bad_one_stands_in_rejected_all_the_same(panels):
    """A line is counted once: mapped when any of its scores is, rejected when none is."""
    assert {row["record_id"]: (row["reason"], row["line"]) for row in panels.rejected} == {
        "one-bad#1": ("out_of_range", 3),
        "absent#1": ("no_value", 7),
        "all-bad#1": ("out_of_range", 8),
        "all-bad#2": ("out_of_range", 8),
        None: ("unparsable", 9),
    }
    file = panels.files["Observation.ndjson"]
    assert (file.n_rows, file.n_mapped, file.n_rejected, file.n_of_no_concern) == (10, 5, 3, 2)


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_panel_whose_id_is_blank_gives_no_score(blank, tmp_path):
    lines = [panel(blank, [component("97909-6", 32, "%")])]
    taken = intake(fhir_folder(tmp_path, Observation=lines))
    assert [(row["record_id"], row["reason"]) for row in taken.rejected] == [(None, "unparsable")]
    assert taken.tables["score"] == []


@pytest.fixture(scope="module")
def with_site_codes(tmp_path_factory) -> Intaken:
    """A site's own codes, places, words, time zone, and its word on pain without a place."""
    lines = [
        back_pain("own-code", code=concept(SITE, "BACK-NRS"), bodySite=None, valueInteger=3, valueQuantity=None),
        back_pain("own-unit", code=concept(SITE, "BACK-NRS"), valueQuantity=quantity(4, "pts")),
        back_pain("own-place", code=concept(SITE, "SPINE-PAIN"), valueQuantity=quantity(50, "mm"))
        | {"bodySite": concept("https://clinic.example/places", "R-LEG")},
        back_pain("own-word", code=concept(SITE, "SPINE-PAIN"), valueQuantity=quantity(51, "mm"))
        | {"bodySite": concept(SNOMED, "32153003")},
        back_pain("no-place", code=concept(SITE, "SPINE-PAIN"), valueQuantity=quantity(60, "mm"), bodySite=None),
        back_pain("default-place", code=concept(SITE, "SPINE-PAIN"), valueQuantity=quantity(61, "mm")),
        back_pain("default-code"),
        back_pain("late-evening", code=concept(SITE, "BACK-NRS"), valueQuantity=quantity(5, "pts"))
        | {"effectiveDateTime": "2025-02-25T03:30:00Z"},
        back_pain("no-offset", code=concept(SITE, "BACK-NRS"), valueQuantity=quantity(6, "pts"))
        | {"effectiveDateTime": "2025-02-25T03:30:00"},
    ]
    return intake(fhir_folder(tmp_path_factory.mktemp("site"), Observation=lines), SITE_CODES)


def test_a_sites_own_codes_units_and_places_are_read_through_its_mapping(with_site_codes):
    found = {r["score_id"]: (r["instrument"], r["side"], r["value"]) for r in with_site_codes.tables["score"]}
    assert found == {
        "own-code": ("back_pain", None, Decimal(3)),
        "own-unit": ("back_pain", None, Decimal(4)),
        "own-place": ("leg_pain", "right", Decimal(5)),
        "own-word": ("leg_pain", None, Decimal("5.1")),
        "no-place": ("leg_pain", None, Decimal(6)),
        "default-place": ("back_pain", None, Decimal("6.1")),
        "default-code": ("back_pain", None, Decimal(7)),
        "late-evening": ("back_pain", None, Decimal(5)),
        "no-offset": ("back_pain", None, Decimal(6)),
    }


def test_a_sites_own_codes_take_nothing_away_from_the_default_ones(with_site_codes):
    assert with_site_codes.rejected == []
    assert with_site_codes.files["Observation.ndjson"].n_of_no_concern == 0


def test_only_an_instant_with_an_offset_is_converted_to_the_sites_zone(with_site_codes):
    """03:30 UTC on 25 February is 21:30 on the 24th in Chicago; without an offset it is 03:30 there."""
    times = {r["score_id"]: (r["assessed_on"], r["assessed_time"]) for r in with_site_codes.tables["score"]}
    assert times["late-evening"] == (date(2025, 2, 24), "21:30:00")
    assert times["no-offset"] == (date(2025, 2, 25), "03:30:00")
    assert times["own-code"] == (date(2025, 2, 24), None)


def test_proxies_count_where_the_policy_says_so(tmp_path):
    proxy = back_pain("proxy", performer=[{"reference": "RelatedPerson/kin"}])
    folder = fhir_folder(tmp_path, Observation=[proxy])
    assert intake(folder).reason("proxy") == "proxy_respondent"
    assert intake(folder, policy='proxy = "count"').row("score", "proxy")["respondent"] == "proxy"
