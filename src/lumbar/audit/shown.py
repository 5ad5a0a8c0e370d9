"""What the pages of an audit pack show, as plain values in a clinician's words; the template only sets them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from lumbar.audit.pack import Case, Pack
from lumbar.audit.source_lines import MAPPED, line_id
from lumbar.engine.reference_scores import OUTSIDE, PREOPERATIVE
from lumbar.explain.proof import Candidate, RowProof
from lumbar.explain.text import outside_of_all
from lumbar.explain.words import AT, INSTRUMENT, KIND, SCALE, day, span
from lumbar.tables.clinical import CONDITION, COVERAGE, PATIENT, PROCEDURE, REPORTED_CODE, SCORE
from lumbar.tables.results import NOT_RECOVERED

# What the fonts of the page hold beside the letters of Europe: dashes, quotation marks, arrows and signs.
_LETTERS = ((0x20, 0x24F), (0x391, 0x3CE), (0x400, 0x45F))
_SIGNS = frozenset("‐‑–—‘’“”…→−≤≥")
Place = tuple[str, str | None]  # clinical table, record id


def settable(text: str) -> str:
    """The text as the page can show it: a character its fonts do not hold as `<U+4E2D>`."""
    return "".join(c if _is_settable(c) else f"<U+{ord(c):04X}>" for c in text)


def _is_settable(character: str) -> bool:
    known = character in _SIGNS or any(first <= ord(character) <= last for first, last in _LETTERS)
    return known and (character.isprintable() or character == "\N{NO-BREAK SPACE}")


def shown(pack: Pack) -> dict[str, Any]:
    """Everything on the pages."""
    run = pack.run
    places = _places(pack)
    page = {
        "title": "Audit pack",
        "about": f"{_n_operations(len(pack.cases))}, performance year {run['year']}, as of {_day_of(run['as_of'])}",
        "on": day(pack.on),
        "facts": list(_facts(pack)),
        "policy": [[name.replace("_", " "), str(value).lower()] for name, value in run["policy"].items()],
        "inputs": [[file["file"], f"{file['rows']:,}", file["blake3"]] for file in run["inputs"]],
        "reading": NOT_RECOVERED,
        "cases": [_case(case, places) for case in pack.cases],
    }
    checked: dict[str, Any] = _settable(page)
    return checked


def _settable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _settable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(item) for item in value]
    return settable(value) if isinstance(value, str) else value


def _facts(pack: Pack) -> Iterator[list[str]]:
    run = pack.run
    yield ["Made by", f"lumbar {run['version']}, {run['engine']}"]
    yield ["Rule set", f"{run['rule_set']}, {run['rule_set_hash']}"]
    yield ["Measures", ", ".join(run["measures"])]
    yield ["As of", f"{_day_of(run['as_of'])}: nothing dated or recorded later is known"]
    yield ["Whole result", f"{run['n_episodes']:,} operations of {run['n_patients']:,} patients"]
    yield ["Cases", f"{len(pack.cases):,}; {pack.chosen}"]


def _places(pack: Pack) -> Mapping[Place, str]:
    """Where a record stands in the source: file and line."""
    places: dict[Place, str] = {}
    for line in pack.lines or ():
        if line.became == MAPPED:
            places[line.table, line.record_id] = f"{line.file}, line {line.line:,}"
    return places


def _case(case: Case, places: Mapping[Place, str]) -> dict[str, Any]:
    proof, row = case.proof, case.rows[0]
    throughout = [note for note in proof.rows[0].notes if all(note in other.notes for other in proof.rows)]
    return {
        "number": case.number,
        "name": case.name,
        "id": proof.episode_id,
        "operation": f"Lumbar {KIND[proof.kind]} on {day(proof.index_date)}",
        "counted": [[r.measure_id, _result(r), r.code or "no code"] for r in proof.rows if r.in_measure],
        "facts": [
            ["Patient", proof.patient_id],
            ["Born", _patient_day(case, "birth_date")],
            *([["Died", _patient_day(case, "deceased_on")]] if "deceased" in row["flags"].split() else []),
            ["Surgeon (NPI)", row["surgeon_npi"] or "not known"],
            ["Payer", row["payer"].replace("_", " ")],
        ],
        "glance": [_glance(r) for r in proof.rows],
        "why": list(proof.why_an_episode),
        "throughout": throughout,
        "instruments": [_instrument(case, name, throughout, places) for name in INSTRUMENT if _rows(case, name)],
        "records": list(_records(case, places)),
        "rules": proof.rules[0].upper() + proof.rules[1:] + ".",
    }


def _patient_day(case: Case, name: str) -> str:
    patients = case.records.get(PATIENT.name, ())
    on = patients[0][name] if patients else None
    return day(on) if on else "date not known"


def _rows(case: Case, instrument: str) -> list[RowProof]:
    return [row for row in case.proof.rows if row.instrument == instrument]


def _result(row: RowProof) -> str:
    return row.status.replace("_", " ") + (" so far" if row.provisional else "")


def _glance(row: RowProof) -> list[str]:
    """What was asked, when, before and after, the result, the code, whether it counts."""
    before, after = (
        next((c.value_text for c in row.candidates if c.chosen and c.window == window), "none")
        for window in (PREOPERATIVE, row.timepoint)
    )
    counts = "yes" if row.in_measure else "no"
    return [INSTRUMENT[row.instrument], AT[row.timepoint], before, after, _result(row), row.code or "none", counts]


def _instrument(case: Case, name: str, throughout: list[str], places: Mapping[Place, str]) -> dict[str, Any]:
    rows = _rows(case, name)
    first = rows[0]
    outside = outside_of_all(rows)
    windows = [
        _window("Before surgery", span(first.preoperative_window), first.candidates, PREOPERATIVE, places),
        *(
            _window(AT[r.timepoint].capitalize(), span(r.postoperative_window), r.candidates, r.timepoint, places)
            for r in rows
        ),
    ]
    if outside:
        windows.append(_window("Outside every window", "", outside, OUTSIDE, places))
    return {
        "name": INSTRUMENT[name][0].upper() + INSTRUMENT[name][1:],
        "measure": ", ".join(dict.fromkeys(row.measure_id for row in rows)),
        "windows": windows,
        "results": [{"at": AT[r.timepoint].capitalize(), "lines": list(_lines(r, throughout))} for r in rows],
    }


def _window(
    title: str,
    dates: str,
    candidates: tuple[Candidate, ...] | list[Candidate],
    window: str,
    places: Mapping[Place, str],
) -> dict[str, Any]:
    own = [c for c in candidates if c.window == window]
    return {"title": title, "dates": dates, "candidates": [_candidate(c, places) for c in own]}


def _candidate(c: Candidate, places: Mapping[Place, str]) -> dict[str, Any]:
    side = f"{c.side} leg, " if c.side else ""
    return {
        "chosen": c.chosen,
        "cells": [c.value_text, day(c.assessed_on), c.because, f"{side}{SCALE[c.scale]}", c.score_id],
        "place": _place_of(SCORE.name, c.score_id, places),
    }


def _lines(row: RowProof, throughout: list[str]) -> Iterator[list[str]]:
    yield ["Result", row.headline]
    yield ["Arithmetic", row.arithmetic]
    yield ["Rule", row.rule]
    yield ["Citation", row.cite]
    yield ["Code", row.code or "none yet"]
    yield ["Counts", row.counts]
    if row.counterfactual:
        yield ["Otherwise", row.counterfactual]
    for n, note in enumerate(note for note in row.notes if note not in throughout):
        yield ["Notes" if n == 0 else "", note]
    sources = (f"{s.about}: {s.document}, {s.section} ({s.confidence})" for s in row.sources)
    yield ["Sources", "; ".join(sources)]


def _records(case: Case, places: Mapping[Place, str]) -> Iterator[list[str]]:
    """The records other than scores that an operation rests on: table, id, what it says, where it stands."""
    for row in case.records.get(PROCEDURE.name, ()):
        if row["performed_on"] == case.proof.index_date:
            modifiers = f", modifiers {row['modifiers']}" if row["modifiers"] else ""
            what = f"{(row['system'] or 'no system').upper()} {row['code'] or 'no code'}{modifiers}"
            place = _place_of(PROCEDURE.name, row["procedure_id"], places)
            yield ["procedure", row["procedure_id"], f"{what}, {day(row['performed_on'])}", place]
    for row in case.records.get(CONDITION.name, ()):
        onset = f", onset {day(row['onset_on'])}" if row["onset_on"] else ""
        place = _place_of(CONDITION.name, row["condition_id"], places)
        yield ["diagnosis", row["condition_id"], f"{row['code']}{onset}", place]
    for row in case.records.get(REPORTED_CODE.name, ()):
        yield ["reported code", "", f"{row['code']}, {day(row['reported_on'])}", ""]
    for row in case.records.get(COVERAGE.name, ()):
        since = f", from {day(row['starts_on'])}" if row["starts_on"] else ""
        until = f", to {day(row['ends_on'])}" if row["ends_on"] else ""
        yield ["coverage", "", f"{row['payer'].replace('_', ' ')}{since}{until}", ""]


def _place_of(table: str, record_id: str, places: Mapping[Place, str]) -> str:
    return places.get((table, record_id)) or places.get((table, line_id(record_id)), "")


def _n_operations(n: int) -> str:
    return f"{n:,} operation{'' if n == 1 else 's'}"


def _day_of(text: str) -> str:
    return day(date.fromisoformat(text))
