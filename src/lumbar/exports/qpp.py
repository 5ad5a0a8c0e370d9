"""The submission of the Quality Payment Program as JSON, in the form its submissions interface takes.

The words are CMS's. A measure's value has one of three forms, by the metric type CMS gives it in its year.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from lumbar.errors import UsageError
from lumbar.exports.leaving import Counts, Leaving, Lines, refuse_unfinished, unfinished
from lumbar.measures.model import Measure
from lumbar.scoring import both_scores
from lumbar.scoring.measure_score import NON_PROPORTION
from lumbar.tables.results import OVERALL

MIPS = "mips"

_MEAN = Decimal("0.0001")  # a mean of scores is written to as many decimals as scores have


def write_qpp(
    leaving: Leaving,
    path: Path,
    *,
    tin: str,
    program: str = MIPS,
    end_to_end: bool = False,
    interim: bool = False,
) -> Lines:
    """Writes the submission of one surgeon, where one is named, or else of the practice as a group.

    `end_to_end` says that all data came through certified technology with no manual step. Raises UsageError for
    a program the year does not have, for windows or periods still open unless `interim`, for a measure CMS
    takes no submission of, and when nobody is in any measure.
    """
    _check_program(leaving, program)
    if not interim:
        refuse_unfinished(leaving)
    lines: Lines = [(f"Interim file, no final submission: {reason}", True) for reason in unfinished(leaving)]
    _check_submittable(leaving)
    lines += [(line, True) for line in (*_short_so_far(leaving), *_nobody(leaving))]
    path.write_text(json.dumps(_submission(leaving, tin, program, end_to_end), indent=2) + "\n", encoding="utf-8")
    return lines


def _submission(leaving: Leaving, tin: str, program: str, end_to_end: bool) -> dict[str, Any]:
    who = {"entityType": "group", "taxpayerIdentificationNumber": tin}
    if leaving.npi is not None:
        who |= {"entityType": "individual", "nationalProviderIdentifier": leaving.npi}
    year = leaving.rules.year
    return {
        **who,
        "performanceYear": year,
        "measurementSets": [
            {
                "category": "quality",
                "submissionMethod": "registry",
                "programName": program,
                "performanceStart": date(year, 1, 1).isoformat(),
                "performanceEnd": date(year, 12, 31).isoformat(),
                "measurements": [
                    {
                        "measureId": measure.id,
                        "value": {"isEndToEndReported": end_to_end, **_FORMS[measure.metric_type](leaving, measure)},
                    }
                    for measure in leaving.rules.measures
                ],
            }
        ],
    }


def _strata(leaving: Leaving, measure: Measure) -> dict[str, Any]:
    return {"strata": [{"stratum": c.stratum, **_five_counts(c)} for c in leaving.counts_of(measure)]}


def _rate(leaving: Leaving, measure: Measure) -> dict[str, Any]:
    return _five_counts(leaving.overall_of(measure))


def _five_counts(counts: Counts) -> dict[str, int]:
    """Exclusions have left already, as CMS wants of a registry, and these measures have no exceptions."""
    return {
        "eligiblePopulation": counts.eligible,
        "performanceMet": counts.met,
        "performanceNotMet": counts.not_met,
        "eligiblePopulationExclusion": 0,
        "eligiblePopulationException": 0,
    }


def _mean_change(leaving: Leaving, measure: Measure) -> dict[str, Any]:
    """The numerator is the mean change itself, the denominator everybody; CMS works out the share observed."""
    counts = leaving.overall_of(measure)
    mean = (counts.improvement_sum / counts.met).quantize(_MEAN, ROUND_HALF_UP) + 0  # never -0
    return {
        "numerator": float(mean),  # written with the same digits: four decimals survive a binary float
        "denominator": counts.eligible,
        "observationInstances": counts.met,
        "numeratorExclusion": 0,
        "denominatorException": 0,
    }


# What is in a measure's value, beside isEndToEndReported, by its metric type.
_FORMS: dict[str, Callable[[Leaving, Measure], dict[str, Any]]] = {
    "multiPerformanceRate": _strata,
    "singlePerformanceRate": _rate,
    NON_PROPORTION: _mean_change,
}


def _check_program(leaving: Leaving, program: str) -> None:
    for measure in leaving.rules.measures:
        allowed = [name for name in (MIPS, measure.program) if name]
        if program not in allowed:
            raise UsageError(
                f"measure {measure.id} of {measure.year} is not submitted to program {program!r} by a surgeon or a "
                f"group; --program may be {' or '.join(allowed)}"
            )


def _check_submittable(leaving: Leaving) -> None:
    """Raises UsageError for a measure CMS takes no submission of, and when nobody is in any measure."""
    measures = leaving.rules.measures
    if not any(leaving.overall_of(measure).eligible for measure in measures):
        raise UsageError("no operation belongs in any of the measures asked for: there is nothing to submit")
    refused = {m.id: text for m in measures if (text := _refusal(m, leaving.overall_of(m)))}
    if refused:
        others = [f"--measure {measure.id}" for measure in measures if measure.id not in refused]
        instead = f"; name the others alone, {' '.join(others)}" if others else ""
        raise UsageError("; ".join(refused.values()) + instead)


def _refusal(measure: Measure, counts: Counts) -> str | None:
    if both_scores.standing(measure, asdict(counts)) == both_scores.TOO_FEW:
        return both_scores.words(measure, asdict(counts))
    if measure.metric_type == NON_PROPORTION and not counts.met:
        return f"measure {measure.id} of {measure.year} has nobody with both scores: there is no mean change to submit"
    return None


def _short_so_far(leaving: Leaving) -> Iterator[str]:
    for measure in leaving.rules.measures:
        if text := both_scores.words(measure, asdict(leaving.overall_of(measure))):
            yield f"Interim: {text}"


def _nobody(leaving: Leaving) -> Iterator[str]:
    for measure in leaving.rules.measures:
        for counts in leaving.counts_of(measure):
            if not counts.eligible:
                about = measure.id if counts.stratum == OVERALL else f"{measure.id}, {counts.stratum}"
                yield f"Measure {about}: nobody is in it; its counts are written as 0 and its rate is undefined"
