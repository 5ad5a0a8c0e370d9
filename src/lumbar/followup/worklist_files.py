"""A worklist as data: JSON values, exact, and CSV, safe to open in a spreadsheet."""

import csv
from dataclasses import asdict
from io import StringIO
from typing import Any

from lumbar.followup import worklist_words as words
from lumbar.followup.worklist import Line, Worklist

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet knows one


def worklist_json(worklist: Worklist) -> dict[str, Any]:
    """The list as JSON values; fractions 0-1, dates as YYYY-MM-DD, null for what is not known."""
    tried = worklist.tried
    return {
        "as_of": worklist.as_of.isoformat(),
        "order": worklist.order,
        "days": worklist.days_soon,
        "everybody": worklist.everybody,
        "weights": dict(worklist.rules.weights),
        "response_model": asdict(worklist.model),
        "left_out": dict(worklist.n_kept_off),
        "contact_rows_not_read": worklist.n_contacts_not_read,
        "tried": None
        if tried is None
        else {
            "rows": tried.n_rows,
            "used": tried.n_used,
            "rejected": dict(tried.rejected),
            "of_no_concern": dict(tried.of_no_concern),
        },
        "notes": words.notes(worklist),
        "rows": [{"number": number, **_row(line)} for number, line in enumerate(worklist.lines, 1)],
    }


def _row(line: Line) -> dict[str, Any]:
    return {
        "episode_id": line.episode_id,
        "patient_id": line.patient_id,
        "name": line.contact.name,
        "phone": line.contact.phone,
        "email": line.contact.email,
        "mrn": line.contact.mrn,
        "language": line.language,
        "operated_on": line.index_date.isoformat(),
        "kind": line.kind,
        "surgeon_npi": line.surgeon_npi,
        "payer": line.payer,
        "timepoint": line.due.who.timepoint,
        "window_opens": line.due.opens.isoformat(),
        "window_closes": line.due.closes.isoformat(),
        "days_left": line.days_left,
        "next_step": line.next_step,
        "call_on": line.call_on.isoformat(),
        "missing": [
            {
                "instrument": one.instrument,
                "measure_id": one.measure_id,
                "preoperative_score": "there" if one.completes_a_pair else "too late to mend",
                "in_measure": one.floor is not None,
                "floor_of": ("measure" if one.floor.is_overall else "stratum") if one.floor else None,
                "n_stratum": one.floor.n_all if one.floor else None,
                "floor": one.floor.share if one.floor else None,
                "floor_if_met": one.floor.with_one_more if one.floor and one.can_be_met else None,
            }
            for one in line.missing
        ],
        "tried": [{"tried_on": tried.tried_on.isoformat(), "how": tried.how} for tried in line.attempts],
        "chance": line.chance,
        "expected_pairs": line.expected_pairs,
        "expected_counted": line.expected_counted,
        "groups": list(line.due.who.groups),
        "weight": line.weight,
        "n_lines_of_patient": line.n_lines_of_patient,
    }


CSV_COLUMNS = (
    *("number", "name", "phone", "email", "mrn", "language", "patient_id", "episode_id", "operated_on", "kind"),
    *("surgeon_npi", "payer", "timepoint", "window_opens", "window_closes", "days_left", "next_step", "call_on"),
    *("due", "why", "tried", "chance", "expected_pairs", "expected_counted", "groups", "weight"),
    "n_lines_of_patient",
)


def worklist_csv(worklist: Worklist) -> str:
    """The list as RFC 4180 has it: CSV_COLUMNS as header, then a line a row.

    A cell that a spreadsheet would take for a formula, also a telephone number with its plus, has an apostrophe put
    before it; JSON has it exact.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for number, line in enumerate(worklist.lines, 1):
        row = {
            "number": number,
            **_row(line),
            "due": words.due_words(line),
            "why": words.why_words(line),
            "tried": words.attempts_words(line),
            "groups": " ".join(line.due.who.groups),
            **{name: f"{getattr(line, name):.4f}" for name in ("chance", "expected_pairs", "expected_counted")},
        }
        writer.writerow(_cell(row[name]) for name in CSV_COLUMNS)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
