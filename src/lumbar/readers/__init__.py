"""Readers: records in, clinical tables and rejected rows out; every row accounted for."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from lumbar.errors import InputError, UsageError
from lumbar.measures.policy import Policy
from lumbar.readers.cautions import (
    CODED_TABLES,
    ENOUGH_SCORES,
    LONGEST_WORD_TOLD,
    MOST_WORDS_TOLD,
    TIMED_COLUMNS,
    WORD_COLUMNS,
    count_times,
    low_values,
    no_score,
    unfamiliar_systems,
    universal_times,
    unknown_words,
)
from lumbar.readers.checks import check_all, create_lookup_rejected, prepare
from lumbar.readers.csv_rows import drop_csv
from lumbar.readers.fhir import correct_lines, read_fhir
from lumbar.readers.intake import InputFile, Intake
from lumbar.readers.mapping import SYSTEM_NAMES, SiteMapping
from lumbar.readers.omop import read_omop
from lumbar.readers.omop_database import has_database_ending, is_database
from lumbar.readers.omop_files import cdm_table_of
from lumbar.readers.table_files import clinical_table_of
from lumbar.readers.tables import find_unreadable_parquet, read_tables
from lumbar.tables.clinical import INSTRUMENTS

FORMATS = ("fhir", "omop", "tables")
_NDJSON = (".ndjson", ".ndjson.gz")
# A kind of records begins with one of these.
_FIRST_TABLES = {"fhir": {"ndjson"}, "omop": {"person", "procedure_occurrence"}, "tables": {"patient", "procedure"}}
_MOST_NAMES = 3  # of files of a kind that are told
UNFINISHED_FETCH = ".fetch"  # a folder within, as long as an export is not all there


def guess_format(folder: Path) -> str:
    """`omop` for a database, or a folder with its person and procedure_occurrence; `fhir` for one with NDJSON files,
    else `tables`. Raises InputError when it is no folder, or empty.
    """
    if is_database(folder):
        return "omop"
    if address := re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/", str(folder)):
        # The rest of it is not repeated: it may hold a password.
        raise InputError(
            f"{address[1]}://… is an address; records are read from a folder: copy or mount it here, and name that"
        )
    if not folder.exists():
        what = "DuckDB file" if has_database_ending(folder) else "folder"
        raise InputError(f"{folder}: no such {what}")
    if not folder.is_dir():
        raise InputError(f"{folder}: a file; name the folder that holds the records")
    if (folder / UNFINISHED_FETCH).is_dir():
        raise InputError(f"{folder}: its fetch is not finished; run the same lumbar fetch-fhir again, it goes on")
    found = list(folder.iterdir())
    if not found:
        raise InputError(f"{folder}: an empty folder")
    if {"person", "procedure_occurrence"} <= {cdm_table_of(path) for path in found}:
        return "omop"
    is_fhir = any(path.is_file() and path.name.endswith(_NDJSON) for path in found)
    return "fhir" if is_fhir else "tables"


def choose_format(folder: Path, format_: str | None) -> str:
    """The format asked for, else the one guessed. Raises UsageError for an unknown format, InputError as
    `guess_format` does, and where there are records of several kinds and none was asked for.
    """
    guessed = guess_format(folder)
    if format_ is not None and format_ not in FORMATS:
        raise UsageError(f"unknown format {format_!r}; formats: {', '.join(FORMATS)}")
    found = {} if is_database(folder) else _found_by_kind(folder)
    begun = [kind for kind in FORMATS if found.get(kind, {}).keys() & _FIRST_TABLES.get(kind, set())]
    if format_ is not None or len(begun) < 2:
        return format_ or guessed
    told = "; ".join(f"{kind}: {_some_names(found[kind])}" for kind in begun)
    # `procedure_occurrence.csv` would be read as a `procedure` table too.
    choices = [f"--from {kind}" for kind in begun if kind != "tables" or "omop" not in begun]
    raise InputError(
        f"{folder}: records of several kinds ({told}); only one is read: say which with {' or '.join(choices)}, "
        "or give each a folder of its own"
    )


def other_kinds(folder: Path, format_: str) -> list[str]:
    """A warning of tables that lie beside a FHIR export and are not read; the other readers tell of strangers."""
    found = _found_by_kind(folder) if format_ == "fhir" else {}
    return [
        f"{_some_names(names)} ({kind}): not read, for the folder is read as fhir; to read them instead: --from {kind}"
        for kind, names in found.items()
        if kind != "fhir"
    ]


def _found_by_kind(folder: Path) -> dict[str, dict[str, list[str]]]:
    """By format and table the names in the folder; every NDJSON file is of the table `ndjson`."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.endswith(_NDJSON):
            kind, table = "fhir", "ndjson"
        elif cdm := cdm_table_of(path):
            kind, table = "omop", cdm
        elif own := clinical_table_of(path):
            kind, table = "tables", own
        else:
            continue
        found.setdefault(kind, {}).setdefault(table, []).append(path.name)
    return found


