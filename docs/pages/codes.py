"""The family of quality-data codes: each with the days it is in force and what it said in which years."""

from collections.abc import Iterator

from lumbar.codebook import wording
from lumbar.codebook.code_sections import spells
from lumbar.codebook.standing import HCPCS, family
from lumbar.codelists.terminology import history
from pages.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """One page: the codes by number."""
    return {"codes.md": page(*_codes())}


def _codes() -> Iterator[str]:
    yield "# The family of codes"
    yield ""
    yield "Every quality-data code of these measures, from the package's own dated terminology. The brief of any of "
    yield "them is `lumbar code CODE`; see [the brief of a code](../codebook.md)."
    yield ""
    yield from table(
        ("code", "in words", "in force", "in which measure", "replaced by"),
        (
            (
                code(name),
                plain(term.label),
                wording.in_force(term.valid_from, term.valid_to),
                "<br>".join(plain(spell) for spell in spells(name)) or "no measure is known to take it",
                " ".join(code(successor) for successor in term.successors),
            )
            for name in family()
            for term in history(HCPCS, name)
        ),
    )
