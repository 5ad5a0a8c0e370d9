"""Recounts a submission of the Quality Payment Program: every place of the file against the result."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from lumbar.exports.recount.expected import Expected, differing
from lumbar.measures import for_year
from lumbar.measures.model import Measure
from lumbar.tables.results import OVERALL

_SENT = {
    "eligiblePopulation": "eligible",
    "performanceMet": "met",
    "performanceNotMet": "not_met",
    "eligiblePopulationExclusion": None,
    "eligiblePopulationException": None,
}


def differences(path: Path, expected: Expected) -> list[str]:
    """What of the file is not what the result says; empty when all is."""
    written = json.loads(
        path.read_bytes(), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_each_key_once
    )
    (written_set,) = written["measurementSets"]
    of_year = {measure.id: measure for measure in for_year(expected.year).measures}
    measures = {measure_id: of_year[measure_id] for measure_id in expected.measure_ids}
    return [
        *_submission(dict(written), expected),
        *_set(dict(written_set), expected, measures.values()),
        *_measures(written_set["measurements"], expected, measures),
    ]


def _submission(written: dict[str, Any], expected: Expected) -> list[str]:
    """Who submits, and for what year: an NPI stands in it exactly when the counts are one surgeon's."""
    wanted: dict[str, Any] = {"entityType": "group"}
    if expected.npi is not None:
        wanted = {"entityType": "individual", "nationalProviderIdentifier": expected.npi}
    wanted["performanceYear"] = expected.year
    found = _keys("submission", written, [*wanted, "taxpayerIdentificationNumber", "measurementSets"])
    tin = written.pop("taxpayerIdentificationNumber")
    written.pop("measurementSets")
    if not re.fullmatch("[0-9]{9}", tin):
        found.append("submission, taxpayerIdentificationNumber: not nine digits")
    elif expected.tin not in (None, tin):
        found.append("submission, taxpayerIdentificationNumber: not the one asked for")
    return found + differing("submission", written, wanted)


def _set(written: dict[str, Any], expected: Expected, measures: Iterable[Measure]) -> list[str]:
    wanted = {
        "category": "quality",
        "submissionMethod": "registry",
        "performanceStart": f"{expected.year}-01-01",
        "performanceEnd": f"{expected.year}-12-31",
    }
    found = _keys("measurement set", written, [*wanted, "programName", "measurements"])
    program = written.pop("programName", None)
    written.pop("measurements")
    pathways = {measure.program for measure in measures} - {""}
    if program != "mips" and {program} != pathways:
        found.append(f"measurement set, programName: {program} is no program of these measures")
    return found + differing("measurement set", written, wanted)


def _measures(measurements: list[Any], expected: Expected, measures: Mapping[str, Measure]) -> list[str]:
    found = _present("measures", [m["measureId"] for m in measurements], measures)
    for measurement in measurements:
        measure_id = measurement["measureId"]
        if measure_id in measures:
            about = f"measure {measure_id}"
            found += _keys(about, measurement, ["measureId", "value"])
            found += _value(about, dict(measurement["value"]), expected, measures[measure_id])
    return found


def _value(about: str, value: dict[str, Any], expected: Expected, measure: Measure) -> list[str]:
    if not isinstance(value.pop("isEndToEndReported"), bool):
        return [f"{about}, isEndToEndReported: neither true nor false"]
    match measure.metric_type:
        case "multiPerformanceRate":
            return _strata(about, value, expected, measure.id)
        case "singlePerformanceRate":
            return _five(about, value, expected.counts[measure.id, OVERALL])
        case "nonProportion":
            return _numbers(about, value, _mean_change(expected, measure.id))
    raise LookupError(measure.metric_type)


def _strata(about: str, value: Mapping[str, Any], expected: Expected, measure_id: str) -> list[str]:
    wanted = [stratum for i, stratum in expected.counts if i == measure_id and stratum != OVERALL]
    found = _keys(about, value, ["strata"])
    found += _present(f"{about}, strata", [stratum["stratum"] for stratum in value["strata"]], wanted)
    for stratum in value["strata"]:
        counts = dict(stratum)
        name = counts.pop("stratum")
        if name in wanted:
            found += _five(f"{about}, {name}", counts, expected.counts[measure_id, name])
    return found


def _five(about: str, counts: Mapping[str, Any], result: Mapping[str, int]) -> list[str]:
    """The five counts, each against the result, and the sum that CMS checks."""
    found = _numbers(about, counts, {theirs: result[ours] if ours else 0 for theirs, ours in _SENT.items()})
    if found:
        return found
    judged = sum(counts[name] for name in ("performanceMet", "performanceNotMet", "eligiblePopulationException"))
    return [f"{about}: more are judged than are eligible"] if judged > counts["eligiblePopulation"] else []


def _mean_change(expected: Expected, measure_id: str) -> dict[str, int | Decimal]:
    counts = expected.counts[measure_id, OVERALL]
    mean = expected.improvement_sums[measure_id, OVERALL] / counts["met"]
    return {
        "numerator": mean.quantize(Decimal("1e-4"), ROUND_HALF_UP),
        "denominator": counts["eligible"],
        "observationInstances": counts["met"],
        "numeratorExclusion": 0,
        "denominatorException": 0,
    }


def _numbers(about: str, in_file: Mapping[str, Any], in_result: Mapping[str, int | Decimal]) -> list[str]:
    """The numbers that differ, a count that is no whole number among them: 5.0 is not 5, and true is not 1."""
    found = _keys(about, in_file, in_result) + differing(about, in_file, in_result)
    for name, number in in_result.items():
        if in_file.get(name) == number and type(in_file[name]) is not type(number):
            found.append(f"{about}, {name}: written as another kind of number")
    return found


def _keys(about: str, in_file: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    """What may not stand there, such as a rate, and what is missing; also where its value is null."""
    return _present(f"{about}, fields", in_file, wanted)


def _present(about: str, in_file: Iterable[str], in_result: Iterable[str]) -> list[str]:
    """Each that belongs there must be there once."""
    there, wanted = sorted(in_file), sorted(in_result)
    return [] if there == wanted else [f"{about}: {', '.join(there)} in the file, {', '.join(wanted)} expected"]


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
