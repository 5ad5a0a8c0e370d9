"""What an evaluation is asked, checked before anything is read; and what is told of it in run.json."""

import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from lumbar.codelists import code_list_hashes
from lumbar.engine.relational import Counts
from lumbar.errors import MappingError, UsageError
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy, parse_policy
from lumbar.readers.cautions import omop_hint
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping, parse_mapping
from lumbar.scoring import both_scores
from lumbar.tables.results import OVERALL
from lumbar.version import __version__
from lumbar.workflow.packages import installed_packages


class Asked:
    """The arguments of one evaluation, whatever the engine.

    Raises UsageError or MappingError for one that cannot be.
    """

    def __init__(
        self,
        year: int,
        as_of: date | str,
        mapping: str | Path | None,
        policy: str | Path | None,
        measures: Sequence[str],
    ) -> None:
        self.rules = rules_of(year, measures)
        self.measure_ids = [measure.id for measure in self.rules.measures if not measures or measure.id in measures]
        self.as_of = parse_as_of(as_of)
        self.mapping_text = None if mapping is None else _text_of(mapping, "mapping")
        self.mapping = parse_mapping(self.mapping_text or "")
        self.policy = load_policy(policy)

    def run_facts(self, intake: Intake, rate: pa.Table, counts: Counts, engine: str) -> dict[str, Any]:
        """The content of run.json; `engine` is its name and version."""
        if not counts.n_episodes:
            intake.warnings.append(
                f"no operation was found: none of the {counts.n_lines} procedure lines up to the as-of date has a code "
                "that starts one; look at the code system, the codes and the as-of date"
            )
        if intake.format == "omop":
            intake.warnings += omop_hint(intake.warnings, is_without_operations=not counts.n_episodes)
        overall = {row["measure_id"]: row for row in rate.to_pylist() if row["stratum"] == OVERALL}
        too_few = [both_scores.words(m, overall[m.id]) for m in self.rules.measures if m.id in overall]
        intake.warnings += [warning for warning in too_few if warning is not None]
        return {
            "package": "lumbar",
            "version": __version__,
            "rule_set": f"py{self.rules.year}",
            "rule_set_hash": lock_hash(self.rules),
            "code_lists": code_list_hashes(self.rules.year),
            "year": self.rules.year,
            "as_of": self.as_of.isoformat(),
            "measures": self.measure_ids,
            "policy": self.policy.as_json(),
            "format": intake.format,
            "mapping": self.mapping_text,
            "timezone": self.mapping.timezone,
            "date_format": self.mapping.date_format,
            "engine": engine,
            "python": platform.python_version(),
            "packages": installed_packages(),
            "n_patients": counts.n_patients,
            "n_episodes": counts.n_episodes,
            "n_procedure_lines": counts.n_lines,
            "n_procedure_lines_that_start_an_episode": counts.n_starting,
            **({"delta_versions": intake.delta_versions} if intake.delta_versions else {}),
            "inputs": [file.as_json() for file in intake.files],
            "warnings": intake.warnings,
        }


def parse_as_of(as_of: date | str) -> date:
    """The as-of date. Raises UsageError when the text is none, or a date at the end of the calendar."""
    try:
        day = as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"{as_of!r} is no date; write the as-of date as YYYY-MM-DD") from None
    if not date.min.year < day.year < date.max.year:
        raise UsageError(f"{day} is no day on which a result is computed; write the as-of date as YYYY-MM-DD")
    return day


def load_mapping(path: str | Path | None) -> SiteMapping:
    """The site mapping in a TOML file, or the default. Raises MappingError."""
    return parse_mapping(_text_of(path, "mapping"))


def load_policy(path: str | Path | None) -> Policy:
    """The policy in a TOML file, or the default. Raises MappingError."""
    return parse_policy(_text_of(path, "policy"))


def _text_of(path: str | Path | None, what: str) -> str:
    if path is None:
        return ""
    if not Path(path).is_file():
        raise MappingError(f"{what}: {path}: no such file")
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise MappingError(f"{what}: {path} cannot be read as UTF-8 text") from None


def rules_of(year: int, measures: Sequence[str]) -> PerformanceYear:
    """The whole year's rules, once the year and the measures asked for are known to exist."""
    if isinstance(year, bool) or not isinstance(year, int):
        raise UsageError("the performance year is a whole number, such as 2026")
    if isinstance(measures, str):
        raise UsageError('measures is a list of texts, such as ["459"]')
    rules = for_year(year)
    known = [measure.id for measure in rules.measures]
    for measure_id in measures:
        if measure_id not in known:
            raise UsageError(f"no measure {measure_id!r} in {year}; there are {', '.join(known)}")
    return rules
