"""Reader of the OMOP Common Data Model 5.4: files, a DuckDB database, or PostgreSQL.

The tables become text, `omop_<table>`; static queries make raw tables of them and of the mapping's words.
Codes are those of the concept table: no concept id is known here.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import Any

import duckdb

from lumbar.errors import InputError
from lumbar.readers.checks import create_lookup_rejected, create_raw, find_conflicting_ids, insert_rows
from lumbar.readers.csv_rows import MISFIT
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.omop_database import duckdb_source, is_duckdb_file, is_postgres, postgres_source, without_secrets
from lumbar.readers.omop_files import files_source
from lumbar.readers.omop_rows import Part, Source, select_text
from lumbar.readers.omop_tables import CDM_TABLES, RAW_TABLES, STEPS, CdmTable
from lumbar.tables.clinical import CLINICAL_TABLES

_RANKING = ("cpt", "hcpcs", "snomed", "icd10cm")
# Tables that others are looked up in, by their ids.
LOOKUPS = {
    "concept": "concept_id",
    "provider": "provider_id",
    "care_site": "care_site_id",
    "visit_occurrence": "visit_occurrence_id",
}
_CONCERN = "select concept_id from omop_concern"
_DIAGNOSIS = "select concept_id from omop_diagnosis"
# How many rows of concern there are, how many have an end, and how many end on the day they start.
DIAGNOSES = """
    select
        count(*) as n_coded,
        count(condition_end_date) as n_ended,
        count(
            case when substr(condition_end_date, 1, 10) = substr(condition_start_date, 1, 10) then 1 end
        ) as n_of_a_day
    from omop_condition_occurrence
"""
_MOST_CODED = 0.99  # of all rows: where fewer have a code of ours, that is told
# Rows that cannot concern us are left where they are: the queries would pass them over.
OF_CONCERN = {
    "concept_relationship": "relationship_id = 'Maps to' and concept_id_1 <> concept_id_2",
    "visit_occurrence": "visit_occurrence_id in (select visit_occurrence_id from omop_procedure_occurrence)",
    "measurement": f"measurement_concept_id in ({_CONCERN}) or measurement_source_concept_id in ({_CONCERN}) "
    "or measurement_source_value in (select source_value from omop_score_word)",
    "observation": f"observation_concept_id in ({_CONCERN}) or observation_source_concept_id in ({_CONCERN}) "
    "or observation_source_value in (select source_value from omop_score_word)",
    "condition_occurrence": f"condition_concept_id in ({_DIAGNOSIS}) or condition_source_concept_id in ({_DIAGNOSIS})",
}


def read_omop(session: duckdb.DuckDBPyConnection, intake: Intake, mapping: SiteMapping) -> None:
    """Raw tables in the session from the CDM tables at `intake.folder`.

    Raises InputError for a place without person, procedure_occurrence or concept, with one of them empty, with a
    table that lacks a required column, and for what cannot be read.
    """
    for clinical in CLINICAL_TABLES:
        create_raw(session, clinical)
    create_lookup_rejected(session)
    load_words(session, mapping)
    with ExitStack() as closing:
        source = _source(session, intake, mapping, closing)
        for table in CDM_TABLES:
            _load(session, table, source, intake, mapping)
            if table.name == "concept_relationship":
                _know_concepts(session, intake)
    intake.warnings += no_score_table(intake)
    create_step(session, STEPS[0])
    _count_mapped(session, intake, "concept_relationship")
    _finish_deaths(session, intake)
    for name, key in LOOKUPS.items():
        if name != "concept":
            _finish_lookup(session, intake, name, key)
    for name in RAW_TABLES:
        session.execute(f"insert into raw_{name} by name select * from ({omop_sql(name)})")
    intake.warnings += odd_diagnoses(intake, *session.execute(DIAGNOSES).fetchall()[0])


def load_words(session: duckdb.DuckDBPyConnection, mapping: SiteMapping) -> None:
    """The mapping as the queries see it: small tables to join with."""
    for name, (columns, rows) in word_tables(mapping).items():
        session.execute(f"create or replace table {name} ({columns})")
        insert_rows(session, name, rows)


def word_tables(mapping: SiteMapping) -> dict[str, tuple[str, list[tuple[Any, ...]]]]:
    """The mapping's words by table: its columns with their types, and its rows."""
    omop = mapping.omop
    vocabularies: dict[str, list[str]] = {}
    for vocabulary, url in omop.vocabulary.items():
        vocabularies.setdefault(url, []).append(vocabulary)
    named = dict(mapping.systems)
    own = [(o.vocabulary, o.code, o.source_value, o.instrument, o.side, o.unit) for o in omop.scores]
    shared = [
        (vocabulary, score.code, None, score.instrument, None, score.unit)
        for score in mapping.scores
        for vocabulary in vocabularies.get(score.system, [])
    ]
    words = list(enumerate([*own, *shared], start=1))
    sites = {
        (vocabulary, site.code): (site.instrument, site.side)
        for site in reversed(mapping.body_sites)
        for vocabulary in vocabularies.get(site.system, [])
    }
    return {
        "omop_system": (
            "vocabulary_id varchar, system varchar, ranking integer",
            [(v, named[url], _RANKING.index(named[url])) for v, url in omop.vocabulary.items() if url in named],
        ),
        "omop_score_word": (
            "position integer, vocabulary_id varchar, code varchar, source_value varchar, "
            "instrument varchar, side varchar",
            [(position, *word[:5]) for position, word in words],
        ),
        "omop_score_unit": (
            "position integer, unit varchar, scale varchar",
            [(position, unit, scale) for position, word in words for unit, scale in word[5].items()],
        ),
        "omop_site": (
            "vocabulary_id varchar, code varchar, instrument varchar, side varchar",
            [(*place, *meaning) for place, meaning in sites.items()],
        ),
        "omop_status_word": ("word varchar, verification varchar", list(omop.condition_status.items())),
        "omop_unknown_date": ("written varchar", [(written,) for written in dict.fromkeys(omop.unknown_dates)]),
    }


