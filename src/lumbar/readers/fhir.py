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
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

from lumbar.errors import InputError
from lumbar.readers.checks import create_lookup_rejected, create_raw, find_conflicting_ids, insert_rows
from lumbar.readers.fhir_shapes import SHAPES, column_types, json_shape
from lumbar.readers.intake import BOM, InputFile, Intake, LineFacts, line_facts, open_bytes
from lumbar.readers.mapping import BodySite, SiteMapping
from lumbar.tables.clinical import CLINICAL_TABLES

_LINES_TO_TELL = 100  # how many lines are looked at for the type that a file's name does not tell
_USUAL_ROOM = 16 << 20  # bytes for one line; buffers are made of it, so more only where a line needs it
_LOOKUPS = {"Organization": "fhir_organization", "Practitioner": "fhir_practitioner"}
_CODED = ("Procedure", "Condition")  # types whose codings must be a list, or the line is unparsable
_RAW_TABLE = {
    "Patient": "patient",
    "Procedure": "procedure",
    "Condition": "condition",
    "Coverage": "coverage",
    "Observation": "score",
    "QuestionnaireResponse": "score",
}


def read_fhir(session: duckdb.DuckDBPyConnection, intake: Intake, mapping: SiteMapping) -> None:
    """Raw tables in the session from the files of `intake.folder`.

    Raises InputError for a folder without Patient or Procedure files, without patients, or with a gzip
    file that breaks off.
    """
    by_type = _files_by_type(intake)
    for table in CLINICAL_TABLES:
        create_raw(session, table)
    create_lookup_rejected(session)
    _load_mapping(session, mapping)
    with ThreadPoolExecutor(max_workers=1) as pool, tempfile.TemporaryDirectory(prefix="lumbar-") as scratch:
        order = [*SHAPES, *(kind for kind in by_type if kind not in SHAPES)]
        facts = {f.source: pool.submit(line_facts, f.path) for kind in order for f in by_type.get(kind, [])}
        try:
            for kind in order:
                for file in by_type.get(kind, []):
                    intake.on_file(file)
                    _read_file(session, mapping, kind, file, facts[file.source], Path(scratch))
                if kind in _LOOKUPS:
                    _finish_lookup(session, kind, by_type.get(kind, []))
        finally:
            pool.shutdown(cancel_futures=True)
    if not sum(file.n_rows for file in by_type.get("Patient", [])):
        raise InputError(f"{intake.folder}: no patients; the Patient files are empty")
    _part_forms_from_observations(session, by_type)


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
            raise InputError(f"{file.name}: lines of it were lost; write it again, one resource a line")
        session.execute("create or replace temp table true_line (ordinal bigint, line bigint)")
        wanted = session.execute("select distinct line from rejected_row where source = ?", [file.source]).fetchall()
        rows = [[n, lines[n - 1]] for (n,) in wanted if n <= len(lines)]
        if rows:
            insert_rows(session, "true_line", rows)
            session.execute(
                "update rejected_row set line = true_line.line from true_line "
                "where rejected_row.source = ? and rejected_row.line = true_line.ordinal",
                [file.source],
            )


def _files_by_type(intake: Intake) -> dict[str, list[InputFile]]:
    by_type: dict[str, list[InputFile]] = {}
    for path in sorted(intake.folder.iterdir()):
        if not path.is_file() or not path.name.endswith((".ndjson", ".ndjson.gz")):
            continue
        kind = _type_of(path)
        if kind is None:
            intake.warnings.append(
                f"{path.name} was not read: neither its name nor its first lines tell a resource type"
            )
        else:
            by_type.setdefault(kind, []).append(intake.add(path, kind))
    for kind in ("Patient", "Procedure"):
        if kind not in by_type:
            raise InputError(f"{intake.folder}: no {kind}*.ndjson; a FHIR export has one file or more of each type")
    return by_type


def _type_of(path: Path) -> str | None:
    """The type a file is read as: the first word of its name, if that is one we read, else what its lines say.

    So `ObservationVitals` and `1.Patient` are read, and `PractitionerRole` is not. Where the lines say
    nothing either, a name such as `Claim` is taken at its word, and for any other the type is not known.
    """
    word = re.split("[^A-Za-z]", path.name, maxsplit=1)[0]
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


def _read_file(
    session: duckdb.DuckDBPyConnection,
    mapping: SiteMapping,
    kind: str,
    file: InputFile,
    facts: Future[LineFacts],
    scratch: Path,
) -> None:
    if kind not in SHAPES:
        known = facts.result()
        file.blake3, file.n_lines = known.blake3, known.n_lines
        file.n_rows = known.n_lines
        return

    def fill(room: int) -> None:
        if kind == "Observation":
            _find_observations(session, mapping, path, room)
        else:
            _read_lines(session, kind, path, facts, room)

    try:
        path = _without_byte_order_mark(file.path, scratch)
        try:
            fill(_USUAL_ROOM)
        except duckdb.Error as error:
            if "maximum_object_size" not in str(error):
                raise
            fill(_longest_line(path))
    except (duckdb.Error, gzip.BadGzipFile, EOFError):
        facts.result()  # a broken gzip file says so itself
        packed = "; the gzip file is broken or cut short; fetch it again" if file.path.suffix == ".gz" else ""
        raise InputError(f"{file.name}: cannot be read as NDJSON{packed}") from None
    file.n_rows = session.execute("select count(*) from file_line").fetchall()[0][0]
    _keep(session, kind, file)
    session.execute("drop view resource_line")
    session.execute("drop table file_line")
    known = facts.result()
    file.blake3, file.n_lines = known.blake3, known.n_lines


