"""Recounts a Bundle of MeasureReports: the summaries, the individual reports summed up, and every operation told."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from lumbar.exports.recount.expected import Expected, differing
from lumbar.exports.recount.fhir_bundle import entries_of
from lumbar.exports.recount.report_records import Records, told_operation, told_score
from lumbar.exports.recount.report_words import group_sentence, headline, sums_differ, text_differs
from lumbar.measures import for_year
from lumbar.measures.model import BothScores

Json = Mapping[str, Any]

_EVIDENCE = "http://hl7.org/fhir/StructureDefinition/cqf-supportingEvidence"
_REPORTS = {"all": ("summary", "individual", "data-collection")}
_CHANGE = "averageChange"
_JUDGED = ("met", "not_met", "not_assessed")
_GAP = {"met": "closed-gap", "open": "prospective-gap", "upcoming": "prospective-gap"}
_HALF_A_UNIT = Fraction(1, 2_000_000)  # scores are written to six decimals
_MOST = 20


def differences(path: Path, expected: Expected, reports: str) -> list[str]:
    """What of the file is not what the result says; `reports` is summary, individual, data-collection or all."""
    entries = entries_of(path)
    recount = _Recount(expected, _REPORTS.get(reports, (reports,)))
    found = differing("the bundle", _bundle(next(entries)), {"type": "transaction", "day": str(expected.on)})
    for entry in entries:
        found += recount.entry(entry)
        if len(found) > _MOST:
            return found
    return found + list(recount.end())


class _Recount:
    """What has been read so far. A patient's resources stand together, the records before the reports."""

    def __init__(self, expected: Expected, reports: Collection[str]) -> None:
        self.expected, self.reports = expected, reports
        self.of_change = {m.id for m in for_year(expected.year).measures if isinstance(m.target, BothScores)}
        self.rows: dict[tuple[str, str], dict[str, Json]] = defaultdict(dict)
        for row in expected.rows:
            self.rows[row["measure_id"], row["patient_id"]][str(row["index_date"])] = row
        self.measures: dict[str, str] = {}
        self.shared: dict[str, Json] = {}
        self.patient = ""
        self.own: dict[str, Json] = {}
        self.told: Counter[tuple[str, ...]] = Counter()
        self.sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    @cached_property
    def records(self) -> Records:
        """The clinical records, read when the first patient is met: a file of summaries needs none."""
        return Records(self.expected)

    def entry(self, entry: Json) -> list[str]:
        """Takes the next entry; what of it differs."""
        resource = entry["resource"]
        kind = resource["resourceType"]
        written = {"fullUrl": entry["fullUrl"], **entry["request"]}
        wanted = {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "method": "PUT",
            "url": f"{kind}/{resource['id']}",
        }
        found = differing(f"a {kind}", written, wanted)
        if entry["fullUrl"] in self.own or entry["fullUrl"] in self.shared:
            found.append(f"a {kind} is written twice")
        take = {
            "Measure": self.measure,
            "Organization": self.reporter,
            "Practitioner": self.reporter,
            "Patient": self.person,
            "Procedure": self.record,
            "Observation": self.record,
            "MeasureReport": self.report,
            "DetectedIssue": self.gap,
        }[kind]
        found += take(resource)
        keep = self.shared if kind in ("Measure", "Organization", "Practitioner") else self.own
        keep[entry["fullUrl"]] = resource
        return found

    def measure(self, resource: Json) -> list[str]:
        """A Measure: its id, and its groups."""
        measure_id = resource["identifier"][0]["value"]
        self.measures[f"{resource['url']}|{resource['version']}"] = measure_id
        groups = {group["id"] for group in resource["group"]}
        return [
            *differing(f"measure {measure_id}", {"groups": groups}, {"groups": set(self.groups(measure_id))}),
            *differing(f"measure {measure_id}", {"year": resource["version"]}, {"year": str(self.expected.year)}),
        ]

    def groups(self, measure_id: str) -> list[str]:
        """The groups a measure must have: its strata, or else one; and the mean where CMS takes one."""
        own = [stratum for measure, stratum in self.expected.counts if measure == measure_id]
        mean = [_CHANGE] if measure_id in self.of_change else []
        return ([stratum for stratum in own if stratum != "overall"] or ["overall"]) + mean

    def reporter(self, resource: Json) -> list[str]:
        """Who reports: the surgeon where the file is limited to one."""
        if self.expected.npi is None:
            return [] if resource["resourceType"] == "Organization" else ["the reporter is a practitioner"]
        npi = resource["identifier"][0]["value"]
        return [] if npi == self.expected.npi else ["the reporter is not the surgeon asked for"]

    def person(self, resource: Json) -> list[str]:
        """A patient begins: only records and reports of this one follow."""
        self.patient, self.own = resource["identifier"][0]["value"], {}
        self.told["patient", self.patient] += 1
        return []

    def record(self, resource: Json) -> list[str]:
        """An operation or a score, compared with the rows that rest on it."""
        rows = [row for (_, patient), rows in self._mine() for row in rows.values() if patient == self.patient]
        value = resource["identifier"][0]["value"]
        if self._owner(resource["subject"]) != self.patient:
            return ["a record is of another patient than those it stands with"]
        if resource["resourceType"] == "Procedure":
            own = [row for row in rows if row["episode_id"] == value]
            if not own:
                return ["an operation is of no row of the result"]
            return differing(f"row {own[0]['row']}", told_operation(resource), self.records.operation(own[0]))
        chosen = {
            row[f"{which}_score_id"]: row
            for row in rows
            for which in ("preoperative", "postoperative")
            if not self.records.left_out(row, which)
        }
        if value not in chosen:
            return ["a score was chosen by no row of the result, or is dated after a death"]
        about = f"row {chosen[value]['row']}"
        return differing(about, told_score(resource), self.records.score(self.patient, value))

    def report(self, resource: Json) -> list[str]:
        """A MeasureReport of any type."""
        kind, measure_id = resource["type"], self.measures[resource["measure"]]
        written = {"date": resource["date"], **resource["period"], "status": resource["status"]}
        year = self.expected.year
        wanted = {"date": str(self.expected.on), "start": f"{year}-01-01", "end": f"{year}-12-31", "status": "complete"}
        found = differing(f"a {kind} report of measure {measure_id}", written, wanted)
        if resource["reporter"]["reference"] not in self.shared:
            found.append(f"a {kind} report of measure {measure_id} names a reporter that is not in the file")
        if kind == "summary":
            self.told["summary", measure_id] += 1
            return found + list(self.summary(resource, measure_id))
        if self._owner(resource["subject"]) != self.patient:
            return [*found, f"a {kind} report of measure {measure_id} is of another patient than those it stands with"]
        self.told[kind, measure_id, self.patient] += 1
        rows = self.rows.get((measure_id, self.patient), {})
        found += self.evaluated(resource, rows, kind)
        return found + (list(self.individual(resource, measure_id, rows)) if kind == "individual" else [])

    def summary(self, resource: Json, measure_id: str) -> Iterator[str]:
        """The counts of each group against the result."""
        groups = {_link(group): group for group in resource["group"]}
        yield from differing(f"measure {measure_id}", {"groups": set(groups)}, {"groups": set(self.groups(measure_id))})
        sentences = []
        for name in self.groups(measure_id):
            key = (measure_id, "overall" if name == _CHANGE else name)
            counts, total = self.expected.counts[key], self.expected.improvement_sums[key]
            wanted = _wanted(name, counts["eligible"], counts["met"], counts["met"] + counts["not_met"], total)
            yield from _differing_group(f"measure {measure_id}, {name}", groups[name], wanted)
            score = groups[name].get("measureScore", {}).get("value")
            sentences.append(group_sentence(name, counts, score, mean=name == _CHANGE))
        if text_differs(resource["text"]["div"], measure_id, self.expected, sentences):
            yield f"measure {measure_id}: the text of the summary says something else than the result"

    def individual(self, resource: Json, measure_id: str, rows: Mapping[str, Json]) -> Iterator[str]:
        """One patient's counts, and each operation's proof, against the rows."""
        told: Counter[str] = Counter()
        for group in resource["group"]:
            name = _link(group)
            proofs = [_tuple(value) for value in _proofs(group)] if name != _CHANGE else None
            days = list(rows) if proofs is None else [self._day(proof["operation"]) for proof in proofs]
            own = [rows[day] for day in days if day in rows]
            met = [row for row in own if row["status"] == "met"]
            judged = sum(row["status"] in _JUDGED for row in own)
            total = sum((row["improvement"] or Decimal(0) for row in met), Decimal(0))
            about = f"rows {', '.join(str(row['row']) for row in rows.values())}, {name}"
            wanted = _wanted(name, len(own), len(met), judged, total)
            if name == _CHANGE and any(self.records.withheld(row) for row in own):
                wanted = (wanted[0], None)
            yield from _differing_group(about, group, wanted)
            self.sums[measure_id, name].update(_populations(group))
            for day, proof in zip(days, proofs or (), strict=False):
                told[day] += 1
                if day in rows:
                    yield from self.proof(proof, rows[day])
        if told != Counter(dict.fromkeys(rows, 1)):
            yield f"measure {measure_id}: a patient's operations are not each told once"

    def proof(self, proof: Json, row: Json) -> Iterator[str]:
        """What the proof of one operation says against its row."""
        written: dict[str, Any] = {
            "status": proof["status"].replace("-", "_"),
            "provisional": proof["provisional"],
            "code": proof.get("qualityDataCode", {}).get("code"),
            "window": (proof["window-after"]["start"], proof["window-after"]["end"]),
            "improvement": None if "improvement" not in proof else Decimal(proof["improvement"]),
            "window before": (proof["window-before"]["start"], proof["window-before"]["end"]),
        }
        withheld = self.records.withheld(row)
        wanted = {name: row[name] for name in ("status", "provisional", "code")}
        wanted["window"] = (str(row["window_opens"]), str(row["window_closes"]))
        wanted["improvement"] = None if withheld else row["improvement"]
        wanted["window before"] = self.records.window_before(row)
        yield from differing(f"row {row['row']}", written, wanted)
        if proof.get("headline") != headline(row, withheld=withheld):
            yield f"row {row['row']}: the headline says something else than the result"
        if sums_differ(row, proof.get("arithmetic"), withheld=withheld):
            yield f"row {row['row']}: the arithmetic is of other scores than the result"
        if withheld and ("counterfactual" in proof or "note" in proof):
            yield f"row {row['row']}: a score dated after the death is told"
        if Counter(proof["considered"]) != self.records.looked_at(row):
            yield f"row {row['row']}: the scores looked at are others than those in the records"
        for which, said in (("preoperative", "score-before"), ("postoperative", "score-after")):
            score_id = self._score_id(proof.get(said))
            wanted_id = None if self.records.left_out(row, which) else row[f"{which}_score_id"]
            if score_id != wanted_id:
                yield f"row {row['row']}: the {which} score is another one"

    def evaluated(self, resource: Json, rows: Mapping[str, Json], kind: str) -> list[str]:
        """The records a report names against those its rows rest on."""
        named = [self.own[item["reference"]] for item in resource["evaluatedResource"]]
        written = Counter((r["resourceType"], r["identifier"][0]["value"]) for r in named)
        wanted = {("Procedure", row["episode_id"]) for row in rows.values()}
        wanted |= {("Patient", self.patient)} if kind == "individual" else set()
        wanted |= {
            ("Observation", row[f"{which}_score_id"])
            for row in rows.values()
            for which in ("preoperative", "postoperative")
            if row[f"{which}_score_id"] is not None and not self.records.left_out(row, which)
        }
        if written == Counter(wanted):
            return []
        return [f"rows {', '.join(str(row['row']) for row in rows.values())}: the {kind} report names other records"]

    def gap(self, resource: Json) -> list[str]:
        """The gap of one operation."""
        report = self.own[resource["evidence"][0]["detail"][0]["reference"]]
        measure_id = self.measures[report["measure"]]
        day = self._day(resource["implicated"][0])
        row = self.rows.get((measure_id, self.patient), {}).get(day)
        if row is None or self._owner(resource["patient"]) != self.patient or report["type"] != "individual":
            return [f"measure {measure_id}: a gap is of no row of the result"]
        self.told["gap", measure_id, self.patient, day] += 1
        waits = row["status"] in ("open", "upcoming") and _deceased(row)
        wanted = "open-gap" if waits else _GAP.get(row["status"], "open-gap")
        status = resource["modifierExtension"][0]["valueCodeableConcept"]["coding"][0]["code"]
        found = differing(f"row {row['row']}", {"gap": status}, {"gap": wanted})
        dead = " The patient has died: nobody is to be contacted." if _deceased(row) else ""
        if resource["detail"] != f"{headline(row, withheld=self.records.withheld(row))}.{dead}":
            found.append(f"row {row['row']}: the gap tells something else than the result")
        return found

    def end(self) -> Iterator[str]:
        """What the file does not hold, or holds twice, once it is read."""
        wanted: set[tuple[str, ...]] = set()
        if "summary" in self.reports:
            wanted |= {("summary", measure_id) for measure_id in self.expected.measure_ids}
        for row in self.expected.rows:
            measure_id, patient_id = row["measure_id"], row["patient_id"]
            of_patients = [kind for kind in self.reports if kind != "summary"]
            wanted |= {(kind, measure_id, patient_id) for kind in of_patients}
            if of_patients:
                wanted.add(("patient", patient_id))
            if "individual" in self.reports:
                wanted.add(("gap", measure_id, patient_id, str(row["index_date"])))
        for kind in sorted({key[0] for key in wanted | set(self.told)}):
            written = Counter({key: n for key, n in self.told.items() if key[0] == kind})
            expected = Counter({key: 1 for key in wanted if key[0] == kind})
            if written != expected:
                yield f"{kind}: {written.total()} in the file, {expected.total()} in the result, or not the same ones"
        measures = {"measures": sorted(self.measures.values())}
        yield from differing("the file", measures, {"measures": sorted(self.expected.measure_ids)})
        if "individual" in self.reports:
            yield from self._summed()

    def _summed(self) -> Iterator[str]:
        """The individual reports added up against the result."""
        for measure_id in self.expected.measure_ids:
            for name in self.groups(measure_id):
                counts = self.expected.counts[measure_id, "overall" if name == _CHANGE else name]
                wanted = _wanted(name, counts["eligible"], counts["met"], 0, Decimal(0))[0]
                written = {code: self.sums[measure_id, name][code] for code in wanted}
                yield from differing(f"measure {measure_id}, {name}, individual reports added up", written, wanted)

    def _mine(self) -> Iterator[tuple[tuple[str, str], dict[str, Json]]]:
        keys = [(measure_id, self.patient) for measure_id in self.expected.measure_ids]
        return ((key, self.rows[key]) for key in keys if key in self.rows)

    def _owner(self, reference: Json) -> str:
        return str(self.own[reference["reference"]]["identifier"][0]["value"])

    def _day(self, reference: Json) -> str:
        return str(self.own[reference["reference"]]["identifier"][0]["value"]).rpartition("@")[2]

    def _score_id(self, reference: Json | None) -> str | None:
        return None if reference is None else str(self.own[reference["reference"]]["identifier"][0]["value"])


