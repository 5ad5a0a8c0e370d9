"""The code lists: a page per list with every year's content, and an index that says how sure we are of each."""

from collections import Counter
from collections.abc import Iterator

from lumbar.codelists import code_list, code_list_hashes, code_list_names
from lumbar.measures import years
from lumbar.report import wording
from pages.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """The index and every list."""
    made = {"code-lists/index.md": page(*_index())}
    for name in _names():
        made[f"code-lists/{name}.md"] = page(*_list(name))
    return made


def _names() -> list[str]:
    return sorted({name for year in years() for name in code_list_names(year)})


def _spans(name: str) -> list[tuple[list[int], int]]:
    """The years that keep one content, in runs, each with the year to show it from."""
    runs: list[tuple[list[int], int]] = []
    for year in years():
        if name not in code_list_names(year):
            continue
        if runs and runs[-1][0][-1] == year - 1 and code_list(runs[-1][1], name) == code_list(year, name):
            runs[-1][0].append(year)
        else:
            runs.append(([year], year))
    return runs


def _said(run: list[int]) -> str:
    return f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}"


def _index() -> Iterator[str]:
    yield "# Code lists"
    yield ""
    yield "The steward's own lists of procedures and of excluding diagnoses are not public. Where a list says "
    yield "**unverified**, it is our best reading, and a result rests on it. No list holds the licensed text of a CPT "
    yield "code or of a questionnaire; notes are in our own words."
    yield ""
    yield from table(
        ("list", "performance years", "codes", "confidence", "from"),
        (
            (
                f"[{wording.words(name)}]({name}.md)",
                _said(run),
                len(code_list(year, name)),
                _standing(year, name),
                "; ".join(sorted({entry.source for entry in code_list(year, name)})),
            )
            for name in _names()
            for run, year in _spans(name)
        ),
    )


def _list(name: str) -> Iterator[str]:
    yield f"# {wording.words(name).capitalize()}"
    yield ""
    yield "An empty date means that no limit is known; both ends count."
    yield ""
    for run, year in _spans(name):
        entries = code_list(year, name)
        yield f"## Performance {'year' if len(run) == 1 else 'years'} {_said(run)}"
        yield ""
        yield f"{len(entries)} {'code' if len(entries) == 1 else 'codes'}: {_standing(year, name)}."
        yield ""
        yield f"File `src/lumbar/codelists/py{year}/{name}.csv`, SHA-256 `{code_list_hashes(year)[name]}`."
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
