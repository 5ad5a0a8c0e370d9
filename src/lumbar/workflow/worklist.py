"""A stored result to the calls it asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.followup.attempts import read_tried
from lumbar.followup.floor import GROUPED_BY, Floor, Stratum, floors
from lumbar.followup.next_best import NEXT_BEST, call_rules
from lumbar.followup.reachable import kept_off, n_naming_nobody, reached_by
from lumbar.followup.response_model import response_model
from lumbar.followup.worklist import LISTED_COLUMNS, People, Worklist, list_lines, windows_of
from lumbar.tables.clinical import CONTACT, PATIENT
from lumbar.workflow.result import Result


def worklist_of(
    result: Result,
    *,
    order: str = NEXT_BEST,
    days: int | None = None,
    weights: Mapping[str, float] | None = None,
    tried: Path | None = None,
    everybody: bool = False,
) -> Worklist:
    """The worklist of a result on its as-of date.

    `days` before its opening a window is listed; `weights` by group of the response model; `tried` a CSV of contacts
    tried; with `everybody`, scores due outside the measure are listed too. Raises InputError for a file that cannot be
    read, ResultFolderError for a result that lacks patients.
    """
    as_of, model, rules = date.fromisoformat(result.run["as_of"]), response_model(), call_rules()
    rules = replace(rules, weights={**rules.weights, **(weights or {})})
    days_soon = rules.days_soon if days is None else days
    outcome = result.outcome
    rows = _due_rows(outcome, as_of, as_of + timedelta(days=days_soon), everybody)
    rejected = result.rejected.to_pylist()
    people = _people(result, {row["patient_id"] for row in rows}, rejected, as_of)
    asked = [row for row in rows if row["patient_id"] not in people.kept_off]
    known = set(pc.unique(outcome["episode_id"]).to_pylist()) if tried else set()
    attempts = read_tried(tried, windows_of(asked), known, as_of) if tried else None
    lines, n_kept_off = list_lines(rows, people, floors_of(result), attempts, result.rules, model, rules, as_of, order)
    n_not_read = n_naming_nobody(rejected)
    return Worklist(as_of, order, days_soon, everybody, rules, model, lines, n_kept_off, n_not_read, attempts)


def floors_of(result: Result) -> dict[Stratum, Floor]:
    """The floor that each stratum of a result with a row in the measure counts in."""
    counted = result.outcome.filter(pc.field("in_measure")).group_by(list(GROUPED_BY)).aggregate([([], "count_all")])
    groups = counted.rename_columns([*GROUPED_BY, "n"]).to_pylist()
    return floors(groups, result.rules, result.run["policy"]["postoperative"])


def _due_rows(outcome: pa.Table, as_of: date, last_opening: date, everybody: bool) -> list[dict[str, Any]]:
    """Rows without a postoperative score whose window has not closed and opens in time."""
    keep = pc.field("postoperative_score_id").is_null()
    keep &= (pc.field("window_closes") >= as_of) & (pc.field("window_opens") <= last_opening)
    if not everybody:
        keep &= pc.field("in_measure")
    rows: list[dict[str, Any]] = outcome.filter(keep).select(list(LISTED_COLUMNS)).to_pylist()
    return rows


def _people(result: Result, patient_ids: set[str], rejected: Sequence[Mapping[str, Any]], as_of: date) -> People:
    """What the list needs to know of its patients."""
    wanted = pa.array(sorted(patient_ids), pa.string())

    def of(name: str) -> list[dict[str, Any]]:
        table = result.clinical(name)
        rows: list[dict[str, Any]] = table.filter(pc.is_in(table["patient_id"], wanted)).to_pylist()
        return rows

    patients, contacts = of(PATIENT.name), of(CONTACT.name)
    return People(
        patients={row["patient_id"]: row for row in patients},
        contacts=reached_by(contacts),
        languages={row["patient_id"]: row["language"] for row in contacts},
        kept_off=kept_off(patients, contacts, rejected, as_of),
    )
