"""What every section is told: the code, the day, its place in the measures, and the words sentences are filled with."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lumbar.codebook import wording
from lumbar.codebook.example import Example
from lumbar.codebook.model import CERTAIN, Ground, Row, Statement, Table, least_sure, of_cite, of_row
from lumbar.codebook.standing import Place, in_force_around, place_confidence, recorded
from lumbar.codelists.checks import global_period
from lumbar.codelists.codebook import Listed, listed, sentences
from lumbar.codelists.terminology import Term, term_on
from lumbar.measures.model import Target


@dataclass(frozen=True, slots=True)
class Subject:
    """A code on a day. `places` are its places in the year whose rules are shown, `place` the one told first."""

    code: str
    on: date
    standing: str
    term: Term
    role: str
    places: tuple[Place, ...]
    example: Example | None

    @property
    def place(self) -> Place | None:
        return self.places[-1] if self.places else None

    def stated(self) -> dict[str, str]:
        """What the conditions of a sentence ask for, by key."""
        ends = "no" if in_force_around(self.code, self.on)[1] is None else "yes"
        facts = {"role": self.role, "standing": self.standing, "ends": ends}
        if self.place:
            measure, stratum = self.place.measure, self.place.stratum
            facts |= {
                "family": "measure",
                "measure": measure.id,
                "instrument": measure.instrument,
                "kind": stratum.kind,
                "timepoint": stratum.timepoint,
                "design": "target" if isinstance(measure.target, Target) else "both_scores",
                "exclusion": "diagnosis" if measure.exclusions else "same_date",
            }
        return facts

    def words(self) -> dict[str, Any]:
        """What the `{names}` of a sentence stand for."""
        filled: dict[str, Any] = {"code": self.code, "label": self.term.label}
        if self.place:
            period = global_period()
            filled |= {"global_days": period.days, "visit_code": period.postoperative_visit}
            filled["not_assessed"] = self.place.stratum.codes.not_assessed
        return filled

    def applies(self, only: str) -> bool:
        """Whether every condition of a row holds."""
        facts = self.stated()
        pairs = (condition.partition(":") for condition in only.split())
        return all(facts.get(key) in values.split("|") for key, _, values in pairs)

    def said(self, section: str, **more: object) -> tuple[Statement, ...]:
        """The sentences of a section that hold on the day and belong to this code, filled."""
        words = self.words() | more
        return tuple(
            Statement(row.text.format(**words), of_row(row))
            for row in sentences(section)
            if row.valid_on(self.on) and self.applies(row.only)
        )

    def listed(self, section: str) -> list[tuple[Listed, Term]]:
        """The codes a section lists that are in force and usable on the day, with their terms."""
        found = []
        for row in listed(section):
            term = term_on(row.system, row.code, self.on)
            if row.valid_on(self.on) and self.applies(row.only) and term is not None and term.billable:
                found.append((row, term))
        return found

    def listed_table(self, section: str, caption: str, headings: tuple[str, str, str]) -> tuple[Table, ...]:
        """A table of the codes a section lists: code, title, use; none when there are none."""
        rows = tuple(
            Row((term.code, term.label, row.use), both(of_row(term), row.confidence))
            for row, term in self.listed(section)
        )
        return (Table(caption, headings, rows),) if rows else ()

    def place_ground(self, *of: Place) -> Ground:
        """The ground of the code's role in some of its places: as sure as the least sure of them."""
        cited = of_cite(of[-1].stratum.codes.cite, of[-1].year)
        return replace(cited, confidence=least_sure(*(place_confidence(self.term, place.stratum) for place in of)))

    def dates_ground(self) -> Ground:
        """The ground of the days the code is in force, which its words' may be within."""
        first, last = in_force_around(self.code, self.on)
        known = recorded(self.term).get("dates_confidence")
        ground = of_row(self.term, confidence=known or "")
        return replace(ground, valid_from=first, valid_to=last, note="" if known else ground.note)

    def on_words(self) -> str:
        """The day of the brief."""
        return wording.day(self.on)


def both(ground: Ground, confidence: str) -> Ground:
    """The ground of a term whose use is our own: as sure as the less sure of the two."""
    return Ground(
        ground.source,
        ground.version,
        ground.locator,
        least_sure(ground.confidence, confidence),
        ground.valid_from,
        ground.valid_to,
        ground.note,
    )


def meaning_ground(term: Term) -> Ground:
    """The ground of what we call a code: its row, no surer than the role that the name gives it."""
    return both(of_row(term), recorded(term).get("role_confidence", CERTAIN))
