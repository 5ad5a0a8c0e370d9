"""The path of a patient as text: a timeline with the days left, the scores, the verdicts, what is documented."""

from collections.abc import Iterator
from textwrap import wrap

from lumbar.explain.words import day, points
from lumbar.followup.documentation import AWAITED, INCOMPLETE, MISSING, PRESENT
from lumbar.followup.path import OPERATION, PatientPath
from lumbar.followup.persistent_pain import PersistentPain
from lumbar.report import path_words, wording
from lumbar.tables.clinical import INSTRUMENTS
from lumbar.tables.results import NOT_RECOVERED

WIDTH = 100


def path_text(one: PatientPath) -> str:
    """The whole path, one hundred columns wide."""
    return "\n".join(line.rstrip() for line in _lines(one))


def pain_text(pain: PersistentPain) -> str:
    """The reading list as text, a course a paragraph."""
    return "\n".join(line.rstrip() for line in _pain_lines(pain))


def _lines(one: PatientPath) -> Iterator[str]:
    yield from _wrapped(f"{one.episode_id}: {path_words.title(one)}, as of {day(one.as_of)}")
    if said := path_words.contact(one):
        yield from _wrapped(said)
    yield ""
    for step in one.steps:
        days = day(step.opens) if step.name == OPERATION else f"{day(step.opens)} to {day(step.closes)}"
        yield f"  {path_words.STEP[step.name]:<20} {days:<38} {path_words.standing(step, one.as_of)}"
    yield "  The first and the last day of each stretch count."
    for sentence in path_words.global_period_words(one.index_date, one.global_period_shares):
        yield from _wrapped(sentence, "  ")
    yield from _scores(one)
    yield from _judged(one)
    yield from _documentation(one)
    yield from _care(one)


def _scores(one: PatientPath) -> Iterator[str]:
    yield from ("", "Scores (> counts in its window)")
    for instrument in INSTRUMENTS:
        yield f"  {wording.INSTRUMENT[instrument]}"
        own = [score for score in one.scores if score.instrument == instrument]
        for score in own:
            mark, side = ">" if score.chosen_for else " ", f"{score.side} leg, " if score.side else ""
            what = f"{side}{path_words.WINDOW[score.window]}, {path_words.asked(score.mode, score.respondent)}"
            head = f"  {mark} {points(score.value, instrument):>6}  {day(score.assessed_on):>17}  day {score.day:>4}  "
            yield from _wrapped(what, head)
        if not own:
            yield "           none"


def _judged(one: PatientPath) -> Iterator[str]:
    yield from ("", "The measure's verdict, and apart from it the clinical reading")
    for row in one.judged:
        code = f", {row.code}" if row.code else ""
        name = f"{wording.INSTRUMENT[row.instrument]} {path_words.WINDOW[row.timepoint]}: "
        yield from _wrapped(f"{name}{path_words.verdict(row)}{code}; {path_words.counts(row)}", "  ")
        if row.clinical is not None:
            said = "; ".join(path_words.reading(row.clinical, row.instrument))
            sign, beside = "! " if row.clinical.is_red else "", path_words.beside(row)
            yield from _wrapped(f"{sign}{said}{f' ({beside})' if beside else ''}", "    clinically: ")
    yield f"  {NOT_RECOVERED}"


def _documentation(one: PatientPath) -> Iterator[str]:
    yield from ("", "Documentation")
    sign = {PRESENT: "x", INCOMPLETE: "~", AWAITED: " ", MISSING: "-"}
    for element in one.documentation:
        beside = "" if element.is_expected or element.timepoint is None else " (beside the measure)"
        said = [path_words.STATE[element.state], path_words.still_mended(element, one.as_of)]
        text = f"{path_words.element(element)}{beside}: {'; '.join(part for part in said if part)}"
        yield from _wrapped(text, f"  [{sign.get(element.state, '.')}] ")


def _care(one: PatientPath) -> Iterator[str]:
    yield from ("", "Visits and later procedures in these data")
    for visit in one.visits:
        code = f"{visit.code} {visit.modifiers}".strip()
        yield from _wrapped(f"{day(visit.visit_on)}, day {visit.day}: visit {code}, {path_words.visit(visit)}", "  ")
    for line in one.later_procedures:
        what = "an operation of its own" if line.starts_episode else "procedure"
        code = f"{line.code or 'no code'} {line.modifiers}".strip()
        yield from _wrapped(f"{day(line.performed_on)}, day {line.day}: {what}, {code}", "  ")
    if not one.visits and not one.later_procedures:
        yield "  none"


def _pain_lines(pain: PersistentPain) -> Iterator[str]:
    yield f"Not met or worse, as of {day(pain.as_of)}: {pain.n_courses} courses, {pain.n_red} marked !"
    yield from _wrapped(path_words.NOT_A_CALL_LIST)
    yield from _wrapped(NOT_RECOVERED)
    yield from _wrapped(
        f"Not listed: {pain.n_deceased} of patients who have died, and {pain.n_undecided} not met so far in windows "
        "that are still open."
    )
    for course in pain.courses:
        yield ""
        sign = "! " if course.is_red else ""
        yield from _wrapped(
            f"{sign}{course.episode_id} {wording.KIND[course.kind]}, {wording.INSTRUMENT[course.instrument]}"
        )
        trend = " → ".join(f"{points(s.value, s.instrument)} (day {s.day})" for s in course.trend)
        yield from _wrapped(trend, "    scores: ")
        for row in course.judged:
            said = "; ".join(path_words.reading(row.clinical, row.instrument)) if row.clinical else ""
            beside = "" if row.provisional else path_words.beside(row)
            yield from _wrapped(
                f"{path_words.WINDOW[row.timepoint]}: {said}. Measure: {path_words.decided(row)}"
                f"{f' ({beside})' if beside else ''}, {path_words.counts(row)}",
                "    ",
            )


def _wrapped(text: str, head: str = "") -> Iterator[str]:
    # Ids are whatever a source wrote: nothing in them may steer the terminal.
    printable = "".join(character if character.isprintable() else "?" for character in text)
    yield from wrap(printable, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False)
