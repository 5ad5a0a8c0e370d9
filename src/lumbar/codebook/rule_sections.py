"""What the code is, its rule with both windows, the worked example, and how it counts."""

from dataclasses import replace
from datetime import date

from lumbar.codebook import standing, wording
from lumbar.codebook.example import Example
from lumbar.codebook.model import LIKELY, Ground, Row, Section, Statement, Table, least_sure, of_cite, of_row
from lumbar.codebook.standing import ACTIVE, ENDED, NOT_YET, Place
from lumbar.codebook.subject import Subject, both, meaning_ground
from lumbar.codelists.codebook import descriptors
from lumbar.measures import for_year, years
from lumbar.measures.model import Target, Window
from lumbar.tables.results import EXCLUDED, MET, NOT_ASSESSED, NOT_MET
from lumbar.version import __version__


def what(subject: Subject) -> Section:
    """What the code is and is not."""
    said, ended_on = f"{subject.code}: {subject.term.label}.", subject.term.valid_to
    if subject.standing != ACTIVE and ended_on is not None and ended_on < subject.on:
        said = f"{subject.code}, ended on {wording.day(ended_on)}, said: {subject.term.label}."
    elif subject.standing != ACTIVE:
        said = f"{subject.code}, not yet in force, will say: {subject.term.label}."
    meaning = Statement(said, meaning_ground(subject.term))
    return Section("what", "What it is, and what it is not", (meaning, *subject.said("what")))


def rule(subject: Subject) -> Section:
    """The official text, the target, both windows."""
    every = descriptors(subject.code)
    nearest = every[:1] if subject.standing == NOT_YET else every[-1:]
    texts = [row for row in every if row.valid_on(subject.on)] or nearest
    statements = [Statement(f"CMS’s own text: “{row.text}.”", of_row(row)) for row in texts]
    tables: tuple[Table, ...] = ()
    if subject.place:
        statements += target_statements(subject.place)
        tables = (_windows(subject),)
    return Section("rule", "The rule", (*statements, *subject.said("rule")), tables)


def target_statements(place: Place) -> list[Statement]:
    """What a record must show for the role, one sentence."""
    measure, stratum, target = place.measure, place.stratum, place.measure.target
    ground = of_cite(target.cite, place.year, stratum.codes.cite)
    asked = wording.INSTRUMENT[measure.instrument]
    when = f"{wording.TIMEPOINT[stratum.timepoint]} after the operation"
    if place.role == NOT_ASSESSED and isinstance(target, Target):
        text = f"Not assessed: the window {when} closed without {_a(asked)} score."
    elif place.role == EXCLUDED:
        text = f"Excluded, whatever the scores: {_what_excludes(place)}, on the day of the operation."
        cites = [e.cite for e in (*measure.exclusions, *getattr(measure, "same_date_exclusions", ()))]
        ground = of_cite(cites[0], place.year, stratum.codes.cite, *cites)
    elif not isinstance(target, Target):
        text = {
            MET: f"Met: {_a(asked)} score before the operation, and one {when}.",
            NOT_MET: f"Not met: no {asked} score before the operation, or none {when}.",
            NOT_ASSESSED: f"Not met: no {asked} score before the operation, or none {when}.",
        }.get(place.role, f"Counted in the average change: {_a(asked)} score before the operation, and one {when}.")
    else:
        least = wording.points(target.at_most, measure.instrument)
        gain = wording.points(target.improved_by, measure.instrument)
        text = {
            MET: f"Met: the {asked} score {when} is {least} or less, or it improved by {gain} points or more.",
            NOT_MET: f"Not met: the {asked} score {when} is above {least}, and it improved by less than {gain} points.",
        }[place.role]
    return [Statement(text, ground)]


def _what_excludes(place: Place) -> str:
    """The procedures that exclude by their category; diagnoses in the words the code had in the year."""
    others = [other.category for other in place.measure.same_date_exclusions]
    term = standing.term_of(place.stratum.codes.excluded, date(place.year, 12, 31))
    worded = term.label.partition("excluded, ")[2]
    if others or not worded:
        return wording.listing([*(exclusion.category for exclusion in place.measure.exclusions), *others], "or")
    return worded


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "AEIO" else f"a {word}"