def create_step(session: duckdb.DuckDBPyConnection, name: str) -> None:
    """One of the steps between the CDM's tables and ours, as a table."""
    session.execute(f"create or replace table omop_{name} as {omop_sql(name)}")


def omop_sql(name: str) -> str:
    """The text of a static query over the CDM's tables."""
    return (files("lumbar.readers") / "sql" / f"omop_{name}.sql").read_text(encoding="utf-8")


def _source(session: duckdb.DuckDBPyConnection, intake: Intake, mapping: SiteMapping, closing: ExitStack) -> Source:
    place = intake.folder
    if is_postgres(place):
        intake.folder = without_secrets(place)
        return postgres_source(intake, mapping.omop, place, closing)
    if is_duckdb_file(place):
        return duckdb_source(session, intake, mapping.omop)
    return files_source(intake)


def _load(
    session: duckdb.DuckDBPyConnection, table: CdmTable, source: Source, intake: Intake, mapping: SiteMapping
) -> None:
    """`omop_<table>`: the rows of concern as text."""
    columns = ["source integer", "line bigint", *(["record_id varchar"] if table.has_record_id else [])]
    columns += [f"{name} varchar" for name in table.columns]
    session.execute(f"create or replace table omop_{table.name} ({', '.join(columns)})")
    parts = source(table)
    require_table(intake, table, parts)
    where = f"where {OF_CONCERN[table.name]}" if table.name in OF_CONCERN else ""
    for part in parts:
        texts = select_text(table, part, mapping)
        with told_damage(part):
            for relation in part.relations(session):
                session.execute(f"insert into omop_{table.name} from (select {texts} from {relation}) {where}")
        _reject_unreadable(session, table, part)
    require_rows(intake, table)


def require_table(intake: Intake, table: CdmTable, parts: Sequence[Part]) -> None:
    """Raises InputError when a table that must be there has no part."""
    if not parts and table.must_be_there:
        raise InputError(
            f"{intake.folder}: no {table.name} table; OMOP CDM 5.4 has person, procedure_occurrence, concept"
        )


def require_rows(intake: Intake, table: CdmTable) -> None:
    """Raises InputError when a table that must be there is empty."""
    if table.must_be_there and not sum(file.n_rows for file in intake.files if file.role == table.name):
        hint = "; load the vocabularies with the data" if table.is_vocabulary else ""
        raise InputError(f"{intake.folder}: the {table.name} table is empty{hint}")


@contextmanager
def told_damage(part: Part) -> Iterator[None]:
    """Inside it, a file that cannot be read to its end raises InputError."""
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.IOException) as error:
        if "Could not write" in str(error):
            raise
        raise InputError(f"{part.file.name}: damaged, or holds text that is not UTF-8; write it again") from None


def _reject_unreadable(session: duckdb.DuckDBPyConnection, table: CdmTable, part: Part) -> None:
    """Rows that do not fit their header, in the raw table they were meant for."""
    if table.raw is not None:
        rows = [(part.file.source, line, 0, "unparsable", MISFIT) for line in part.unreadable]
        insert_rows(session, f"raw_{table.raw} (source, line, part, fault, detail)", rows)
        return
    insert_rows(
        session,
        "lookup_rejected",
        [(part.file.source, line, 0, table.name, None, "unparsable", MISFIT) for line in part.unreadable],
    )


