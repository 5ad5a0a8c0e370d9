"""The OMOP clinic on a real PostgreSQL server gives what its files give; the password is never told."""

import os
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

import lumbar
from lumbar.errors import InputError
from lumbar.synth import write_clinic
from lumbar.synth.calibration import AS_OF, YEAR
from lumbar.synth.omop_columns import COLUMNS
from omop_source import definition
from postgres import running
from source_folder import intake

PASSWORD = "pillow/fort@9"
READER = "reader"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("omop")
    write_clinic(made / "clinic", 120, 11, "omop", blemishes=False)
    write_clinic(made / "blemished", 300, 7, "omop")
    return made


@pytest.fixture(scope="module")
def server():
    """A server that asks the reader for a password; sockets want a short path that its owner may enter."""
    with tempfile.TemporaryDirectory(prefix="omop-") as name:
        place = Path(name)
        place.chmod(0o755)
        rules = place / "hba.conf"
        rules.write_text(f"local all {READER} scram-sha-256\nlocal all all trust\n")
        rules.chmod(0o644)
        with running(place, f"hba_file={rules}") as started:
            started.psql("-c", f"create role {READER} login password '{PASSWORD}'")
            yield started


@pytest.fixture(scope="module")
def loaded(server, folder):
    """The clinic in schema `cdm`, its vocabularies in `vocab`; the one with bad rows, as text, in `spoiled`."""
    for table, columns in COLUMNS.items():
        vocabulary = table.startswith("concept")
        as_text = ", ".join(f"{name} varchar" for name in columns)
        form = r"delimiter E'\t', format csv, header" if vocabulary else "format csv, header"
        for clinic, schema in (("clinic", "vocab" if vocabulary else "cdm"), ("blemished", "spoiled")):
            server.psql("-c", f"create schema if not exists {schema}")
            kind = definition(table) if clinic == "clinic" else as_text
            server.psql("-c", f"create table {schema}.{table} ({kind})")
            path = folder / clinic / f"{table}.csv"
            server.psql("-c", rf"\copy {schema}.{table} from '{path}' with ({form})")
            server.psql(
                "-c", f"grant usage on schema {schema} to {READER}; grant select on {schema}.{table} to {READER}"
            )
    return server


def address(server, schema="", password=PASSWORD, database="postgres"):
    """The database's address with the password in it."""
    host = quote(str(server.folder), safe="")
    schema = f"&schema={schema}" if schema else ""
    return f"postgresql://{READER}:{quote(password, safe='')}@/{database}?host={host}{schema}"


def mapping_of(folder, *lines):
    return (folder / "mapping.toml").read_text().replace("[omop]", "\n".join(["[omop]", *lines]))


def test_postgresql_gives_the_tables_and_the_account_of_the_files(loaded, folder):
    """Typed columns, vocabularies in a schema of their own, the address as the command line hands it on: a path."""
    files = intake(folder / "clinic", mapping_of(folder / "clinic"))
    place = Path(address(loaded))
    read = intake(place, mapping_of(folder / "clinic", 'schema = "cdm"', 'vocabulary_schema = "vocab"'))
    assert read.tables == files.tables
    assert read.rejected == []
    assert {f.role: (f.n_rows, f.n_mapped) for f in read.files.values()} == {
        f.role: (f.n_rows, f.n_mapped) for f in files.files.values()
    }
    assert all(len(file.blake3) == 64 and file.n_bytes > 0 for file in read.files.values())


def test_bad_rows_are_rejected_alike_at_their_place_in_the_order_of_the_ids(loaded, folder):
    files = intake(folder / "blemished", mapping_of(folder / "blemished"))
    read = intake(Path(address(loaded, "spoiled")), mapping_of(folder / "blemished"))
    assert read.tables == files.tables
    assert sorted(map(str, read.reasons().items())) == sorted(map(str, files.reasons().items()))
    assert len(read.rejected) > 50
    assert all(row["line"] >= 1 for row in read.rejected)
    assert {row["source"] for row in read.rejected} <= {
        "measurement",
        "observation",
        "procedure_occurrence",
        "condition_occurrence",
    }


def test_the_result_and_the_fingerprints_are_the_same_each_time(loaded, folder, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(mapping_of(folder / "clinic", 'schema = "cdm"', 'vocabulary_schema = "vocab"'))
    first, second = (
        lumbar.evaluate(address(loaded), year=YEAR, as_of=AS_OF, mapping=mapping, format="omop") for _ in range(2)
    )
    of_files = lumbar.evaluate(folder / "clinic", year=YEAR, as_of=AS_OF, mapping=folder / "clinic" / "mapping.toml")
    assert first.outcome.to_pylist() == of_files.outcome.to_pylist()
    assert first.rate.to_pylist() == of_files.rate.to_pylist()
    assert first.run["inputs"] == second.run["inputs"]
    assert PASSWORD not in str(first.run)
    assert quote(PASSWORD, safe="") not in str(first.run)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong/secret"}, "cannot be read; psql"),
        ({"database": "nowhere"}, "cannot be read; psql"),
        ({"schema": "elsewhere"}, "no concept table"),
        ({}, "several schemas (cdm, spoiled)"),
    ],
)
def test_what_cannot_be_read_is_one_line_without_the_password(changed, said, loaded):
    with pytest.raises(InputError) as met:
        intake(Path(address(loaded, **changed)), '[omop]\nvocabulary_schema = "vocab"' if not changed else "")
    text = str(met.value)
    assert said in text
    assert "\n" not in text
    for secret in (PASSWORD, quote(PASSWORD, safe=""), "wrong"):
        assert secret not in text


def test_an_address_that_is_none_tells_no_part_of_itself():
    with pytest.raises(InputError) as met:
        intake(Path("postgresql://judge:p%zz@[nowhere/db"))
    assert "p%zz" not in str(met.value)


def test_a_table_that_may_not_be_read_is_one_line(loaded):
    loaded.psql("-c", f"revoke select on spoiled.measurement from {READER}")
    try:
        with pytest.raises(InputError, match="measurement cannot be read"):
            intake(Path(address(loaded, "spoiled")))
    finally:
        loaded.psql("-c", f"grant select on spoiled.measurement to {READER}")


def test_the_server_is_left_as_it_was(loaded, folder):
    """Read only: nothing of ours is left in it."""
    intake(Path(address(loaded, "spoiled")), mapping_of(folder / "blemished"))
    tables = loaded.psql("-At", "-c", "select count(*) from pg_tables where schemaname not like 'pg_%'")
    others = loaded.psql("-At", "-c", "select count(*) from pg_tables where schemaname = 'information_schema'")
    assert int(tables) - int(others) == 2 * len(COLUMNS)
    assert os.environ.get("PGPASSWORD") is None
