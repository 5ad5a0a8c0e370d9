"""The submission of the Quality Payment Program as JSON."""

import json
from pathlib import Path

from lumbar.exports.leaving import Leaving, Lines


def write_qpp(leaving: Leaving, path: Path, tin: str) -> Lines:
    """Writes the submission; returns what the terminal shows."""
    measurements = [
        {
            "measureId": measure.id,
            "value": {
                "isEndToEndReported": False,
                "strata": [
                    {
                        "stratum": counts.stratum,
                        "eligiblePopulation": counts.eligible,
                        "performanceMet": counts.met,
                        "performanceNotMet": counts.not_met,
                        "eligiblePopulationExclusion": 0,
                        "eligiblePopulationException": 0,
                    }
                    for counts in leaving.counts_of(measure)
                ],
            },
        }
        for measure in leaving.rules.measures
    ]
    submission = {
        "taxpayerIdentificationNumber": tin,
        "performanceYear": leaving.rules.year,
        "measurementSets": [{"category": "quality", "measurements": measurements}],
    }
    path.write_text(json.dumps(submission, indent=2) + "\n", encoding="utf-8")
    return []
