"""Reader of a FHIR R4 bulk-export folder: `<Type>*.ndjson`, also `.gz`, several files a type.

DuckDB parses every line once; what is of no concern (a blood pressure) is recognised by what it is and
never stored. Only a line that is not a JSON object is unparsable.
"""

import gzip
import json
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

import duckdb

from lumbar.errors import InputError
from lumbar.readers.cautions import prior_claims, unknown_systems
from lumbar.readers.checks import SEVERAL_TABLES, create_raw, insert_rows
from lumbar.readers.fhir_lines import (
    LIST_PLACES,
    LOOKUPS,
    create_lookups,
    fill_lines,
    finish_lookup,
    keep,
    resources_of_lines,
    show_lines_of_concern,
)
from lumbar.readers.fhir_mapping import load_mapping, set_lists
from lumbar.readers.fhir_shapes import SHAPES, column_types
from lumbar.readers.file_names import only_in_sql
from lumbar.readers.intake import BOM, InputFile, Intake, LineFacts, line_facts, open_bytes, require_file
from lumbar.readers.mapping import SiteMapping
from lumbar.side_by_side import side_by_side
from lumbar.tables.clinical import CLINICAL_TABLES

_LINES_TO_TELL = 100  # how many lines are looked at for the type that a file's name does not tell
_USUAL_ROOM = 2 << 20  # bytes for one line; buffers are made of it, so more only where a line needs it
_BATCH_BYTES = 256 << 20  # of files for one statement: what is kept of their lines must fit in memory
_OPERATIONS = ("Procedure", "Claim", "ExplanationOfBenefit")  # types that tell of operations: one of them is needed


def read_fhir(session: duckdb.DuckDBPyConnection, intake: Intake, mapping: SiteMapping) -> None:
    """Raw tables in the session from the files of `intake.folder`.

    Raises InputError for a folder without Patient files or any that tell of operations, without patients, or
    with a gzip file that breaks off.
    """
    by_type = files_by_type(intake)
    for table in CLINICAL_TABLES:
        create_raw(session, table)
    create_lookups(session)
    session.execute("create or replace table claim_naming_prior (source integer, line bigint)")
    load_mapping(session, mapping)
    with ThreadPoolExecutor(max_workers=1) as pool, tempfile.TemporaryDirectory(prefix="lumbar-") as scratch:
        order = [*SHAPES, *(kind for kind in by_type if kind not in SHAPES)]
        facts = {file.source: pool.submit(line_facts, file.path) for kind in order for file in by_type.get(kind, [])}
        try:
            for kind in LOOKUPS:
                _read_files(session, {kind: by_type.get(kind, [])}, intake, mapping, facts, Path(scratch))
                finish_lookup(session, kind, by_type.get(kind, []))
            others = {kind: by_type.get(kind, []) for kind in order if kind not in LOOKUPS}
            _read_files(session, others, intake, mapping, facts, Path(scratch))
        finally:
            pool.shutdown(cancel_futures=True)
    if not sum(file.n_rows for file in by_type.get("Patient", [])):
        raise InputError(f"{intake.folder}: no patients; the Patient files are empty")
    _part_forms_from_observations(session, by_type)
    _warn_of_claims(session, intake)


def _read_files(
    session: duckdb.DuckDBPyConnection,
    by_type: dict[str, list[InputFile]],
    intake: Intake,
    mapping: SiteMapping,
    facts: dict[int, Future[LineFacts]],
    scratch: Path,
) -> None:
    """Raw rows of all the files, several batches at once, each by a cursor of its own."""

    def read(kind: str, batch: list[InputFile], cursor: duckdb.DuckDBPyConnection) -> None:
        for file in batch:
            intake.on_file(file)
        if kind in SHAPES:
            set_lists(cursor, mapping)
            _read_batch(cursor, kind, batch, facts, scratch)
        for file in batch:
            _take_facts(file, facts[file.source].result(), is_read=kind in SHAPES)

    batches = [(kind, batch) for kind, files_ in by_type.items() for batch in _batches(files_)]
    sizes = [sum(file.n_bytes for file in batch) for _, batch in batches]
    # One large file is better read by all threads than beside others by one.
    at_once = sum(sizes) // max([1, *sizes])
    for _ in side_by_side(session, [partial(read, *batch) for batch in batches], at_once):
        pass


