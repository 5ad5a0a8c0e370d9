"""A bundled result made again from the records and compared row for row; no message holds a value of a record."""

import filecmp
import json
import platform
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lumbar.engine.duckdb import engine_version
from lumbar.errors import InputError, UsageError
from lumbar.evidence.contents import REPORT, RESULT, RUN, has_rules_of
from lumbar.evidence.inspection import Finding, shown
from lumbar.measures.policy import policy_toml
from lumbar.readers.intake import fingerprint
from lumbar.readers.omop_database import is_database
from lumbar.store import REPORT_FILE, StoredResult, part_files
from lumbar.synth.calibration import MADE_UP
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import RESULT_TABLES
from lumbar.version import __version__
from lumbar.workflow.evaluating import evaluate_to_folder
from lumbar.workflow.packages import installed_packages
from lumbar.workflow.progress import OnProgress
from lumbar.workflow.result import Result

RUN_AGAIN = "run again"
_MOST_PACKAGES_TOLD = 5
# What of run.json may be another when run again: it is told, and no finding.
_MAY_BE_OTHERS = ("version", "engine", "python", "packages")


def run_again(held: Path, run: Mapping[str, Any], source: Path, on_progress: OnProgress) -> tuple[list[Finding], str]:
    """Makes the result again from `source` and compares it with the bundled one in the folder `held`.

    Returns the findings and a line about how it went. Nothing is run with other inputs or other rules: it would
    confirm nothing. Raises InputError or MappingError where the records cannot be read.
    """
    if not has_rules_of(run):
        needed = f"lumbar {shown(str(run['version']))}"
        problem = f"this lumbar, {__version__}, has other rules or code lists: install {needed} and verify again"
        return [Finding(RUN_AGAIN, problem)], f"not done: it needs {needed}"
    findings = _other_inputs(run, source, on_progress)
    if findings:
        return findings, "not done: the inputs are not those the result was made from"
    with tempfile.TemporaryDirectory(prefix="lumbar-") as name:
        folder = Path(name)
        try:
            again = _made_again(run, source, folder, on_progress)
        except (InputError, UsageError) as error:
            problem = shown(str(error).replace(f"{folder}/", ""))
            return [Finding(RUN_AGAIN, f"no result comes of it: {problem}")], "it cannot be made again"
        findings = _other_account(run, again.run)
        counts = []
        for table in (*RESULT_TABLES, *CLINICAL_TABLES):
            path = f"{'' if table in RESULT_TABLES else 'clinical/'}{table.name}.parquet"
            on_progress("comparing", path)
            one, other = _one_file(held / path), again.folder / path
            n_rows, problem = _difference(one, other, is_ordered=table in RESULT_TABLES)
            counts.append(f"{table.name} {n_rows:,}")
            findings += [Finding(f"{RESULT}{path}", problem)] if problem else []
        has_report = (held / REPORT_FILE).is_file()
        if has_report:
            on_progress("comparing", REPORT_FILE)
            findings += _other_report(run, again, (held / REPORT_FILE).read_bytes())
    report = "and so is the report" if has_report else "a report is not held"
    same = "the result is another" if findings else f"every row is the same: {', '.join(counts)}; {report}"
    return findings, f"the inputs are the same; {same}{_other_packages(run)}"


def _made_again(run: Mapping[str, Any], source: Path, folder: Path, on_progress: OnProgress) -> StoredResult:
    """The result as `run` tells it was made, in a folder inside this one."""
    return evaluate_to_folder(
        source,
        folder / "result",
        year=run["year"],
        as_of=run["as_of"],
        format=run["format"],
        mapping=None if run["mapping"] is None else _written(folder / "mapping.toml", run["mapping"]),
        policy=_written(folder / "policy.toml", policy_toml(run["policy"])),
        measures=run["measures"],
        report=False,
        note=MADE_UP if run["warnings"][:1] == [MADE_UP] else None,
        on_progress=on_progress,
    )


def _other_report(run: Mapping[str, Any], again: StoredResult, held: bytes) -> list[Finding]:
    """Whether the bundled report is the one of the result made again, by versions that may be others."""
    facts = {**again.run, **{name: run[name] for name in _MAY_BE_OTHERS}}
    report = Result(StoredResult(again.folder, facts)).report().encode()
    return [] if report == held else [Finding(REPORT, "is not the report of the result run again")]


def _other_inputs(run: Mapping[str, Any], source: Path, on_progress: OnProgress) -> list[Finding]:
    """Which input files are not there, or not as they were. Tables of a database are compared by their account."""
    if is_database(source):
        return []
    if not source.is_dir():
        raise InputError(f"{source}: no such folder; name the one with the records the result was made from")
    findings = []
    for file in run["inputs"]:
        name = str(file["file"])
        path = source / name
        on_progress("hashing", shown(name))
        if Path(name).name != name or not path.is_file():
            findings.append(Finding(_input(name), "is not there"))
        elif fingerprint(path) != file["blake3"]:
            findings.append(Finding(_input(name), "is not as it was when the result was made"))
    return findings


