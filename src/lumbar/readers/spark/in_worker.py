"""What a Python worker of Spark needs to read records: a DuckDB session of its own, made from a recipe."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from lumbar.errors import InputError
from lumbar.measures.policy import Policy
from lumbar.readers.checks import prepare
from lumbar.readers.fhir_lines import create_lookups
from lumbar.readers.fhir_mapping import load_mapping
from lumbar.readers.intake import fingerprint, line_facts
from lumbar.readers.mapping import SiteMapping

FACTS_SCHEMA = pa.schema([("n", pa.int64()), ("blake3", pa.string()), ("n_lines", pa.int64()), ("fault", pa.string())])


@dataclass(frozen=True, slots=True)
class Recipe:
    """How text is read: the site's words, the policy, and small tables to look up, by name, as Arrow."""

    mapping: SiteMapping
    policy: Policy
    lookups: Mapping[str, pa.Table] = field(default_factory=dict)


def open_worker(recipe: Recipe) -> duckdb.DuckDBPyConnection:
    """A session that reads as the recipe says, on one thread: Spark runs as many workers as there are cores."""
    session = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "threads": 1,
        }
    )
    session.execute("set TimeZone = 'UTC'")
    prepare(session, recipe.mapping, recipe.policy)
    load_mapping(session, recipe.mapping)
    create_lookups(session)
    for name, rows in recipe.lookups.items():
        session.register(name, rows)
    session.execute("create table conflicting_id (id varchar)")
    return session


def file_facts(paths: list[Path], count_lines: bool, numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Fingerprint of each numbered file, and how many lines it has when asked; `fault`: why it cannot be read."""
    for batch in numbers:
        for n in batch.column(0).to_pylist():
            fact = {"n": n}
            try:
                if count_lines:
                    facts = line_facts(paths[n])
                    fact |= {"blake3": facts.blake3, "n_lines": facts.n_lines}
                else:
                    fact |= {"blake3": fingerprint(paths[n])}
            except InputError as error:
                fact |= {"fault": str(error)}
            yield from pa.Table.from_pylist([fact], schema=FACTS_SCHEMA).to_batches()
