"""The page of equity: who answers, by groups of patients, so that a gap in asking is seen before one in results."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.followup.counted import GROUP, of_own_stratum
from lumbar.followup.groups import grouped
from lumbar.report import charts, wording
from lumbar.report.process_charts import shares_chart
from lumbar.report.site.content import Content
from lumbar.statistics.disclosure.limits import LEAST_CASES_TO_COMPARE
from lumbar.statistics.intervals import Share
from lumbar.tables.results import OPEN, UPCOMING

_DIMENSIONS = {
    "age": "Age on the day of the operation",
    "sex": "Sex",
    "language": "Language",
    "race": "Race",
    "ethnicity": "Ethnicity",
    "payer": "Payer",
}
_KEYS = ("patient_id", "episode_id", "index_date", "kind", "surgeon_npi", "payer", "measure_id", "timepoint")


@dataclass(frozen=True, slots=True)
class GroupAnswers:
    """Operations of a group whose window has closed, and those of them with any score in it."""

    label: str
    answers: Share

    @property
    def may_be_compared(self) -> bool:
        return self.answers.n >= LEAST_CASES_TO_COMPARE


def equity(content: Content) -> dict[str, Any]:
    """Per dimension the answers of every group, the unknown last, and the largest gap between groups."""
    operations = _operations(content)
    return {
        "least_to_compare": LEAST_CASES_TO_COMPARE,
        "equity": [_dimension(name, title, operations, content) for name, title in _DIMENSIONS.items()],
    }


def _operations(content: Content) -> pa.Table:
    """One row per operation in a measure whose window has closed; `answered` is 1 with a score of any instrument."""
    shown = content.shown
    rows = of_own_stratum(shown.outcome.filter(pc.field("in_measure")), shown.rules)
    rows = rows.filter(~pc.field("status").isin([OPEN, UPCOMING]) & ~pc.field("provisional"))
    rows = rows.append_column("answered", pc.cast(pc.is_valid(rows["postoperative_score"]), pa.int64()))
    keys = [name for name in _KEYS if name not in ("measure_id", "timepoint")]
    return rows.group_by(keys).aggregate([("answered", "max")])


def _dimension(name: str, title: str, operations: pa.Table, content: Content) -> dict[str, Any]:
    rows = grouped(operations, name, content.clinical, content.shown.rules, content.policy)
    counted = rows.group_by([GROUP]).aggregate([("answered_max", "sum"), ("answered_max", "count")]).to_pylist()
    counted.sort(key=lambda row: (row[GROUP] is None, row[GROUP] or ""))
    groups = [
        GroupAnswers(_label(name, row[GROUP]), Share(row["answered_max_sum"], row["answered_max_count"]))
        for row in counted
    ]
    shares = [group.answers.share or 0.0 for group in groups if group.may_be_compared]
    return {
        "name": name,
        "title": title,
        "groups": groups,
        "gap": max(shares) - min(shares) if len(shares) > 1 else None,
        "svg": _drawn(name, title, [group for group in groups if group.may_be_compared]),
    }


def _label(dimension: str, group: str | None) -> str:
    if group is None:
        return "not recorded"
    return wording.PAYER.get(group, group) if dimension == "payer" else group


def _drawn(name: str, title: str, groups: list[GroupAnswers]) -> str:
    if len(groups) < 2:
        return ""
    said = "; ".join(f"{group.label}: {wording.percent(group.answers.share)}" for group in groups)
    chart = shares_chart([(group.label, group.answers) for group in groups], f"answers-{name}")
    described = f"{said}. The same figures stand in the table below."
    return charts.described(chart, f"answers-{name}", f"Answers by {title.lower()}", described)