def _other_account(run: Mapping[str, Any], again: Mapping[str, Any]) -> list[Finding]:
    """What run.json tells that is told otherwise when run again.

    Facts that only one of the two tells count where the same version tells both.
    """
    then = {file["file"]: file for file in run["inputs"]}
    findings = [] if len(then) == len(run["inputs"]) else [Finding(RUN, "inputs name a file twice")]
    for file in again["inputs"]:
        if file["file"] not in then:
            findings.append(Finding(_input(file["file"]), "is read now and was not then"))
        elif json.dumps(file, sort_keys=True) != json.dumps(then[file["file"]], sort_keys=True):
            findings.append(Finding(_input(file["file"]), "its rows are accounted for otherwise than in run.json"))
    names = run.keys() | again.keys() if run["version"] == __version__ else run.keys() & again.keys()
    other = sorted(name for name in names - {"inputs", *_MAY_BE_OTHERS} if _text(run, name) != _text(again, name))
    return findings + [Finding(RUN, f"{shown(name)} is another when run again") for name in other]


def _text(run: Mapping[str, Any], name: str) -> str:
    """A fact as text: true is not 1."""
    return json.dumps(run[name], sort_keys=True) if name in run else ""


def _difference(held: Path, again: Path, is_ordered: bool) -> tuple[int, str]:
    """How many rows the bundled table has, and how it differs from the one made again; nothing when it does not."""
    try:
        if filecmp.cmp(held, again, shallow=False):
            return pq.read_metadata(again).num_rows, ""
        one, other = pq.ParquetFile(held), pq.ParquetFile(again)
        if one.schema_arrow != other.schema_arrow:
            return one.metadata.num_rows, "has other columns than when run again"
        numbers = (one.metadata.num_rows, other.metadata.num_rows)
        places, columns = _ordered(one, other) if is_ordered else _unordered(one, other)
    except (pa.ArrowException, OSError):
        return 0, "cannot be read as a table"
    if numbers[0] == numbers[1] and not places:
        return numbers[0], ""
    told = [f"{len(places):,} of {numbers[0]:,} rows differ when run again"]
    if places:
        told.append(f"the first is row {places[0]:,}{', in ' * bool(columns)}{', '.join(columns)}")
    if numbers[0] != numbers[1]:
        told.append(f"run again there are {numbers[1]:,}")
    return numbers[0], "; ".join(told)


def _one_file(path: Path) -> Path:
    """The table as one file: of part files one is made beside their folder; where it cannot be, the folder itself."""
    if not path.is_dir():
        return path
    whole = path.with_suffix(".whole")
    try:
        parts = [pq.ParquetFile(part) for part in part_files(path)]
        with pq.ParquetWriter(whole, parts[0].schema_arrow) as writer:
            for part in parts:
                for batch in part.iter_batches():
                    writer.write_batch(batch)
    except (pa.ArrowException, OSError, ValueError):
        return path
    return whole


def _ordered(one: pq.ParquetFile, other: pq.ParquetFile) -> tuple[list[int], list[str]]:
    """The places, from 1, of rows that differ from those in the same place, and the first one's columns that do.

    Column by column, so that wide tables are never in memory as a whole.
    """
    n_rows = min(one.metadata.num_rows, other.metadata.num_rows)
    differing: dict[str, pa.Array] = {}
    for name in one.schema_arrow.names:
        left, right = (file.read(columns=[name])[name].slice(0, n_rows).combine_chunks() for file in (one, other))
        unequal = pc.fill_null(pc.not_equal(left, right), False)
        differs = pc.or_(unequal, pc.xor(pc.is_null(left), pc.is_null(right)))
        if pc.any(differs).as_py():
            differing[name] = differs
    if not differing:
        return [], []
    rows = pc.indices_nonzero(_any(list(differing.values()))).to_pylist()
    return [row + 1 for row in rows], [name for name, differs in differing.items() if differs[rows[0]].as_py()]


def _any(masks: Sequence[pa.Array]) -> pa.Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_(found, mask)
    return found


def _unordered(one: pq.ParquetFile, other: pq.ParquetFile) -> tuple[list[int], list[str]]:
    """The places, from 1, of rows of the one that the other, in whatever order, does not have."""
    left, right = one.read(), other.read()
    if _sorted(left).equals(_sorted(right)):
        return [], []
    had = Counter(_rows(right))
    places = []
    for place, row in enumerate(_rows(left), 1):
        had[row] -= 1
        if had[row] < 0:
            places.append(place)
    return places, []


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.schema.names]).combine_chunks()


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _other_packages(run: Mapping[str, Any]) -> str:
    """Which packages have other versions now than the result was made with, Python among them."""
    now = {**installed_packages(), "Python": platform.python_version(), "engine": engine_version()}
    then = {**run["packages"], "Python": run["python"], "engine": run["engine"]}
    other = [
        f"{shown(name)} {now.get(name, 'none')} for {shown(then.get(name, 'none'))}"
        for name in sorted(now.keys() | then.keys())
        if now.get(name) != then.get(name)
    ]
    more = f" and {len(other) - _MOST_PACKAGES_TOLD} more" if len(other) > _MOST_PACKAGES_TOLD else ""
    return f"; with {', '.join(other[:_MOST_PACKAGES_TOLD])}{more}" if other else ""


def _input(name: str) -> str:
    return f"input {shown(str(name))}"


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
