"""Reader of a FHIR R4 bulk-export folder: `<Type>*.ndjson`, also `.gz`, several files a type.

DuckDB parses every line once; what is of no concern (a blood pressure) is recognised by what it is and
never stored. Only a line that is not a JSON object is unparsable.
"""

import json
import re
import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from lumbar.errors import InputError, InternalError
from lumbar.readers.checks import create_lookup_rejected, create_raw, find_conflicting_ids, insert_rows
from lumbar.readers.intake import BOM, InputFile, Intake, LineFacts, line_facts, open_bytes
from lumbar.readers.mapping import SiteMapping
from lumbar.tables.clinical import CLINICAL_TABLES

_FILE = re.compile(r"^([A-Z][A-Za-z]*)[^/]*\.ndjson(\.gz)?$")
_T = "VARCHAR"
_CODING = [{"system": _T, "code": _T}]
_CONCEPT = {"coding": _CODING, "text": _T}
_REFERENCE = {"reference": _T}
_PERIOD = {"start": _T, "end": _T}
_QUANTITY = {"value": _T, "comparator": _T, "unit": _T, "code": _T}
_HEAD = {"resourceType": _T, "id": _T}
_IDENTIFIER = [{"system": _T, "value": _T, "type": _CONCEPT}]
_ANSWER = [
    {
        "valueInteger": _T,
        "valueDecimal": _T,
        "valueString": _T,
        "valueQuantity": _QUANTITY,
        "valueCoding": {"code": _T},
    }
]
_LEAF = {"linkId": _T, "answer": _ANSWER}
_ITEM = [{**_LEAF, "item": [{**_LEAF, "item": [_LEAF]}]}]

# The parts of each resource that are looked at; everything else is passed over while parsing.
_SHAPES: dict[str, dict[str, Any]] = {
    "Organization": {**_HEAD, "name": _T},
    "Practitioner": {**_HEAD, "identifier": _IDENTIFIER},
    "Patient": {
        **_HEAD,
        "birthDate": _T,
        "gender": _T,
        "deceasedDateTime": _T,
        "deceasedBoolean": _T,
        "communication": [{"preferred": _T, "language": _CONCEPT}],
        "extension": [{"url": _T, "extension": [{"url": _T, "valueString": _T}]}],
        "name": [{"text": _T, "given": [_T], "family": _T}],
        "identifier": _IDENTIFIER,
        "telecom": [{"system": _T, "value": _T}],
    },
    "Procedure": {
        **_HEAD,
        "status": _T,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "performedDateTime": _T,
        "performedPeriod": _PERIOD,
        "performer": [
            {
                "function": {"coding": _CODING},
                "actor": {"reference": _T, "identifier": {"system": _T, "value": _T}},
            }
        ],
        "location": {"reference": _T, "display": _T},
    },
    "Condition": {
        **_HEAD,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "onsetDateTime": _T,
        "onsetPeriod": _PERIOD,
        "abatementDateTime": _T,
        "abatementPeriod": _PERIOD,
        "verificationStatus": {"coding": _CODING},
    },
    "Coverage": {
        **_HEAD,
        "status": _T,
        "beneficiary": _REFERENCE,
        "payor": [{"reference": _T, "display": _T}],
        "type": {"text": _T, "coding": [{"display": _T}]},
        "period": _PERIOD,
        "subscriberId": _T,
    },
    "Observation": {
        **_HEAD,
        "status": _T,
        "code": _CONCEPT,
        "subject": _REFERENCE,
        "effectiveDateTime": _T,
        "effectivePeriod": _PERIOD,
        "effectiveInstant": _T,
        "issued": _T,
        "valueQuantity": _QUANTITY,
        "valueInteger": _T,
        "valueDecimal": _T,
        "bodySite": _CONCEPT,
        "method": _CONCEPT,
        "performer": [_REFERENCE],
        "component": [{"code": _CONCEPT, "valueQuantity": _QUANTITY, "valueInteger": _T, "valueDecimal": _T}],
    },
    "QuestionnaireResponse": {
        **_HEAD,
        "status": _T,
        "questionnaire": _T,
        "subject": _REFERENCE,
        "source": _REFERENCE,
        "authored": _T,
        "item": _ITEM,
    },
}
_LOOKUPS = {"Organization": "fhir_organization", "Practitioner": "fhir_practitioner"}
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
        order = [*_SHAPES, *(kind for kind in by_type if kind not in _SHAPES)]
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


