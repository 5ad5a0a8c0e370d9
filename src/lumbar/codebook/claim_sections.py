"""What stands around the code on a claim: site, specialty, modifiers, the global period, payers."""

from datetime import timedelta

from lumbar.codebook import wording
from lumbar.codebook.model import Row, Section, Statement, Table, of_cite, of_row
from lumbar.codebook.rule_sections import engine_ground
from lumbar.codebook.subject import Subject, both
from lumbar.codelists import code_list
from lumbar.codelists.checks import global_period as period_of_surgery
from lumbar.codelists.terminology import term_on
from lumbar.measures import for_year


def site(subject: Subject) -> Section:
    """Places of service around the result."""
    tables = subject.listed_table("site", "Places of service, in force that day", ("Place", "Name", "Here"))
    return Section("site", "Site of service", subject.said("site"), tables if subject.place else ())


def taxonomy(subject: Subject) -> Section:
    """Specialties that operate or follow up."""
    tables = subject.listed_table("taxonomy", "Provider taxonomy (NUCC)", ("Taxonomy", "Title", "Here"))
    return Section("taxonomy", "Specialties", subject.said("taxonomy"), tables if subject.place else ())


def modifiers(subject: Subject) -> Section:
    """None on this line; on the line of the operation, what each does."""
    tables: tuple[Table, ...] = ()
    if subject.place:
        rows = []
        for rule in for_year(subject.place.year).modifiers:
            for entry in code_list(subject.place.year, rule.code_list):
                term = term_on("modifier", entry.code, subject.on)
                if term is not None:
                    flag = f": {rule.flag.replace('_', ' ')}" if rule.flag else ""
                    effect = wording.EFFECT[rule.effect] + flag
                    cite = of_cite(rule.cite, subject.place.year)
                    rows.append(Row((term.code, term.label, effect), both(of_row(term), cite.confidence)))
        for listed, term in subject.listed("modifiers"):
            rows.append(Row((term.code, term.label, listed.use), both(of_row(term), listed.confidence)))
        rows.sort(key=lambda row: row.cells[0])
        headings = ("Modifier", "Meaning", "What it does to the line of the operation")
        tables = (Table("Modifiers on the line of the operation, never on this one", headings, tuple(rows)),)
    return Section("modifiers", "Modifiers", subject.said("modifiers"), tables)


def global_period(subject: Subject) -> Section:
    """The days after the operation whose visits are not billed, and how the window lies to them."""
    statements = list(subject.said("global_period"))
    example = subject.example
    if example is not None:
        row = period_of_surgery()
        first = example.operated_on + timedelta(days=1)
        last = example.operated_on + timedelta(days=row.days)
        opens, closes = example.judged.postoperative_window
        text = (
            f"In the example, an operation on {wording.day(example.operated_on)}, those days are "
            f"{wording.span(first, last)}; the window after is {wording.span(opens, closes)}, "
        )
        if opens <= last:
            text += f"and straddles their end: until {wording.day(last)} the visit is {row.postoperative_visit}."
        else:
            text += "and opens after they have ended."
        ground = both(engine_ground(example), row.confidence)
        statements.append(Statement(text, ground))
    return Section("global_period", "The global period", tuple(statements))


def payers(subject: Subject) -> Section:
    """Who is brought to which name, and that no policy is known."""
    tables = subject.listed_table("payers", "Source of Payment Typology", ("Code", "Typology", "Here"))
    return Section("payers", "Payers", subject.said("payers"), tables)
