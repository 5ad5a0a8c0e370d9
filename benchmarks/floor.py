"""The floor under every reader: DuckDB parses the same bytes and keeps nothing.

    python benchmarks/floor.py FOLDER --from fhir|tables

FHIR: each NDJSON line as JSON, counted. Tables: each value of each Parquet column, hashed.
"""

import argparse
import sys
from pathlib import Path

import duckdb


def n_rows_parsed(folder: Path, kind: str) -> int:
    """Rows of all files of that kind in the folder, every byte of them parsed."""
    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        if kind == "fhir":
            query = "select count(json) from read_ndjson_objects($path, ignore_errors = true)"
            return int(db.execute(query, {"path": str(folder / "*.ndjson")}).fetchall()[0][0])
        return sum(
            int(db.execute("select count(hash(t)) from read_parquet($path) as t", {"path": str(path)}).fetchall()[0][0])
            for path in sorted(folder.glob("*.parquet"))
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="kind", choices=("fhir", "tables"), required=True)
    given = parser.parse_args()
    print(n_rows_parsed(given.folder, given.kind), "rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
