"""What a reading warns of, in words, and when: one text for every engine that counts."""

import re
from decimal import Decimal

import duckdb

from lumbar.readers.mapping import SYSTEM_NAMES
from lumbar.tables.clinical import CONDITION, INSTRUMENTS, PROCEDURE, SCALES, SCORE
from lumbar.tables.schema import Table

TIMED_COLUMNS = ((PROCEDURE, "performed_on"), (SCORE, "assessed_on"))
# Columns of words a site chooses, the reason to reject one that no mapping knows, and what one may mean.
WORD_COLUMNS = (
    ("instrument", "unknown_instrument", INSTRUMENTS),
    ("scale", "unknown_unit", tuple(scale.name for scale in SCALES)),
)
# What it means for rows of a table that their code system is not known.
_WITHOUT_SYSTEM = {CONDITION.name: "they exclude nobody", PROCEDURE.name: "they count as no operation"}
CODED_TABLES = (PROCEDURE, CONDITION)
_IS_ADDRESS = re.compile(r"(https?://[a-z0-9./_-]+|urn:oid:[0-9.]+)")
_IS_SYSTEM = re.compile(r"(icd|cpt|hcpcs|snomed|sct|opcs|ops|icpm|loinc)[a-z0-9 _/.-]{0,12}")
MOST_WORDS_TOLD = 5
LONGEST_WORD_TOLD = 30
ENOUGH_SCORES = 10  # of one scale, to wonder at their values


def count_times(session: duckdb.DuckDBPyConnection, table: Table, column: str) -> tuple[int, int]:
    """How many values of a raw date column carry a time of day, and how many of these end in Z."""
    timed, universal = session.execute(
        "select count(*), count(*) filter (ends_with(written, 'Z')) "
        f"from (select cast({column} as varchar) as written from raw_{table.name}) where length(written) > 10"
    ).fetchall()[0]
    return int(timed), int(universal)


def universal_times(table: Table, column: str, n_timed: int, n_universal: int) -> list[str]:
    """A warning when every time of day is written in universal time."""
    if not n_timed or n_timed != n_universal:
        return []
    return [
        f"every time of day in {table.name}.{column} ends in Z (universal time); "
        "if that is not the clinic's clock, name its timezone in the mapping"
    ]


def no_score(instrument: str) -> str:
    """The warning that not one score of an instrument was read."""
    words = instrument.replace("_", " ").replace("odi", "ODI")
    return f"no {words} score was read; if there should be some, see the rejected rows and the mapping"


def omop_hint(warnings: list[str], is_without_operations: bool = False) -> list[str]:
    """One line that says what to put in the mapping where OMOP tables gave no operation, or not one score.

    `warnings`: those of the reading, which say of which instruments there is no score.
    """
    is_without_scores = all(no_score(instrument) in warnings for instrument in INSTRUMENTS)
    words = []
    if is_without_operations:
        words.append(
            "under [omop.vocabulary] the vocabulary_id that your concept table gives CPT or HCPCS codes, with the "
            "address of the code system"
        )
    if is_without_scores:
        words.append(
            "under [[omop.score]] each score's vocabulary and code, or its source_value, with instrument and unit"
        )
    if not words:
        return []
    return [
        f"no mapping knows the concepts of these OMOP tables; say in a mapping.toml {'; '.join(words)}. "
        "`lumbar evaluate --print-mapping` shows how; give the file with --mapping"
    ]


def unknown_words(column: str, meanings: tuple[str, ...], words: list[str]) -> list[str]:
    """A warning that names the words no mapping knows, the most frequent first, if there are any."""
    if not words:
        return []
    named = ", ".join(f'"{word}"' for word in words)
    return [
        f"{column} words that are not known: {named}; where one means {', '.join(meanings[:-1])} or "
        f'{meanings[-1]}, say so in the mapping under [{column}], as "{words[0]}" = "…"'
    ]


def unfamiliar_systems(table: Table, n_of_system: list[tuple[str, int]]) -> list[str]:
    """A warning of rows in code systems that no mapping knows. Only what is plainly a system's name is told."""
    if not n_of_system:
        return []
    n = sum(n for _, n in n_of_system)
    names = [f'"{name}"' for name in _most_frequent(n_of_system, _IS_ADDRESS, _IS_SYSTEM)]
    named = f": {', '.join(names)}" if names else ""
    return [
        f"{n} {'row' if n == 1 else 'rows'} of {table.name} in code systems that are not known{named}; "
        f"{_WITHOUT_SYSTEM[table.name]}. "
        f"Where one means {', '.join(SYSTEM_NAMES[:-1])} or {SYSTEM_NAMES[-1]}, say so in the mapping under [system]"
    ]


def low_values(scale: str, highest: Decimal) -> list[str]:
    """A warning when the highest of many values lies so low that they look like another scale's."""
    if scale not in ("percent", "vas_mm") or highest > 1:
        return []
    looks = "fractions (0.30 for 30 %)" if scale == "percent" else "centimetres or a numeric rating"
    return [f"every {scale} score is very low: are these {looks}? The results rest on it"]


def unknown_systems(n_of_system: list[tuple[str, int]]) -> list[str]:
    """A warning of claim lines in code systems that the mapping does not know. Only what is an address is named."""
    if not n_of_system:
        return []
    told = ", ".join(_most_frequent(n_of_system, _IS_ADDRESS))
    return [
        f"{sum(n for _, n in n_of_system)} lines of claims are in code systems that the mapping does not know"
        f"{f': {told}' if told else ''}; they count as no operation. Where one means a known system, "
        "name it in the mapping under [[fhir.system]]"
    ]


def _most_frequent(n_of_system: list[tuple[str, int]], *forms: re.Pattern[str]) -> list[str]:
    """The systems that may be told, the most frequent first: those whose name has one of the forms."""
    by_frequency = sorted(n_of_system, key=lambda found: (-found[1], found[0]))
    return [name for name, _ in by_frequency if any(form.fullmatch(name) for form in forms)][:MOST_WORDS_TOLD]


def prior_claims(n_lines: int) -> list[str]:
    """A warning when claims name a prior one: which of the two stands, the reading cannot tell."""
    if not n_lines:
        return []
    return [
        f"{n_lines} claims name a prior claim (related); both are counted. "
        "Where the new one replaces the old, take the old one out of the export, or mark it as replaced"
    ]