def _read_lines(session: duckdb.DuckDBPyConnection, kind: str, path: Path, facts: Future[LineFacts], room: int) -> None:
    """`file_line`: one row a non-blank line, in the file's order, so that a row's place is its line.

    There are two ways. Typed reading parses a line once, straight into columns, but at a line it cannot
    read it loses the next one too, and a part of another shape it passes over. So a file that shows a sign
    of this (a row without a resource type, fewer rows than lines, a code without codings) is read again
    line by line, which parses twice and loses nothing. `room`: for a line, bytes.
    """
    source = f"'{_quoted(str(path))}', ignore_errors = true, maximum_object_size = {room}"
    typed = f"""
        select false as is_broken, null::boolean as has_bad_coding, r
        from read_ndjson({source}, columns = {column_types(kind)}) as r
    """
    line_by_line = f"""
        select
            json is null or not starts_with(json, '{{') as is_broken,
            coalesce(json_type(json, '$.code.coding') not in ('ARRAY', 'NULL'), false) as has_bad_coding,
            json_transform(json, '{json_shape(kind)}') as r
        from read_ndjson_objects({source})
    """
    try:
        _fill_lines(session, kind, typed)
        unsure = "count(*) filter (has_bad_coding)" if kind in _CODED else "0"
        n_rows, n_typed, n_unsure = session.execute(
            f"select count(*), count(resource_type), {unsure} from file_line"
        ).fetchall()[0]
        is_whole = n_rows == n_typed == facts.result().n_lines and not n_unsure
    except duckdb.Error:  # line by line will tell whether it is the file's fault
        is_whole = False
    if not is_whole:
        _fill_lines(session, kind, line_by_line)
    session.execute(f"""
        create or replace temp view resource_line as
        select rowid + 1 as line, * from file_line where not is_broken and resource_type = '{kind}'
    """)


def _fill_lines(session: duckdb.DuckDBPyConnection, kind: str, resources: str) -> None:
    session.execute(f"create or replace temp view resource as {resources}")
    session.execute(f"create or replace temp table file_line as {_sql(f'{_snake(kind)}_line')}")


def _find_observations(session: duckdb.DuckDBPyConnection, mapping: SiteMapping, path: Path, room: int) -> None:
    """`file_line` with the text of the lines that may hold a score, and `resource_line` over it.

    Most Observations of an export are of no concern: searching a line for the codes costs less than
    taking it apart.
    """
    surely = " or ".join(
        f"starts_with(json, '{start}')" for start in ('{"resourceType":"Observation"', '{"resourceType": "Observation"')
    )
    codes = sorted({score.code for score in mapping.scores})
    # A search that begins with a quotation mark would stop at every one of them.
    named = " or ".join(f"contains(json, '{_quoted(code)}\"')" for code in codes)
    # A code, or the name of a key, could be written with escapes: such lines are looked at closely.
    session.execute(
        f"""
        create or replace temp table file_line as
        select
            json is null or not starts_with(json, '{{') as is_broken,
            case when {surely} then 'Observation' else json_extract_string(json, '$.resourceType') end as resource_type,
            case when not ({surely}) or {named or "false"} or contains(json, '\\u') then json end as json
        from read_ndjson_objects(?, ignore_errors = true, maximum_object_size = {room})
        """,
        [str(path)],
    )
    session.execute(f"""
        create or replace temp view resource_line as
        select
            rowid + 1 as line,
            contains(json, 'component"') or contains(json, '\\u') as may_have_components,
            json_transform(json, '{json_shape("Observation")}') as r
        from file_line
        where json is not null and not is_broken and resource_type = 'Observation'
    """)


def _keep(session: duckdb.DuckDBPyConnection, kind: str, file: InputFile) -> None:
    rows = f"from ({_sql(_snake(kind))})"
    misfits = f"""
        select
            {file.source} as source,
            rowid + 1 as line,
            case when is_broken then 'unparsable' else 'wrong_resource_type' end as reason,
            case when is_broken then 'not a JSON object' end as detail
        from file_line where is_broken or resource_type is distinct from '{kind}'
    """
    if kind in _LOOKUPS:
        session.execute(f"insert into {_LOOKUPS[kind]}_row by name select {file.source} as source, * {rows}")
        session.execute(
            f"insert into lookup_rejected "
            f"select source, line, 0, '{kind.lower()}', null, reason, detail from ({misfits})"
        )
        return
    raw = f"raw_{_RAW_TABLE[kind]}"
    text = "nullif(trim(columns(* exclude (line, part, fault, detail))), '')"
    session.execute(
        f"insert into {raw} by name select {file.source} as source, line, part, fault, detail, {text} {rows}"
    )
    session.execute(
        f"insert into {raw} by name select source, line, 0 as part, reason as fault, detail from ({misfits})"
    )


