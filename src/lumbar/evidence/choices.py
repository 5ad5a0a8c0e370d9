"""The choices a run was made with, as its run.json tells them, against what this version knows."""

from typing import Any

from lumbar.errors import MappingError
from lumbar.measures import for_year
from lumbar.measures.policy import recorded_policy
from lumbar.readers import FORMATS
from lumbar.readers.mapping import parse_mapping


def check_choices(run: dict[str, Any]) -> None:
    """Raises ValueError for choices that cannot be made with this version's rules, which are the run's."""
    known = [measure.id for measure in for_year(run["year"]).measures]
    if not run["measures"] or run["measures"] != [each for each in known if each in run["measures"]]:
        raise ValueError(f"measures are not some of the year's: {', '.join(known)}")
    if run["format"] not in FORMATS:
        raise ValueError(f"format is none of {', '.join(FORMATS)}")
    try:
        mapping = parse_mapping(run["mapping"] or "")
        policy = recorded_policy(run["policy"]).as_json()
    except MappingError as error:
        raise ValueError(f"holds settings that cannot be read: {error}") from None
    if policy != run["policy"]:
        raise ValueError("policy does not name each choice")
    if (mapping.timezone, mapping.date_format) != (run["timezone"], run["date_format"]):
        raise ValueError("timezone or date_format is not that of the mapping")
