"""Companion codes, and the code's history: what it was, when it ended, what replaced it."""

from datetime import date
from itertools import groupby

from lumbar.codebook import wording
from lumbar.codebook.model import CONFIDENCES, Companion, Ground, Row, Section, Statement, Table, of_cite, of_row
from lumbar.codebook.standing import (
    ACTIVE,
    AVERAGE_CHANGE,
    COMPONENT,
    ENDED,
    HCPCS,
    ROLES,
    Place,
    average_change_places,
    code_of,
    in_force_around,
    place_confidence,
    places,
    recorded,
    successors_on,
    term_of,
)
from lumbar.codebook.subject import Subject, both, meaning_ground
from lumbar.codelists.codebook import descriptors
from lumbar.codelists.terminology import Term, history, term_on, terms
from lumbar.measures import for_year, years
from lumbar.measures.model import Measure, Stratum


def companion_rows(subject: Subject) -> list[tuple[Measure, Stratum, str, Term]]:
    """The codes in force on the day for the code's own question, each with the role it has that day, but not itself."""
    if subject.place is None:
        return []
    asked = subject.place.measure.instrument
    at = {place.stratum.timepoint for place in subject.places}
    return [row for row in _codes_on(subject) if row[0].instrument == asked and row[1].timepoint in at]


def _codes_on(subject: Subject) -> list[tuple[Measure, Stratum, str, Term]]:
    """Every code a measure of the day's year gives and that is in force on the day, but the subject itself."""
    year = min(max(subject.on.year, years()[0]), years()[-1])
    found = []
    for measure in for_year(year).measures:
        for stratum in measure.strata:
            for role in ROLES:
                code = code_of(stratum.codes, role)
                term = term_on(HCPCS, code, subject.on)
                if term is not None and code != subject.code:
                    found.append((measure, stratum, role, term))
    return found


def companions_of(subject: Subject) -> tuple[Companion, ...]:
    """The companions as values, each once."""
    found: dict[str, Companion] = {}
    for _, _, role, term in companion_rows(subject):
        found.setdefault(term.code, Companion(term.code, role, term.label))
    for term in _components(subject):
        found.setdefault(term.code, Companion(term.code, COMPONENT, term.label))
    return tuple(found.values())


def _components(subject: Subject) -> list[Term]:
    """For a code that names one part of an exclusion: the other parts in force on the day."""
    if recorded(subject.term).get("role") != COMPONENT:
        return []
    return [
        term
        for term in terms(HCPCS)
        if recorded(term).get("role") == COMPONENT and term.code != subject.code and term.valid_on(subject.on)
    ]


def beside(subject: Subject) -> str:
    """The companions in a sentence, each with its role; empty where there are none."""
    named = [f"{c.code} {wording.ROLE[c.role]}" for c in companions_of(subject)]
    if _marks_the_average(subject) and len(named) > 1:
        return f"{named[0]}; never {wording.listing(named[1:], 'or')}."
    return f"{', '.join(named)}." if named else ""


def _marks_the_average(subject: Subject) -> bool:
    """Whether the code, in force, stands beside the met code of its stratum instead of against it."""
    return subject.role == AVERAGE_CHANGE and subject.standing == ACTIVE


def _how_they_go_together(subject: Subject, place: Place) -> list[Statement]:
    """Which of the codes may stand on one result."""
    ground = of_cite(place.stratum.codes.cite, place.year)
    found = []
    if subject.role == AVERAGE_CHANGE:
        codes = place.stratum.codes
        never = wording.listing(list(dict.fromkeys([codes.not_met, codes.not_assessed, codes.excluded])), "or")
        text = f"{subject.code} goes with {codes.met} on the same patient, and never with {never}."
        if subject.standing != ACTIVE:
            text = f"In performance year {place.year}, {subject.code} goes with {codes.met} alone."
        found.append(Statement(text, ground))
    if companion_rows(subject) and not _marks_the_average(subject):
        text = "For one operation and one timepoint exactly one of these is true; two of them on one result contradict."
        found.append(Statement(text, ground))
    return found


def beside_ground(subject: Subject) -> Ground:
    """The ground of the companions together: as sure as the least sure of their roles."""
    rows = companion_rows(subject)
    if not rows:
        return meaning_ground(subject.term)
    # The stratum whose codes are the least sure is the one cited: its note says why.
    measure, stratum, _, term = max(rows, key=lambda row: CONFIDENCES.index(place_confidence(row[3], row[1])))
    return both(of_cite(stratum.codes.cite, measure.year), place_confidence(term, stratum))


def companions(subject: Subject) -> Section:
    """The codes beside this one, in force on the day."""
    own, on = companion_rows(subject), subject.on_words()
    rows = [
        Row(
            (term.code, wording.ROLE[role], term.label),
            both(of_row(term), place_confidence(term, stratum)),
        )
        for _, stratum, role, term in _once(own)
    ]
    rows += [Row((term.code, "another part", term.label), meaning_ground(term)) for term in _components(subject)]
    headings = ("Code", "Says", "In words")
    tables = [Table(f"The same question, in force on {on}", headings, tuple(rows))] if rows else []
    tables += _other_questions(subject)
    statements = _how_they_go_together(subject, subject.place) if subject.place else []
    statements += subject.said("companions")
    if not rows:
        none = "code of this question" if subject.place else "part of an exclusion"
        statements.append(Statement(f"No other {none} is in force on {on}.", meaning_ground(subject.term)))
    return Section("companions", "Companion codes", tuple(statements), tuple(tables))