def _some_names(by_table: dict[str, list[str]]) -> str:
    names = sorted(name for of_table in by_table.values() for name in of_table)
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")


def read(
    session: duckdb.DuckDBPyConnection,
    folder: Path,
    format_: str | None,
    mapping: SiteMapping,
    policy: Policy,
    on_file: Callable[[InputFile], None] = lambda file: None,
) -> Intake:
    """The clinical tables and `rejected_row` in the session; the account of every input file returned.

    Raises UsageError for an unknown format and InputError for a source that cannot be read as a whole.
    """
    chosen = choose_format(folder, format_)
    has_timezone = mapping.timezone is not None
    intake = Intake(folder, chosen, on_file=on_file, has_timezone=has_timezone, date_format=mapping.date_format)
    intake.warnings += other_kinds(folder, chosen)
    prepare(session, mapping, policy)
    if chosen == "tables":
        create_lookup_rejected(session)
        read_tables(session, intake)
    elif chosen == "fhir":
        read_fhir(session, intake, mapping)
    else:
        read_omop(session, intake, mapping)
    if mapping.timezone is None:
        _warn_of_universal_times(session, intake)
    try:
        check_all(session, intake)
    except duckdb.Error:
        # Parquet is read only now, where it is needed.
        find_unreadable_parquet(session, intake)
        raise
    for file in intake.files:
        drop_csv(session, file)
    if chosen == "fhir":
        correct_lines(session, intake)
    elif chosen == "tables":
        _warn_of_unknown_words(session, intake)
        _warn_of_unknown_systems(session, intake)
    _warn_of_no_scores(session, intake)
    _warn_of_other_scales(session, intake)
    return intake


def _warn_of_no_scores(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    for instrument in INSTRUMENTS:
        found = session.execute("select 1 from score where instrument = ? limit 1", [instrument]).fetchone()
        if found is None:
            intake.warnings.append(no_score(instrument))


def _warn_of_unknown_words(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Which words of instrument and scale no mapping knows, and the line that would say what they mean.

    A word is told only when it looks like one of a vocabulary: short, no long number, no patient's id, and
    where there are many such words, met with several patients.
    """
    for column, reason, meanings in WORD_COLUMNS:
        if session.execute("select 1 from rejected_row where reason = ? limit 1", [reason]).fetchone() is None:
            continue
        words = session.execute(
            f"""
            with met as (
                select detail as word, count(*) as n, count(distinct patient_id) as n_patients from checked_score
                where reason = ? and detail is not null and detail not in (select unnest(?::varchar[]))
                group by detail
            )
            select word from met
            where
                regexp_full_match(word, '[\\pL\\d][\\pL\\d _/()%-]*') and length(word) <= {LONGEST_WORD_TOLD}
                and not regexp_matches(word, '\\d{{4}}')
                and word not in (select lower(patient_id) from checked_patient where patient_id is not null)
                and (n_patients > 1 or (select count(*) from met) <= {MOST_WORDS_TOLD})
            order by n desc, word limit {MOST_WORDS_TOLD}
            """,
            [reason, list(meanings)],
        ).fetchall()
        intake.warnings += unknown_words(column, meanings, [word for (word,) in words])


def _warn_of_unknown_systems(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    for table in CODED_TABLES:
        strange = f"from {table.name} where system not in (select unnest(?::varchar[]))"
        found = session.execute(f"select system, count(*) {strange} group by system", [list(SYSTEM_NAMES)]).fetchall()
        intake.warnings += unfamiliar_systems(table, found)


def _warn_of_other_scales(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Many values that all lie low on their scale look like another scale: fractions, or centimetres."""
    found = session.execute(
        f"select scale, max(value) from score group by scale having count(*) >= {ENOUGH_SCORES} order by scale"
    ).fetchall()
    for scale, highest in found:
        intake.warnings += low_values(scale, highest)


def _warn_of_universal_times(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    if all(file.path.suffix == ".parquet" for file in intake.files):
        return
    for table, column in TIMED_COLUMNS:
        intake.warnings += universal_times(table, column, *count_times(session, table, column))