def _warn_of_claims(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Of claims that name a prior one, and of lines in code systems that no mapping knows."""
    sources = [file.source for file in intake.files if file.role in SEVERAL_TABLES]
    n_prior, *_ = session.execute("select count(*) from claim_naming_prior").fetchall()[0]
    systems = session.execute(
        "select lower(system), count(*) from raw_procedure where list_contains(?, source) and fault is null "
        "and system is not null and not list_contains(getvariable('system_names'), lower(system)) group by all",
        [sources],
    ).fetchall()
    intake.warnings += [*unknown_systems(systems), *prior_claims(n_prior)]


def _batches(files_: list[InputFile]) -> Iterator[list[InputFile]]:
    """Files in order, so many together that planning their statement costs less than reading them."""
    batch: list[InputFile] = []
    for file in files_:
        if batch and sum(waiting.n_bytes for waiting in batch) + file.n_bytes > _BATCH_BYTES:
            yield batch
            batch = []
        batch.append(file)
    if batch:
        yield batch


def _take_facts(file: InputFile, known: LineFacts, is_read: bool) -> None:
    file.blake3, file.n_lines = known.blake3, known.n_lines
    if not is_read:
        file.n_rows = file.n_lines


def _part_forms_from_observations(session: duckdb.DuckDBPyConnection, by_type: dict[str, list[InputFile]]) -> None:
    """A form with the id of an Observation has its type put before it: a FHIR id is unique in its type alone."""
    observations, forms = (
        [file.source for file in by_type.get(kind, [])] for kind in ("Observation", "QuestionnaireResponse")
    )
    if observations and forms:
        session.execute(
            "update raw_score set score_id = 'QuestionnaireResponse/' || score_id "
            "where list_contains(?, source) and split_part(score_id, '#', 1) in "
            "(select split_part(score_id, '#', 1) from raw_score where list_contains(?, source))",
            [forms, observations],
        )


def correct_lines(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Line numbers of rejected rows in files with blank lines, which the parser passes over."""
    for file in intake.files:
        if file.role not in SHAPES or file.n_lines == file.n_rows:
            continue
        with open_bytes(file.path) as stream:
            is_told = ((n, line if n > 1 else line.removeprefix(BOM)) for n, line in enumerate(stream, start=1))
            lines = [n for n, line in is_told if line.strip()]
        if len(lines) != file.n_rows:
            intake.check_unchanged()
            raise InputError(f"{file.name}: lines of it were lost; write it again, one resource a line")
        session.execute("create or replace table true_line (ordinal bigint, line bigint)")
        wanted = session.execute("select distinct line from rejected_row where source = ?", [file.source]).fetchall()
        rows = [[n, lines[n - 1]] for (n,) in wanted if n <= len(lines)]
        if rows:
            insert_rows(session, "true_line", rows)
            session.execute(
                "update rejected_row set line = true_line.line from true_line "
                "where rejected_row.source = ? and rejected_row.line = true_line.ordinal",
                [file.source],
            )


def files_by_type(intake: Intake) -> dict[str, list[InputFile]]:
    """The files of the folder by the resource type they are read as, taken into the account.

    Raises InputError without Patient files, or without Procedure, Claim and ExplanationOfBenefit files.
    """
    by_type: dict[str, list[InputFile]] = {}
    for path in sorted(intake.folder.iterdir()):
        if path.is_dir():
            continue
        if not path.name.endswith((".ndjson", ".ndjson.gz")):
            if _may_be_meant(path):
                intake.warnings.append(f"{path.name} was not read: FHIR files end in .ndjson or .ndjson.gz; rename it")
            continue
        require_file(path)
        kind = _type_of(path)
        if kind is None:
            intake.warnings.append(
                f"{path.name} was not read: neither its name nor its first lines tell a resource type"
            )
        else:
            by_type.setdefault(kind, []).append(intake.add(path, kind))
    for kinds in (("Patient",), _OPERATIONS):
        if not by_type.keys() & set(kinds):
            named = " or ".join(f"{kind}*.ndjson" for kind in kinds)
            raise InputError(f"{intake.folder}: no {named}; a FHIR export has one file or more of each type")
    return by_type


def _may_be_meant(path: Path) -> bool:
    """Whether a file that is not read looks like one that was to be, by its first word or its ending."""
    return _first_word(path) in SHAPES or ".ndjson" in path.name.lower()


def _first_word(path: Path) -> str:
    return re.split("[^A-Za-z]", path.name, maxsplit=1)[0]


def _type_of(path: Path) -> str | None:
    """The type a file is read as: the first word of its name, if that is one we read, else what its lines say.

    So `ObservationVitals` and `1.Patient` are read, and `PractitionerRole` is not. Where the lines say
    nothing either, a name such as `Claim` is taken at its word, and for any other the type is not known.
    """
    word = _first_word(path)
    if word in SHAPES:
        return word
    is_unclear = not word[:1].isupper() or any(word.startswith(kind) for kind in SHAPES)
    return _type_told(path) or (None if is_unclear and path.stat().st_size else word)


def _type_told(path: Path) -> str | None:
    """The type the first line says that says one."""
    try:
        with open_bytes(path) as stream:
            told = map(_type_of_line, islice(stream, _LINES_TO_TELL))
            return next((kind for kind in told if kind is not None), None)
    except (EOFError, OSError, zlib.error):
        raise InputError(f"{path.name}: the gzip file is broken or cut short; fetch it again") from None


def _type_of_line(line: bytes) -> str | None:
    try:
        resource = json.loads(line.removeprefix(BOM))
    except (ValueError, RecursionError):
        return None
    told = resource.get("resourceType") if isinstance(resource, dict) else None
    return told if isinstance(told, str) and re.fullmatch("[A-Z][A-Za-z]{1,63}", told) else None


def _read_batch(
    session: duckdb.DuckDBPyConnection,
    kind: str,
    batch: list[InputFile],
    facts: dict[int, Future[LineFacts]],
    scratch: Path,
) -> None:
    """Raw rows of several files by one statement; where that fails, of each file alone."""
    try:
        paths = {file.source: _without_byte_order_mark(file, scratch) for file in batch}
        try:
            _fill(session, kind, paths, facts, _USUAL_ROOM)
        except duckdb.Error as error:
            if len(batch) > 1 or "maximum_object_size" not in str(error):
                raise
            _fill(session, kind, paths, facts, _longest_line(paths[batch[0].source]))
        _number_lines(session, kind, batch)
    except duckdb.OutOfMemoryException:
        raise
    except (duckdb.Error, gzip.BadGzipFile, EOFError, zlib.error):
        if len(batch) > 1:
            for file in batch:
                _read_batch(session, kind, [file], facts, scratch)
            return
        file = batch[0]
        facts[file.source].result()  # a broken gzip file says so itself
        packed = "; the gzip file is broken or cut short; fetch it again" if file.path.suffix == ".gz" else ""
        raise InputError(f"{file.name}: cannot be read as NDJSON{packed}") from None
    keep(session, kind)
    if kind in SEVERAL_TABLES:
        session.execute("""
            insert into claim_naming_prior
            select source, line from resource_line
            where status = 'completed' and len(list_filter(
                r.related, lambda x: len(list_filter(x.relationship.coding, lambda c: c.code = 'prior')) > 0
            )) > 0
        """)
    for name in ("view resource_line", "view numbered_line", "table file_line"):
        session.execute(f"drop {name}")


def _fill(
    session: duckdb.DuckDBPyConnection,
    kind: str,
    paths: dict[int, Path],
    facts: dict[int, Future[LineFacts]],
    room: int,
) -> None:
    """`file_line`: one row a non-blank line, in the files' order, so that a row's place tells its line.

    There are two ways. Typed reading parses a line once, straight into columns, but at a line it cannot
    read it loses the next one too, and a part of another shape it passes over. So files that show a sign
    of this (a row without a resource type, fewer rows than lines, a code without codings) are read again
    line by line, which parses twice and loses nothing. Observations are read line by line at once, for
    most are of no concern. `room`: for a line, bytes.
    """
    # All files by one scan: DuckDB plans and compiles the branches of a union one by one.
    numbers, names = (", ".join(each) for each in (map(str, paths), map(only_in_sql, paths.values())))
    source = f"cast([{numbers}] as integer[])[cast(r.file_index as bigint) + 1] as source"
    options = f"ignore_errors = true, hive_partitioning = false, maximum_object_size = {room}"
    if kind != "Observation":
        typed = f"read_ndjson([{names}], {options}, columns = {column_types(kind)}) as r"
        shaped = f"select {source}, false as is_broken, null::boolean as has_bad_coding, r from {typed}"
        try:
            fill_lines(session, kind, shaped)
            is_whole = _is_whole(session, kind, {source: facts[source].result().n_lines for source in paths})
        except duckdb.Error:  # line by line will tell whether it is the files' fault
            is_whole = False
        if is_whole:
            return
    lines = f"read_ndjson_objects([{names}], {options})"
    session.execute(f"create or replace temp view line as select {source}, r.json from {lines} as r")
    fill_lines(session, kind, resources_of_lines(kind))


def _is_whole(session: duckdb.DuckDBPyConnection, kind: str, n_lines: dict[int, int]) -> bool:
    """Whether typed reading gave every line of every file, and knew each as a resource with its codings."""
    is_unsure = "bool_or(has_bad_coding)" if kind in LIST_PLACES else "false"
    found = session.execute(
        f"select source, count(*), count(resource_type), {is_unsure} from file_line group by source"
    ).fetchall()
    n_rows = {source: n for source, n, n_typed, is_unsure in found if n == n_typed and not is_unsure}
    return len(n_rows) == len(found) and all(n_rows.get(source, 0) == n for source, n in n_lines.items())


def _number_lines(session: duckdb.DuckDBPyConnection, kind: str, batch: list[InputFile]) -> None:
    """`numbered_line`, and `resource_line` of those that concern us. `place`: unique in the batch."""
    found = session.execute("select source, min(rowid), max(rowid), count(*) from file_line group by source").fetchall()
    if any(last - first + 1 != n for _, first, last, n in found):
        raise duckdb.InternalException("lines of several files are mixed")
    n_rows = {source: n for source, _, _, n in found}
    for file in batch:
        file.n_rows = n_rows.get(file.source, 0)
    first_places = {source: first for source, first, *_ in found}
    first = ", ".join(str(first_places.get(source, 0)) for source in range(max(first_places, default=0) + 1))
    session.execute(f"set variable first_place = cast([{first}] as bigint[])")
    session.execute("""
        create or replace temp view numbered_line as
        select rowid as place, rowid + 1 - getvariable('first_place')[source + 1] as line, * from file_line
    """)
    show_lines_of_concern(session, kind)


def _longest_line(path: Path) -> int:
    with open_bytes(path) as stream:
        return max(map(len, stream))


def _without_byte_order_mark(file: InputFile, scratch: Path) -> Path:
    with open_bytes(file.path) as stream:
        if stream.read(3) != BOM:
            return file.path
        copy = scratch / f"{file.source}.ndjson"  # a name may be one file's with .gz and another's without
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target)
    return copy