def _know_concepts(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """The concepts we can say something of, once the vocabularies are read."""
    _finish_lookup(session, intake, "concept", "concept_id")
    for name, sql in vocabulary_steps().items():
        session.execute(f"create or replace table {name} as {sql}")


def vocabulary_steps() -> dict[str, str]:
    """The queries that know the concepts, in order, by the relation they make."""
    return {
        **{f"omop_{step}": omop_sql(step) for step in STEPS[1:]},
        "omop_concern": """
            select concept_id from omop_score_concept
            union
            select concept_id from omop_coded_concept where system = 'hcpcs'
        """,
        "omop_diagnosis": "select concept_id from omop_coded_concept where system = 'icd10cm'",
    }


def _finish_deaths(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Deaths of nobody and dates that cannot be read are rejected; who has a row is dead, whatever its date."""
    session.execute("""
        insert into lookup_rejected
        select
            source, line, 0, 'death', person_id,
            case when is_bad_date(written) then 'unparsable' else 'unknown_patient' end,
            case when is_bad_date(written) then 'death_date' end
        from (select *, coalesce(death_date, death_datetime) as written from omop_death)
        where is_bad_date(written) or person_id is null or person_id not in (select person_id from omop_person_id)
    """)
    rejected = "(source, line) in (select (source, line) from lookup_rejected)"
    _count_mapped(session, intake, "death", f"not {rejected}")
    session.execute(f"update omop_death set death_date = null, death_datetime = null where {rejected}")


def _finish_lookup(session: duckdb.DuckDBPyConnection, intake: Intake, name: str, key: str) -> None:
    """Rows without an id, or with one that stands for different rows, are rejected; of equal rows one is kept."""
    table = f"omop_{name}"
    columns = next(cdm.columns for cdm in CDM_TABLES if cdm.name == name)
    session.execute(f"create or replace temp view lookup_row as select *, null as fault from {table}")
    find_conflicting_ids(session, "lookup_row", key, tuple(column for column in columns if column != key))
    session.execute(f"""
        insert into lookup_rejected
        select
            source, line, 0, '{name}', {key},
            case when {key} is null then 'unparsable' else 'conflicting_id' end,
            case when {key} is null then '{key} is missing' end
        from {table} where {key} is null or {key} in (from conflicting_id)
    """)
    session.execute(f"delete from {table} where {key} is null or {key} in (from conflicting_id)")
    _count_mapped(session, intake, name)
    session.execute(f"""
        delete from {table} where rowid in (
            select place from (
                select
                    rowid as place,
                    row_number() over (partition by {key} order by source asc nulls last, line asc nulls last) as n
                from {table}
            ) where n > 1
        )
    """)


def _count_mapped(session: duckdb.DuckDBPyConnection, intake: Intake, name: str, where: str = "true") -> None:
    told = session.execute(f"select source, count(*) from omop_{name} where {where} group by source")
    mapped = dict(told.fetchall())
    for file in intake.files:
        if file.role == name:
            file.n_mapped = mapped.get(file.source, 0)


def no_score_table(intake: Intake) -> list[str]:
    """A warning when neither table that scores stand in is there."""
    if any(file.role in ("measurement", "observation") for file in intake.files):
        return []
    return ["neither a measurement nor an observation table is there, so no score can be read; are they called so?"]


def odd_diagnoses(intake: Intake, n_coded: int, n_ended: int, n_of_a_day: int) -> list[str]:
    """Warnings of conditions without a code of ours, and of end dates that were made up; counts as of `DIAGNOSES`."""
    n_rows = sum(file.n_rows for file in intake.files if file.role == "condition_occurrence")
    warnings = []
    if n_coded < n_rows * _MOST_CODED:
        which = "no row" if n_coded == 0 else f"{n_rows - n_coded} of {n_rows} rows"
        has = "has an" if n_coded == 0 else "have no"
        what = "diagnosis" if n_coded == 0 else "diagnosis of these"
        warnings.append(
            f"{which} of condition_occurrence {has} ICD-10-CM concept, so no {what} can exclude an operation; "
            "condition_source_concept_id should hold one"
        )
    if n_of_a_day * 2 > n_ended:
        warnings.append(
            f"{n_of_a_day} of {n_ended} diagnoses with a condition_end_date end on the day they start; a date filled "
            "in so ends a diagnosis before the operation it should exclude: leave the end of lasting ones empty"
        )
    return warnings
