"""The clinic's side: context, what the record must show and until when, diagnoses and procedures."""

from dataclasses import replace

from lumbar.codebook import wording
from lumbar.codebook.model import Ground, Row, Section, Statement, Table, least_sure, of_cite, of_row
from lumbar.codebook.rule_sections import engine_ground
from lumbar.codebook.subject import Subject
from lumbar.codelists import Entry, code_list
from lumbar.measures import for_year
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import ODI


def context(subject: Subject) -> Section:
    """What the score is, what met does not mean, and whom to look at whatever the measure says."""
    statements = list(subject.said("context"))
    if subject.place:
        policy, instrument = Policy(), subject.place.measure.instrument
        is_odi = instrument == ODI
        worse, better = (
            (policy.worse_odi, policy.responder_odi) if is_odi else (policy.worse_pain, policy.responder_pain)
        )
        ground = Ground(
            "Ostelo and others, consensus on minimal important change",
            "quoted by Werner and others 2017",
            "pain and ODI",
            "likely",
            note="a setting of lumbar’s policy, no part of the measure",
        )
        text = (
            f"Look at a patient who is worse by {wording.points(worse, instrument)} points or more, whatever the "
            f"measure says. Better by {wording.points(better, instrument)} points or more is a change that patients "
            "notice: a clinical reading, not the measure."
        )
        statements.append(Statement(text, ground))
        statements += _example_reading(subject)
    return Section("context", "Clinical context", tuple(statements))


def _example_reading(subject: Subject) -> list[Statement]:
    example = subject.example
    if example is None or "better_but_not_met" not in example.judged.flags or example.judged.improvement is None:
        return []
    gain = wording.points(example.judged.improvement, example.place.measure.instrument)
    text = f"The patient of the example is better by {gain} points, and still not met."
    return [Statement(text, engine_ground(example))]


def documentation(subject: Subject) -> Section:
    """What the record must show, and the day from which it is too late."""
    statements = list(subject.said("documentation"))
    tables: tuple[Table, ...] = ()
    example = subject.example
    if example is not None:
        (first, day_of), (opens, closes) = example.judged.preoperative_window, example.judged.postoperative_window
        ground = engine_ground(example)
        rows = (
            Row(("score before", wording.span(first, day_of), "after the operation began"), ground),
            Row(("score after", wording.span(opens, closes), f"from {wording.day(example.as_of)} on"), ground),
        )
        caption = f"For an operation on {wording.day(example.operated_on)}"
        tables = (Table(caption, ("What", "May be asked", "Too late"), rows),)
        codes = example.place.stratum.codes
        text = (
            f"A window that closes without a score after is {codes.not_assessed}, not assessed; it counts as not met. "
            "A score asked in time and typed in later counts from the day it was typed in."
        )
        statements.append(Statement(text, of_cite(codes.cite, example.place.year)))
    return Section("documentation", "Documentation expected, and when it is too late", tuple(statements), tables)


def diagnoses(subject: Subject) -> Section:
    """Diagnoses behind the operations, valid on the day, and the categories that exclude."""
    tables = list(
        subject.listed_table(
            "diagnoses", "Often behind the operation; billable that day", ("ICD-10-CM", "Title", "Here")
        )
    )
    tables += subject.listed_table(
        "symptoms", "Symptoms, only where no cause of them is coded; billable that day", ("ICD-10-CM", "Title", "Here")
    )
    if subject.place:
        rows = [
            Row((exclusion.category, f"{len(entries)} on our list"), _listed_ground(entries))
            for exclusion in subject.place.measure.exclusions
            if (entries := _valid(subject, exclusion.code_list))
        ]
        if rows:
            caption = "Categories that exclude, active on the day of the operation"
            tables.append(Table(caption, ("Category", "Codes"), tuple(rows)))
    return Section("diagnoses", "Diagnoses", subject.said("diagnoses"), tuple(tables))


def procedures(subject: Subject) -> Section:
    """Candidates that start an episode of the kind, and same-date procedures that exclude."""
    tables = []
    if subject.place:
        rules = for_year(subject.place.year)
        kinds = {place.stratum.kind for place in subject.places}
        for group in rules.procedures:
            entries = _valid(subject, group.code_list) if group.kind in kinds else []
            rows = tuple(Row((entry.code, entry.note), _candidate(entry)) for entry in entries)
            if rows:
                tables.append(Table(f"Start a {wording.KIND[group.kind]}", ("CPT", "In our own words"), rows))
        for other in getattr(subject.place.measure, "same_date_exclusions", ()):
            entries = _valid(subject, other.code_list)
            if entries:
                row = Row((other.category, f"{len(entries)} on our list"), _listed_ground(entries))
                caption = "Exclude when done on the same date"
                tables.append(Table(caption, ("Category", "Codes"), (row,)))
    return Section("procedures", "Procedures", subject.said("procedures"), tuple(tables))


def _candidate(entry: Entry) -> Ground:
    """The ground of a procedure of ours; its note is our name for it and stands in the row."""
    return replace(of_row(entry), locator=f"CPT {entry.code}", note="")


def _valid(subject: Subject, name: str) -> list[Entry]:
    year = subject.places[0].year
    return [entry for entry in code_list(year, name) if entry.valid_on(subject.on)]


def _listed_ground(entries: list[Entry]) -> Ground:
    first = of_row(entries[0])
    confidence = least_sure(*(entry.confidence for entry in entries))
    return Ground(first.source, first.version, first.locator, confidence, note="the steward’s own list is not public")
