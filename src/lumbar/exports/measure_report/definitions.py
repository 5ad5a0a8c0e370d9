"""The Measure resources: what is measured, in words and populations, without the logic that computes it."""

from lumbar.exports.measure_report.frame import Frame
from lumbar.exports.measure_report.guide import (
    DEFINED_GROUP_LINK,
    DEFINED_POPULATION_LINK,
    GROUP_IMPROVEMENT,
    GROUP_SCORING,
    IMPROVEMENT_CODES,
    MEASURE_TYPES,
    POPULATION_BASIS,
    POPULATION_CODES,
    SCORING_CODES,
    Resource,
    concept,
    extension,
)
from lumbar.exports.measure_report.populations import MEANING, Group, groups_of
from lumbar.measures.model import Measure
from lumbar.tables.results import NOT_RECOVERED

INCREASE = concept(IMPROVEMENT_CODES, "increase")


def measure_resource(frame: Frame, measure: Measure) -> Resource:
    """One measure of one performance year; an operation is what it counts."""
    groups = groups_of(measure)
    resource: Resource = {
        "resourceType": "Measure",
        "id": frame.id_of("Measure", measure.id, str(measure.year)),
        "extension": [extension(POPULATION_BASIS, valueCode="Procedure")],
        "url": frame.measure_url(measure),
        "identifier": [{"type": {"text": "MIPS quality measure"}, "value": measure.id}],
        "version": str(measure.year),
        "name": f"MIPS{measure.id}Year{measure.year}",
        "title": measure.title,
        "status": "active",
        "description": f"{measure.title}, MIPS quality measure {measure.id}, performance year {measure.year}. "
        f"{NOT_RECOVERED}",
        "effectivePeriod": frame.period,
        "type": [concept(MEASURE_TYPES, "patient-reported-outcome")],
        "group": [_group(group, own_scoring=scored_by_group(groups)) for group in groups],
    }
    if not scored_by_group(groups):
        resource |= {"scoring": concept(SCORING_CODES, groups[0].scoring), "improvementNotation": INCREASE}
    return resource


def scored_by_group(groups: tuple[Group, ...]) -> bool:
    """Whether the groups are scored in several ways, so that each says its own."""
    return len({group.scoring for group in groups}) > 1


def _group(group: Group, *, own_scoring: bool) -> Resource:
    extensions = [extension(DEFINED_GROUP_LINK, valueString=group.link_id)]
    if own_scoring:
        extensions += [
            extension(GROUP_SCORING, valueCodeableConcept=concept(SCORING_CODES, group.scoring)),
            extension(GROUP_IMPROVEMENT, valueCodeableConcept=INCREASE),
        ]
    return {
        "id": group.link_id,
        "extension": extensions,
        "code": {"text": group.link_id},
        "population": [_population(group, code) for code in group.codes],
    }


def _population(group: Group, code: str) -> Resource:
    return {
        "id": group.criteria(code),
        "extension": [extension(DEFINED_POPULATION_LINK, valueString=group.criteria(code))],
        "code": concept(POPULATION_CODES, code),
        "description": MEANING[code],
        # R4 demands an expression; ours says in words what the population holds.
        "criteria": {"language": "text/plain", "expression": MEANING[code]},
    }
