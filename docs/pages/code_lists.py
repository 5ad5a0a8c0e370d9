"""The code lists: a page per list and year, and an index that says how sure we are of each."""

from collections import Counter
from collections.abc import Iterator

from lumbar.codelists import code_list, code_list_hashes, code_list_names
from lumbar.measures import years
from lumbar.report import wording
from pages.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """The index and every list."""
    made = {"code-lists/index.md": page(*_index())}
    for year in years():
        for name in code_list_names(year):
            made[f"code-lists/{year}-{name}.md"] = page(*_list(year, name))
    return made


def _index() -> Iterator[str]:
    yield "# Code lists"
    yield ""
    yield "The steward's own lists of procedures and of excluding diagnoses are not public. Where a list says "
    yield "**unverified**, it is our best reading, and a result rests on it. No list holds the licensed text of a CPT "
    yield "code or of a questionnaire; notes are in our own words."
    yield ""
    for year in years():
        yield f"## Performance year {year}"
        yield ""
        yield from table(
            ("list", "codes", "confidence", "from"),
            (
                (
                    f"[{wording.words(name)}]({year}-{name}.md)",
                    len(code_list(year, name)),
                    _standing(year, name),
                    "; ".join(sorted({entry.source for entry in code_list(year, name)})),
                )
                for name in code_list_names(year)
            ),
        )


def _list(year: int, name: str) -> Iterator[str]:
    entries = code_list(year, name)
    yield f"# {wording.words(name).capitalize()}, {year}"
    yield ""
    yield f"{len(entries)} {'code' if len(entries) == 1 else 'codes'}: {_standing(year, name)}."
    yield ""
    yield f"File `src/lumbar/codelists/py{year}/{name}.csv`, SHA-256 `{code_list_hashes(year)[name]}`."
    yield "An empty date means that no limit is known; both ends count."
    yield ""
    yield from table(
        ("system", "code", "valid from", "valid to", "confidence", "note", "source", "where"),
        (
            (
                entry.system,
                code(entry.code),
                entry.valid_from,
                entry.valid_to,
                entry.confidence,
                plain(entry.note),
                f"{entry.source} ({entry.source_version})",
                plain(entry.locator),
            )
            for entry in entries
        ),
    )


def _standing(year: int, name: str) -> str:
    counted = Counter(entry.confidence for entry in code_list(year, name))
    known = [confidence for confidence in wording.CONFIDENCE if counted[confidence]]
    return ", ".join(f"{counted[confidence]} **{confidence}**" for confidence in known)