def _finish_lookup(session: duckdb.DuckDBPyConnection, kind: str, files_: list[InputFile]) -> None:
    """`fhir_organization (id, name)` or `fhir_practitioner (id, npi)`; conflicting and broken rows rejected."""
    name, told = _LOOKUPS[kind], "name" if kind == "Organization" else "npi"
    find_conflicting_ids(session, f"{name}_row", "id", ("told",))
    session.execute(f"""
        insert into lookup_rejected
        select source, line, 0, '{kind.lower()}', id, coalesce(fault, 'conflicting_id'), null from {name}_row
        where fault is not null or id in (from conflicting_id)
    """)
    session.execute(f"""
        create or replace temp table {name} as
        select id, min(told) as {told} from {name}_row
        where fault is null and id not in (from conflicting_id) group by id
    """)
    kept = "where fault is null and id not in (from conflicting_id)"
    mapped = dict(session.execute(f"select source, count(*) from {name}_row {kept} group by source").fetchall())
    for file in files_:
        file.n_mapped = mapped.get(file.source, 0)


def _longest_line(path: Path) -> int:
    with open_bytes(path) as stream:
        return max(map(len, stream))


def _without_byte_order_mark(path: Path, scratch: Path) -> Path:
    with open_bytes(path) as stream:
        if stream.read(3) != BOM:
            return path
        copy = scratch / path.name.removesuffix(".gz")
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target)
    return copy


def _load_mapping(session: duckdb.DuckDBPyConnection, mapping: SiteMapping) -> None:
    for name in _LOOKUPS.values():
        session.execute(
            f"create or replace temp table {name}_row "
            "(source integer, line bigint, fault varchar, id varchar, told varchar)"
        )
    ranked = {name: rank for rank, name in enumerate(("cpt", "hcpcs", "snomed", "icd10cm"))}
    sites = _sided_first(mapping.body_sites)
    relations: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "score_code": (
            "position integer, system varchar, code varchar, instrument varchar",
            [(i, s.system, s.code, s.instrument) for i, s in enumerate(mapping.scores, start=1)],
        ),
        "score_code_unit": (
            "position integer, unit varchar, scale varchar",
            [(i, unit, scale) for i, s in enumerate(mapping.scores, start=1) for unit, scale in s.unit.items()],
        ),
        "body_site": (
            "position integer, system varchar, code varchar, instrument varchar, side varchar",
            [(i, b.system, b.code, b.instrument, b.side) for i, b in enumerate(sites, start=1)],
        ),
        "questionnaire_score": (
            "url varchar, position integer, link_id varchar, instrument varchar, scale varchar, side varchar",
            [
                (q.url, i, s.link_id, s.instrument, s.scale, s.side)
                for q in mapping.questionnaires
                for i, s in enumerate(q.scores, start=1)
            ],
        ),
        "odi_section": (
            "url varchar, link_id varchar",
            [(q.url, link_id) for q in mapping.questionnaires for link_id in q.odi_link_ids],
        ),
        "odi_answer": (
            "url varchar, given varchar, points integer",
            [(q.url, given, points) for q in mapping.questionnaires for given, points in q.answer.items()],
        ),
    }
    for name, (columns, rows) in relations.items():
        session.execute(f"create or replace temp table {name} ({columns})")
        insert_rows(session, name, rows)
    systems = sorted(mapping.systems, key=lambda system: ranked[system[1]])
    lists: dict[str, list[str]] = {
        "score_keys": [f"{s.system}|{s.code}" for s in mapping.scores],
        "score_codes": [s.code for s in mapping.scores],
        "site_keys": [f"{b.system}|{b.code}" for b in sites],
        "site_codes": [b.code for b in sites],
        "system_urls": [url for url, _ in systems],
        "system_names": [name for _, name in systems],
        "diagnosis_urls": [url for url, name in systems if name == "icd10cm"],
        "surgeon_keys": [f"{system}|{code}" for system, code in mapping.surgeons],
        "npi_systems": list(mapping.npi_systems),
        "mrn_types": list(mapping.mrn_types),
    }
    # Variables, not a table: the lists are constants to the queries, and no join can change the order of lines.
    for name, values in lists.items():
        texts = ", ".join(f"'{_quoted(value)}'" for value in values)
        session.execute(f"set variable {name} = cast([{texts}] as varchar[])")
    session.execute(_sql("macros"))


def _sided_first(sites: tuple[BodySite, ...]) -> list[BodySite]:
    """Every place once, as the mapping names it first; those with a side lead, so `leg, left leg` keeps its side."""
    first: dict[tuple[str, str], BodySite] = {}
    for site in sites:
        first.setdefault((site.system, site.code), site)
    return sorted(first.values(), key=lambda site: site.side is None)


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _snake(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


def _sql(name: str) -> str:
    return (files("lumbar.readers") / "sql" / f"fhir_{name}.sql").read_text(encoding="utf-8")