def _once(rows: list[tuple[Measure, Stratum, str, Term]]) -> list[tuple[Measure, Stratum, str, Term]]:
    return list({row[3].code: row for row in reversed(rows)}.values())[::-1]


def _other_questions(subject: Subject) -> list[Table]:
    """The other questions and timepoints asked on the day, one line each."""
    if subject.place is None:
        return []
    asked = subject.place.measure.instrument
    at = {place.stratum.timepoint for place in subject.places}
    lines: dict[tuple[str, str], dict[str, str]] = {}
    grounds: dict[tuple[str, str], Ground] = {}
    for measure, stratum, role, term in _codes_on(subject):
        if measure.instrument == asked and stratum.timepoint in at:
            continue
        key = (f"{measure.id}, {wording.INSTRUMENT[measure.instrument]}", wording.stratum(stratum))
        lines.setdefault(key, {})[role] = term.code
        ground = both(of_cite(stratum.codes.cite, measure.year), place_confidence(term, stratum))
        grounds[key] = both(grounds.get(key, ground), ground.confidence)
    rows = tuple(
        Row((*key, *(codes.get(role, "–") for role in ROLES)), grounds[key]) for key, codes in sorted(lines.items())
    )
    headings = ("Measure", "Stratum", *(wording.ROLE[role].capitalize() for role in ROLES))
    return [Table(f"The other questions, codes in force on {subject.on_words()}", headings, rows)] if rows else []


def standing_statement(subject: Subject) -> Statement:
    """Whether the code may be used on the day, and if not, since when and what stands in its place."""
    term, on = subject.term, subject.on_words()
    if subject.standing == ACTIVE:
        text = f"In force on {on} ({wording.in_force(*in_force_around(subject.code, subject.on))})."
        return Statement(text, subject.dates_ground())
    if subject.standing != ENDED or term.valid_to is None:
        since = f" It begins on {wording.day(term.valid_from)}." if term.valid_from else ""
        return Statement(f"Not in force on {on}.{since}", subject.dates_ground())
    ended = f"Ended on {wording.day(term.valid_to)}: no line dated later may carry it."
    return Statement(f"{ended} {_replaced_by(subject)}", both(of_row(term), _sureness(term)[0]))


def _sureness(term: Term) -> tuple[str, str]:
    """How sure the successors are and why they are taken for such: their note says so."""
    confidence, _, because = term.note.partition("successors ")[2].partition(": ")
    return confidence or term.confidence, because


def _replaced_by(subject: Subject) -> str:
    found = successors_on(subject.code, subject.on)
    if not found:
        return f"Nothing that replaced it is in force on {subject.on_words()}."
    because = _sureness(subject.term)[1]
    named = "; or ".join(f"{term.code}, {term.label}" for term in found)
    return f"In its place: {named}{f' ({because})' if because else ''}."


def history_of(subject: Subject) -> Section:
    """When the code was in force, what its text was, and which measure took it, by year."""
    rows = _standing_rows(subject)
    texts = [text for text in descriptors(subject.code) if text.valid_from is None or text.valid_from <= subject.on]
    if len(texts) > 1:
        rows += [
            Row(("text", wording.in_force(text.valid_from, text.valid_to), f"“{text.text}”"), of_row(text))
            for text in texts
        ]
    rows += _measure_rows(subject.code)
    tables = (Table("By date", ("What", "When", "In words"), tuple(rows)),)
    return Section("history", "History", (standing_statement(subject), *subject.said("history")), tables)


def _standing_rows(subject: Subject) -> list[Row]:
    """The code's days in force; where its meaning was worded anew, the day's meaning and then each with its days."""
    every = history(HCPCS, subject.code)
    days = wording.in_force(*in_force_around(subject.code, subject.on))
    if len(every) == 1:
        return [Row(("in force", days, every[0].label), meaning_ground(every[0]))]
    begun = [t for t in every if t.valid_from is None or t.valid_from <= subject.on] or list(every[:1])
    rows = [Row(("in force", days, subject.code), subject.dates_ground())]
    return rows + [Row(("meaning", wording.in_force(t.valid_from, t.valid_to), t.label), of_row(t)) for t in begun]


def _measure_rows(code: str) -> list[Row]:
    """One row for each run of years in which the code had the same place."""

    def named(place: Place) -> tuple[str, str, str, str]:
        return (place.measure.id, place.measure.title, wording.stratum(place.stratum), wording.ROLE[place.role])

    rows = []
    every = sorted(places(code) or average_change_places(code), key=lambda place: (named(place), place.year))
    for name, same in groupby(every, key=named):
        run = list(same)
        for first, last in _runs(run):
            when = f"{first.year}" if first.year == last.year else f"{first.year} to {last.year}"
            said = f"{name[0]}, {name[1]}: {name[2]}, {name[3]}"
            cited = of_cite(last.stratum.codes.cite, last.year, first.stratum.codes.cite)
            ground = both(cited, place_confidence(term_of(code, date(last.year, 1, 1)), last.stratum))
            rows.append((first.year, Row(("measure", f"performance year {when}", said), ground)))
    return [row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1].cells))]


def spells(code: str) -> list[str]:
    """The years of a code in its measures: `2020 to 2022: 459, …, discectomy at three months, not met`."""
    rows = _measure_rows(code)
    return [f"{row.cells[1].removeprefix('performance year ')}: {row.cells[2]}" for row in rows]


def _runs(of: list[Place]) -> list[tuple[Place, Place]]:
    runs: list[tuple[Place, Place]] = []
    for place in of:
        if runs and place.year == runs[-1][1].year + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