def _bundle(head: Json) -> dict[str, str]:
    return {"type": head["type"], "day": head["timestamp"][:10]}


def _link(group: Json) -> str:
    (link,) = (e["valueString"] for e in group["extension"] if e["url"].endswith(".group.linkId"))
    return str(link)


def _populations(group: Json) -> dict[str, int]:
    return {population["code"]["coding"][0]["code"]: population["count"] for population in group["population"]}


def _proofs(group: Json) -> list[Json]:
    """The values of the supporting evidence, one an operation."""
    return [
        value
        for population in group["population"]
        for evidence in population["extension"]
        if evidence["url"] == _EVIDENCE
        for value in evidence["extension"]
        if value["url"] == "value"
    ]


def _tuple(value: Json) -> dict[str, Any]:
    """The parts of one proof by name; of the scores looked at, the day, the points and whether it was chosen."""
    parts: dict[str, Any] = {"considered": []}
    for part in value["extension"]:
        if part["url"] == "considered":
            looked = {p["url"]: p for p in part["extension"]}
            points = Decimal(looked["points"]["valueDecimal"])
            chosen = looked["chosen"]["valueBoolean"]
            parts["considered"].append((looked["assessedOn"]["valueDate"], points, chosen))
        for name, content in part.items():
            if name.startswith("value"):
                parts[part["url"]] = content
    return parts


def _wanted(name: str, eligible: int, met: int, judged: int, total: Decimal) -> tuple[dict[str, int], Fraction | None]:
    """The populations and the score of a group."""
    if name == _CHANGE:
        counts = {"initial-population": eligible, "measure-population": met, "measure-observation": met}
        return counts, Fraction(total) / met if met else None
    counts = {"initial-population": eligible, "denominator": eligible, "denominator-exclusion": 0, "numerator": met}
    return counts, Fraction(met, judged) if judged else None


def _differing_group(about: str, group: Json, wanted: tuple[dict[str, int], Fraction | None]) -> list[str]:
    counts, score = wanted
    found = differing(about, _populations(group), counts)
    written = group.get("measureScore", {}).get("value")
    if (written is None) != (score is None):
        return [*found, f"{about}, score: {'none' if written is None else written} in the file, not so in the result"]
    if written is not None and score is not None and abs(Fraction(written) - score) > _HALF_A_UNIT:
        found.append(f"{about}, score: {written} in the file, {float(score):.6f} in the result")
    return found


def _deceased(row: Json) -> bool:
    return "deceased" in row["flags"].split()