def correct_lines(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Line numbers of rejected rows in files with blank lines, which the parser passes over."""
    for file in intake.files:
        if file.role not in _SHAPES or file.n_lines == file.n_rows:
            continue
        with open_bytes(file.path) as stream:
            is_told = ((n, line if n > 1 else line.removeprefix(BOM)) for n, line in enumerate(stream, start=1))
            lines = [n for n, line in is_told if line.strip()]
        if len(lines) != file.n_rows:
            raise InternalError(f"{file.name}: rows went missing while reading; please report this")
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
        match = _FILE.match(path.name)
        if match and path.is_file():
            kind = match[1]
            by_type.setdefault(kind, []).append(intake.add(path, kind))
    for kind in ("Patient", "Procedure"):
        if kind not in by_type:
            raise InputError(f"{intake.folder}: no {kind}*.ndjson; a FHIR export has one file or more of each type")
    return by_type


def _read_file(
    session: duckdb.DuckDBPyConnection,
    mapping: SiteMapping,
    kind: str,
    file: InputFile,
    facts: Future[LineFacts],
    scratch: Path,
) -> None:
    if kind not in _SHAPES:
        known = facts.result()
        file.blake3, file.n_lines = known.blake3, known.n_lines
        file.n_rows = known.n_lines
        return
    path = _without_byte_order_mark(file.path, scratch)
    concern = _observation_of_concern(mapping) if kind == "Observation" else "true"
    try:
        session.execute(
            f"""
            create or replace temp table file_line as
            select
                json is null or not starts_with(json, '{{') as is_broken,
                case when {concern} then json end as json
            from read_ndjson_objects(?, ignore_errors = true)
            """,
            [str(path)],
        )
    except duckdb.Error as error:
        facts.result()  # a broken gzip file says so itself
        raise InputError(f"{file.name}: cannot be read: {str(error).splitlines()[0]}") from None
    file.n_rows = session.execute("select count(*) from file_line").fetchall()[0][0]
    # Lines come in the file's order, so that a row's place is its line.
    session.execute(f"""
        create or replace temp table resource_line as
        select rowid + 1 as line, json_transform(json, '{json.dumps(_SHAPES[kind])}') as r
        from file_line where json is not null and not is_broken
    """)
    _keep(session, kind, file)
    session.execute("drop table resource_line")
    session.execute("drop table file_line")
    known = facts.result()
    file.blake3, file.n_lines = known.blake3, known.n_lines


def _keep(session: duckdb.DuckDBPyConnection, kind: str, file: InputFile) -> None:
    rows = f"select {file.source} as source, * from ({_sql(_snake(kind))})"
    misfits = f"""
        select {file.source} as source, rowid + 1 as line, 'unparsable' as reason, 'not a JSON object' as detail
        from file_line where is_broken
        union all
        select {file.source}, line, 'wrong_resource_type', null
        from resource_line where r.resourceType is distinct from '{kind}'
    """
    if kind in _LOOKUPS:
        session.execute(f"insert into {_LOOKUPS[kind]}_row by name {rows}")
        session.execute(
            f"insert into lookup_rejected "
            f"select source, line, 0, '{kind.lower()}', null, reason, detail from ({misfits})"
        )
        return
    raw = f"raw_{_RAW_TABLE[kind]}"
    session.execute(f"insert into {raw} by name {rows}")
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


def _observation_of_concern(mapping: SiteMapping) -> str:
    """True for a line that may hold a score: not surely an Observation, or one that names a mapped code.

    A code could be written with escapes; such lines are looked at closely too.
    """
    surely = " or ".join(
        f"starts_with(json, '{start}')" for start in ('{"resourceType":"Observation"', '{"resourceType": "Observation"')
    )
    codes = sorted({score.code for score in mapping.scores})
    # A search that begins with a quotation mark would stop at every one of them.
    named = " or ".join(f"contains(json, '{_quoted(code)}\"')" for code in codes)
    return f"not ({surely}) or contains(json, '\\u') or {named or 'false'}"


def _without_byte_order_mark(path: Path, scratch: Path) -> Path:
    with open_bytes(path) as stream:
        if stream.read(3) != BOM:
            return path
        copy = scratch / path.name.removesuffix(".gz")
        with copy.open("wb") as target:
            shutil.copyfileobj(stream, target)
    return copy


def _load_mapping(session: duckdb.DuckDBPyConnection, mapping: SiteMapping) -> None:
    session.execute("""
        create or replace temp macro reference_id(reference, kind) as
        case
            when starts_with(reference, kind) and split_part(reference, '/', 3) = '' and split_part(reference, '/', 1) = kind
                then nullif(split_part(reference, '/', 2), '')
            when starts_with(reference, 'urn:uuid:') then substr(reference, 10)
            else
                nullif(
                    regexp_extract(
                        reference, concat('(?:^|/)', kind, '/([A-Za-z0-9.-]{1,64})(?:/_history/.*)?$'), 1
                    ),
                    ''
                )
        end
    """)
    session.execute("""
        create or replace temp macro known_position(codings, keys, codes) as
        -- Most things have one coding, with its system: no list is built for those.
        case when len(codings) = 1 and codings[1].system is not null
        then nullif(list_position(keys, concat(codings[1].system, '|', codings[1].code)), 0)
        else list_min(list_transform(codings, lambda c: nullif(
            case
                when c.system is null then list_position(codes, c.code)
                else list_position(keys, concat(c.system, '|', c.code))
            end, 0
        ))) end
    """)
    for name in _LOOKUPS.values():
        session.execute(
            f"create or replace temp table {name}_row "
            "(source integer, line bigint, fault varchar, id varchar, told varchar)"
        )
    ranked = {name: rank for rank, name in enumerate(("cpt", "hcpcs", "snomed", "icd10cm"))}
    relations: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "code_system": (
            "url varchar, name varchar, position integer",
            [(url, name, ranked[name]) for url, name in mapping.systems],
        ),
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
            [(i, b.system, b.code, b.instrument, b.side) for i, b in enumerate(mapping.body_sites, start=1)],
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
        "site_keys": [f"{b.system}|{b.code}" for b in mapping.body_sites],
        "site_codes": [b.code for b in mapping.body_sites],
        "system_urls": [url for url, _ in systems],
        "system_names": [name for _, name in systems],
        "surgeon_keys": [f"{system}|{code}" for system, code in mapping.surgeons],
        "npi_systems": list(mapping.npi_systems),
        "mrn_types": list(mapping.mrn_types),
    }
    session.execute(f"create or replace temp table known ({', '.join(f'{name} varchar[]' for name in lists)})")
    insert_rows(session, "known", [list(lists.values())])


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _snake(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()


def _sql(name: str) -> str:
    return (files("lumbar.readers") / "sql" / f"fhir_{name}.sql").read_text(encoding="utf-8")
