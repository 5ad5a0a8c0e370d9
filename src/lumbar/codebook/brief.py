"""The brief of a code on a day: every section in its order, and the answer first."""

from datetime import date

from lumbar.codebook import (
    claim_sections,
    clinical_sections,
    code_sections,
    rule_sections,
    scoring_section,
    wording,
)
from lumbar.codebook.example import worked_example
from lumbar.codebook.model import Brief, Ground, Row, of_cite, of_row
from lumbar.codebook.standing import (
    ACTIVE,
    ENDED,
    family,
    in_force_around,
    known_code,
    recorded,
    rule_set,
    shown_places,
    standing,
    term_of,
)
from lumbar.codebook.subject import Subject, meaning_ground
from lumbar.codelists.codebook import sentences
from lumbar.version import __version__

_SECTIONS = (
    rule_sections.what,
    rule_sections.rule,
    rule_sections.worked,
    rule_sections.measure,
    code_sections.companions,
    clinical_sections.context,
    clinical_sections.documentation,
    claim_sections.site,
    claim_sections.taxonomy,
    clinical_sections.diagnoses,
    clinical_sections.procedures,
    claim_sections.modifiers,
    claim_sections.global_period,
    claim_sections.payers,
    scoring_section.benchmarks,
    code_sections.history_of,
)


def brief_of(text: str, on: date, *, on_is_today: bool = False) -> Brief:
    """Everything said of the code a text names, as it stands on a day.

    Raises UsageError, naming near codes, for a code that is none of the family.
    """
    subject = _subject(known_code(text), on)
    place = subject.place
    return Brief(
        code=subject.code,
        title=subject.term.label,
        on=on,
        on_is_today=on_is_today,
        standing=subject.standing,
        ended_on=subject.term.valid_to if subject.standing == ENDED else None,
        role=subject.role,
        rules_year=place.year if place else None,
        rule_set=rule_set(place.year) if place else "",
        version=__version__,
        answer=_answer(subject),
        companions=code_sections.companions_of(subject),
        sections=tuple(section(subject) for section in _SECTIONS),
    )


def _subject(code: str, on: date) -> Subject:
    term = term_of(code, on)
    places = shown_places(code, on)
    role = places[-1].role if places else recorded(term).get("role", "")
    example = worked_example(places[-1]) if places else None
    return Subject(code, on, standing(code, on), term, role, places, example)


def listing(on: date) -> list[dict[str, str]]:
    """Every code of the family with its standing on a day, its question and its role."""
    return [_line(code, on) for code in family()]


def _line(code: str, on: date) -> dict[str, str]:
    term, places = term_of(code, on), shown_places(code, on)
    role = places[-1].role if places else recorded(term).get("role", "")
    return {
        "code": code,
        "standing": standing(code, on),
        "measure": " ".join(dict.fromkeys(place.measure.id for place in places)),
        "says": wording.ROLE.get(role, role),
        "meaning": term.label,
        "in_force": wording.in_force(*in_force_around(code, on)),
    }


def _answer(subject: Subject) -> tuple[Row, ...]:
    """What a reader in a hurry needs: may it be used, what it says, when, how it counts, beside what, is it paid."""
    stands = code_sections.standing_statement(subject)
    rows = [Row(("On this date", stands.text), stands.ground)]
    place = subject.place
    if place:
        target = rule_sections.target_statements(place)[0]
        rows.append(Row(("It says", target.text), target.ground))
        rows.append(_when(subject))
        counts = wording.COUNTS[place.role]
        counts = f"{counts[0].upper()}{counts[1:]}. Measure {place.measure.id}, " + wording.listing(
            list(dict.fromkeys(wording.stratum(p.stratum) for p in subject.places))
        )
        ground = subject.place_ground(*subject.places)
        said = "It counts" if subject.standing == ACTIVE else "It counted"
        rows.append(Row((said, f"{counts}, performance year {place.year}."), ground))
    else:
        rows.append(Row(("It says", f"{subject.term.label}."), meaning_ground(subject.term)))
    beside = code_sections.beside(subject)
    if beside:
        label = "Beside it" if subject.standing == ACTIVE else "That day’s codes"
        rows.append(Row((label, beside), code_sections.beside_ground(subject)))
    paid = next(row for row in sentences("answer") if subject.applies(row.only))
    rows.append(Row(("Paid", paid.text.format(**subject.words())), of_row(paid)))
    return tuple(rows)


def _when(subject: Subject) -> Row:
    """Both windows in a sentence."""
    place = subject.places[-1]
    before, cites, parts = place.measure.preoperative, [], []
    for other in {p.stratum.timepoint: p for p in subject.places}.values():
        after = other.stratum.postoperative
        parts.append(f"{wording.offset(after.opens)} to {wording.offset(after.closes)} after the operation")
        cites.append(after.cite)
    after_words = wording.listing([part.replace(" months after to", " to") for part in parts], "or")
    text = f"Score before: {wording.offset(before.opens)} the operation to its day. Score after: {after_words}."
    ground: Ground = of_cite(before.cite, place.year, *cites)
    return Row(("When", text.replace("after after", "after")), ground)