def _windows(subject: Subject) -> Table:
    """Both windows in words, and the dates they are for the operation of the example."""
    example = subject.example
    headings = ["Window", "Opens", "Closes"]
    if example:
        headings.append(f"For an operation on {wording.day(example.operated_on)}")
    rows = []
    place = subject.places[0]
    dates = wording.span(*example.judged.preoperative_window) if example else ""
    rows.append(_window_row("score before", place.measure.preoperative, place.year, dates))
    for other in _strata_once(subject.places):
        own = example is not None and other.stratum == example.place.stratum
        dates = wording.span(*example.judged.postoperative_window) if example and own else ""
        name = f"score after, {wording.stratum(other.stratum)}" if len(subject.places) > 1 else "score after"
        rows.append(_window_row(name, other.stratum.postoperative, other.year, dates))
    cells = [Row(row.cells if example else row.cells[:3], row.ground) for row in rows]
    return Table(f"Both windows, both ends counted ({place.year})", tuple(headings), tuple(cells))


def _window_row(name: str, window: Window, year: int, dates: str) -> Row:
    cells = (name, wording.offset(window.opens), wording.offset(window.closes), dates or "–")
    return Row(cells, of_cite(window.cite, year))


def _strata_once(places: tuple[Place, ...]) -> list[Place]:
    return list({(place.measure.id, place.stratum.name): place for place in places}.values())


def worked(subject: Subject) -> Section:
    """The example, computed by the reference engine."""
    example = subject.example
    if example is None:
        text = "No example: no measure of any year is known to take this code, so no result can be computed for it."
        ground = Ground("our own reading", "2026", "codes of the measures of every year", "unknown")
        return Section("example", "A worked example", (Statement(text, ground),))
    ground, judged = engine_ground(example), example.judged
    opening = (
        f"A made-up patient. Computed by lumbar’s reference engine with the rules of performance year "
        f"{example.place.year}, which answers: {wording.ROLE[judged.status]}."
    )
    statements = [Statement(opening, ground)]
    if subject.role == "average_change":
        text = f"{subject.code} goes to the same patient: the improvement enters the average."
        statements.append(Statement(text, ground))
    return Section("example", "A worked example", tuple(statements), (_steps(subject, example, ground),))


def _steps(subject: Subject, example: Example, ground: Ground) -> Table:
    judged, instrument = example.judged, example.place.measure.instrument
    operated_on, (opens, closes) = example.operated_on, judged.postoperative_window
    before, after = judged.preoperative, judged.postoperative
    first, last = judged.preoperative_window
    operation = f"CPT {example.procedure_code}, {example.procedure_words}"
    steps = [
        ("window before", wording.span(first, last), f"day {(first - operated_on).days} to 0".replace("-", "−")),
    ]
    if before:
        score = f"{wording.INSTRUMENT[instrument]} {wording.points(before['value'], instrument)}"
        steps.append(("score before", wording.day(before["assessed_on"]), f"{score}, {_away(before, operated_on)}"))
    steps.append(("operation", wording.day(operated_on), operation))
    if example.exclusion:
        steps.append(("exclusion", f"on {wording.day(operated_on)}", example.exclusion))
    n_opens, n_closes = (opens - operated_on).days, (closes - operated_on).days
    steps.append(("window after", wording.span(opens, closes), f"day {n_opens} to {n_closes}"))
    if after:
        score = f"{wording.INSTRUMENT[instrument]} {wording.points(after['value'], instrument)}"
        steps.append(("score after", wording.day(after["assessed_on"]), f"{score}, {_away(after, operated_on)}"))
    else:
        steps.append(("score after", "none", f"the window closed on {wording.day(closes)}"))
    steps.append(("too late", f"from {wording.day(example.as_of)}", f"day {n_closes + 1}: the window is closed"))
    steps.append(("result", _result_code(judged.code, subject.on), _because(example)))
    return Table("Step by step", ("Step", "Date", "What"), tuple(Row(step, ground) for step in steps))


def _result_code(code: str | None, on: date) -> str:
    """The code the engine gave, and how that very code stands on the brief's day."""
    if not code:
        return "no code"
    return code + {ENDED: ", since ended", NOT_YET: ", not yet in force"}.get(standing.standing(code, on), "")


def _away(score: dict[str, object], operated_on: object) -> str:
    n = (score["assessed_on"] - operated_on).days  # type: ignore[operator]
    return f"day {n}".replace("-", "−")


