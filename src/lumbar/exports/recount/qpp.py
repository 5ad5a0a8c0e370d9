"""Recounts a submission of the Quality Payment Program."""

import json
from pathlib import Path
from typing import Any

from lumbar.exports.recount.expected import Expected, differing

_NAMES = {"eligiblePopulation": "eligible", "performanceMet": "met", "performanceNotMet": "not_met"}


def differences(path: Path, expected: Expected) -> list[str]:
    """What of the file is not what the result says; empty when all is."""
    written: Any = json.loads(path.read_text(encoding="utf-8"))
    found: list[str] = []
    for measurement in written["measurementSets"][0]["measurements"]:
        for stratum in measurement["value"]["strata"]:
            key = (measurement["measureId"], stratum["stratum"])
            counts = {ours: stratum[theirs] for theirs, ours in _NAMES.items()}
            wanted = {name: expected.counts[key][name] for name in _NAMES.values()}
            found += differing(f"measure {key[0]}, {key[1]}", counts, wanted)
    return found
