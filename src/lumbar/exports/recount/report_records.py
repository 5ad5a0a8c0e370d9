"""What the records in a Bundle must be: operations, scores and deaths, read from the clinical tables."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lumbar.codelists import code_list
from lumbar.engine.reference_dates import window_of
from lumbar.exports.recount.expected import Expected
from lumbar.measures import for_year
from lumbar.tables.clinical import BACK_PAIN, LEG_PAIN, ODI
from lumbar.tables.results import DISCECTOMY, FUSION

Row = Mapping[str, Any]
Looked = tuple[str, Decimal, bool]

_KIND = {FUSION: "Lumbar fusion", DISCECTOMY: "Lumbar discectomy or laminectomy"}
_NAME = {BACK_PAIN: "Back pain", LEG_PAIN: "Leg pain", ODI: "Oswestry Disability Index"}
_SYSTEMS = {
    "cpt": "http://www.ama-assn.org/go/cpt",
    "hcpcs": "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
    "snomed": "http://snomed.info/sct",
}
# The LOINC code and the unit of each scale.
_ASKED = {
    "nrs": ("72514-3", "{score}"),
    "vas_cm": ("38214-3", "cm"),
    "vas_mm": ("38214-3", "cm"),
    "percent": ("97909-6", "%"),
    "points_50": ("97909-6", "%"),
}
_LEGS = {None: "61685007", "left": "32153003", "right": "62175007"}


class Records:
    """The clinical records of the patients in the measure."""

    def __init__(self, expected: Expected) -> None:
        rules = for_year(expected.year)
        self.as_of = expected.as_of
        self.before = {measure.id: measure.preoperative for measure in rules.measures}
        self.listed = {
            kind: {
                (entry.system, entry.code)
                for procedures in rules.procedures
                if procedures.kind == kind
                for name in (procedures.code_list, procedures.unverified_code_list)
                if name
                for entry in code_list(rules.year, name)
            }
            for kind in _KIND
        }
        patients = {row["patient_id"] for row in expected.rows}
        self.died_on = {p["patient_id"]: p["deceased_on"] for p in expected.clinical("patient")}
        self.lines: dict[tuple[str, date], set[tuple[str, str]]] = defaultdict(set)
        for line in expected.clinical("procedure"):
            if line["patient_id"] in patients:
                self.lines[line["patient_id"], line["performed_on"]].add((line["system"], line["code"]))
        self.scores: dict[str, dict[str, Row]] = defaultdict(dict)
        for score in expected.clinical("score"):
            if score["patient_id"] in patients:
                self.scores[score["patient_id"]][score["score_id"]] = score

    def after_death(self, patient_id: str, day: date) -> bool:
        """Whether a record of that day may not leave."""
        died_on = self.died_on[patient_id]
        return died_on is not None and day > died_on

    def left_out(self, row: Row, which: str) -> bool:
        """Whether the preoperative or the postoperative score of a row is dated after the death."""
        on = row[f"{which}_on"]
        return on is not None and self.after_death(row["patient_id"], on)

    def withheld(self, row: Row) -> bool:
        """Whether a score chosen for a row is dated after the death."""
        return self.left_out(row, "preoperative") or self.left_out(row, "postoperative")

    def operation(self, row: Row) -> dict[str, Any]:
        """The day, kind, codes and surgeon of an operation."""
        day = row["index_date"]
        codes = self.lines[row["patient_id"], day] & self.listed[row["kind"]]
        return {
            "day": None if self.after_death(row["patient_id"], day) else str(day),
            "status": "completed",
            "kind": _KIND[row["kind"]],
            "codes": sorted((_SYSTEMS[system], code) for system, code in codes),
            "surgeon": [] if row["surgeon_npi"] is None else [row["surgeon_npi"]],
        }

    def score(self, patient_id: str, score_id: str) -> dict[str, Any]:
        """What was asked and how, the place, the unit and the status of a score."""
        score = self.scores[patient_id][score_id]
        code, unit = _ASKED[score["scale"]]
        place = {ODI: None, BACK_PAIN: "77568009", LEG_PAIN: _LEGS[score["side"]]}[score["instrument"]]
        return {
            "score": score["value"],
            "day": str(score["assessed_on"]),
            "codes": [("http://loinc.org", code)],
            "name": _NAME[score["instrument"]],
            "unit": (unit, unit, "http://unitsofmeasure.org"),
            "place": place,
            "status": score["status"] or "final",
        }

    def window_before(self, row: Row) -> tuple[str, str]:
        """The preoperative window of a row."""
        opens, closes = window_of(row["index_date"], self.before[row["measure_id"]])
        return str(opens), str(closes)

    def looked_at(self, row: Row) -> Counter[Looked]:
        """Day, points and choice of each score in the two windows of a row, as far as known and before a death."""
        windows = (self.window_before(row), (str(row["window_opens"]), str(row["window_closes"])))
        chosen = (row["preoperative_score_id"], row["postoperative_score_id"])
        return Counter(
            (str(score["assessed_on"]), score["value"], score_id in chosen)
            for score_id, score in self.scores[row["patient_id"]].items()
            if score["instrument"] == row["instrument"]
            and any(opens <= str(score["assessed_on"]) <= closes for opens, closes in windows)
            and max(score["assessed_on"], score["recorded_on"] or score["assessed_on"]) <= self.as_of
            and not self.after_death(row["patient_id"], score["assessed_on"])
        )


def told_operation(resource: Row) -> dict[str, Any]:
    """What a Procedure says of `operation`."""
    return {
        "day": resource.get("performedDateTime"),
        "status": resource["status"],
        "kind": resource["code"]["text"],
        "codes": sorted((coding["system"], coding["code"]) for coding in resource["code"].get("coding", ())),
        "surgeon": [performer["actor"]["identifier"]["value"] for performer in resource.get("performer", ())],
    }


def told_score(resource: Row) -> dict[str, Any]:
    """What an Observation says of `score`."""
    quantity = resource["valueQuantity"]
    return {
        "score": Decimal(quantity["value"]),
        "day": resource["effectiveDateTime"],
        "codes": [(coding["system"], coding["code"]) for coding in resource["code"]["coding"]],
        "name": resource["code"]["text"],
        "unit": (quantity["unit"], quantity["code"], quantity["system"]),
        "place": resource["bodySite"]["coding"][0]["code"] if "bodySite" in resource else None,
        "status": resource["status"],
    }