def _because(example: Example) -> str:
    """Why the result is what it is, in points."""
    judged, place = example.judged, example.place
    instrument, target = place.measure.instrument, place.measure.target
    if judged.status == EXCLUDED:
        return "excluded, whatever the scores"
    if judged.postoperative is None or judged.improvement is None:
        return "not assessed: counts as not met" if isinstance(target, Target) else "a score is missing"
    gain = wording.points(judged.improvement, instrument)
    if not isinstance(target, Target):
        return f"both scores are there; the improvement, {gain}, enters the average"
    after = judged.postoperative["value"]
    by_score = f"{wording.points(after, instrument)} is {'at or below' if after <= target.at_most else 'above'} "
    by_score += wording.points(target.at_most, instrument)
    reached = "at least" if judged.improvement >= target.improved_by else "less than"
    by_gain = f"the improvement, {gain}, is {reached} {wording.points(target.improved_by, instrument)}"
    return f"{by_score}; {by_gain}: {wording.ROLE[judged.status]}"


def engine_ground(example: Example) -> Ground:
    """The ground of what the engine computed: as sure as the least sure rule it used."""
    place = example.place
    confidence = least_sure(
        place.measure.preoperative.cite.confidence,
        place.stratum.postoperative.cite.confidence,
        place.stratum.codes.cite.confidence,
        place.stratum.period.cite.confidence,
    )
    rule_set = standing.rule_set(place.year)[:12]
    return Ground(
        "lumbar reference engine",
        f"{__version__}, rule set {place.year} {rule_set}",
        "a made-up patient",
        confidence,
        note="computed when this brief was made; as sure as the least sure rule it uses",
    )


def measure(subject: Subject) -> Section:
    """Measure, stratum, year, and which way it counts."""
    statements: list[Statement] = []
    rows = []
    for place in subject.places:
        period = place.stratum.period
        age = f"{period.minimum_age_years} or older on {wording.day(period.age_on)}"
        rows.append(
            Row(
                (
                    f"{place.measure.id}, {place.measure.title}",
                    wording.stratum(place.stratum),
                    f"{wording.span(period.starts_on, period.ends_on)}; {age}",
                    wording.ROLE[place.role],
                    wording.COUNTS[place.role],
                ),
                both(
                    of_cite(place.measure.cite, place.year, period.cite),
                    subject.place_ground(place).confidence,
                ),
            )
        )
    tables: tuple[Table, ...] = ()
    if rows:
        year = subject.places[0].year
        headings = ("Measure", "Stratum", "Operations that count", "This code says", "It counts")
        tables = (Table(f"In performance year {year}", headings, tuple(rows)),)
        statements += _other_year(subject, year)
        statements += _counted_in(subject)
    else:
        text = "No measure is established for this code: no measure of 2018 to 2027 is known to take it."
        statements.append(Statement(text.replace("2018 to 2027", _all_years()), _own("codes of every year")))
    return Section("measure", "Measure, stratum and year", (*statements, *subject.said("measure")), tables)


def _all_years() -> str:
    return f"{years()[0]} to {years()[-1]}"


def _own(locator: str, confidence: str = "unknown") -> Ground:
    return Ground("our own reading", "2026", locator, confidence)


def _other_year(subject: Subject, year: int) -> list[Statement]:
    """A word where the rules shown are not those of the day's year."""
    if year == subject.on.year:
        return []
    if subject.on.year in years():
        text = f"The rules shown are those of {year}: in {subject.on.year} no measure takes the code."
        return [Statement(text, _own("codes of every year", LIKELY))]
    text = f"No rules are known for {subject.on.year}: those of {year} are shown."
    return [Statement(text, _own("years with rules"))]


def _counted_in(subject: Subject) -> list[Statement]:
    """In which performance year an operation of the day counts, where rules say."""
    place = subject.place
    if place is None or subject.standing != ACTIVE:
        return []
    for year in years():
        for other in for_year(year).measures:
            for stratum in other.strata:
                same = (other.instrument, stratum.kind) == (place.measure.instrument, place.stratum.kind)
                if same and stratum.period.starts_on <= subject.on <= stratum.period.ends_on:
                    text = f"A {wording.KIND[stratum.kind]} on {subject.on_words()} counts in performance year {year}."
                    period = stratum.period
                    cited = of_cite(period.cite, year)
                    ground = replace(cited, valid_from=period.starts_on, valid_to=period.ends_on)
                    return [Statement(text, ground)]
    return []
