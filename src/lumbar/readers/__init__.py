"""Readers: records in, clinical tables and rejected rows out; every row accounted for."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from lumbar.errors import InputError, UsageError
from lumbar.measures.policy import Policy
from lumbar.readers.checks import check_all, create_lookup_rejected, create_raw, prepare
from lumbar.readers.csv_rows import drop_csv
from lumbar.readers.fhir import correct_lines, read_fhir
from lumbar.readers.intake import InputFile, Intake
from lumbar.readers.mapping import SiteMapping
from lumbar.readers.tables import find_unreadable_parquet, read_tables
from lumbar.tables.clinical import CLINICAL_TABLES, INSTRUMENTS, PROCEDURE, SCALES, SCORE

FORMATS = ("fhir", "tables")
_MOST_WORDS_TOLD = 5
_LONGEST_WORD_TOLD = 30


def guess_format(folder: Path) -> str:
    """`fhir` for a folder with NDJSON files, else `tables`. Raises InputError when it is no folder, or empty."""
    if not folder.exists():
        raise InputError(f"{folder}: no such folder")
    if not folder.is_dir():
        raise InputError(f"{folder}: a file; name the folder that holds the records")
    names = [path.name for path in folder.iterdir() if path.is_file()]
    if not names:
        raise InputError(f"{folder}: an empty folder")
    return "fhir" if any(name.endswith((".ndjson", ".ndjson.gz")) for name in names) else "tables"


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
    guessed = guess_format(folder)
    chosen = format_ or guessed
    has_timezone = mapping.timezone is not None
    intake = Intake(folder, chosen, on_file=on_file, has_timezone=has_timezone, date_format=mapping.date_format)
    prepare(session, mapping, policy)
    if chosen == "tables":
        for table in CLINICAL_TABLES:
            create_raw(session, table)
            session.execute(f"alter table raw_{table.name} rename to raw_{table.name}_none")
            session.execute(f"create or replace view raw_{table.name} as from raw_{table.name}_none")
        create_lookup_rejected(session)
        read_tables(session, intake)
    elif chosen == "fhir":
        read_fhir(session, intake, mapping)
    else:
        raise UsageError(f"unknown format {chosen!r}; formats: {', '.join(FORMATS)}")
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
    else:
        _warn_of_unknown_words(session, intake)
    _warn_of_no_scores(session, intake)
    _warn_of_other_scales(session, intake)
    return intake


def _warn_of_no_scores(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    for instrument in INSTRUMENTS:
        found = session.execute("select 1 from score where instrument = ? limit 1", [instrument]).fetchone()
        if found is None:
            words = instrument.replace("_", " ")
            intake.warnings.append(
                f"no {words} score was read; if there should be some, see the rejected rows and the mapping"
            )


def _warn_of_unknown_words(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Which words of instrument and scale no mapping knows, and the line that would say what they mean.

    A word is told only when it looks like one of a vocabulary: short, no long number, no patient's id, and
    where there are many such words, met with several patients.
    """
    for column, reason, meanings in (
        ("instrument", "unknown_instrument", INSTRUMENTS),
        ("scale", "unknown_unit", tuple(scale.name for scale in SCALES)),
    ):
        if session.execute("select 1 from rejected_row where reason = ? limit 1", [reason]).fetchone() is None:
            continue
        words = session.execute(
            f"""
            with met as (
                select {column} as word, count(*) as n, count(distinct patient_id) as n_patients from checked_score
                where reason = ? and {column} is not null and {column} not in (select unnest(?::varchar[]))
                group by {column}
            )
            select word from met
            where
                regexp_full_match(word, '[\\pL\\d][\\pL\\d _/()%-]*') and length(word) <= {_LONGEST_WORD_TOLD}
                and not regexp_matches(word, '\\d{{4}}')
                and word not in (select lower(patient_id) from checked_patient where patient_id is not null)
                and (n_patients > 1 or (select count(*) from met) <= {_MOST_WORDS_TOLD})
            order by n desc, word limit {_MOST_WORDS_TOLD}
            """,
            [reason, list(meanings)],
        ).fetchall()
        if words:
            named = ", ".join(f'"{word}"' for (word,) in words)
            intake.warnings.append(
                f"{column} words that are not known: {named}; where one means {', '.join(meanings[:-1])} or "
                f'{meanings[-1]}, say so in the mapping under [{column}], as "{words[0][0]}" = "…"'
            )


def _warn_of_other_scales(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    """Many values that all lie low on their scale look like another scale: fractions, or centimetres."""
    found = session.execute(
        "select scale, max(value) from score where scale in ('percent', 'vas_mm') group by scale having count(*) >= 10"
    ).fetchall()
    for scale, highest in found:
        if highest <= 1:
            looks = "fractions (0.30 for 30 %)" if scale == "percent" else "centimetres or a numeric rating"
            intake.warnings.append(f"every {scale} score is very low: are these {looks}? The results rest on it")


def _warn_of_universal_times(session: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    if all(file.path.suffix == ".parquet" for file in intake.files):
        return
    for table, column in ((PROCEDURE, "performed_on"), (SCORE, "assessed_on")):
        timed, universal = session.execute(
            "select count(*), count(*) filter (ends_with(written, 'Z')) "
            f"from (select cast({column} as varchar) as written from raw_{table.name}) where length(written) > 10"
        ).fetchall()[0]
        if timed and timed == universal:
            intake.warnings.append(
                f"every time of day in {table.name}.{column} ends in Z (universal time); "
                "if that is not the clinic's clock, name its timezone in the mapping"
            )
