"""A file that is written to while it is read is no file to rest a result on."""

import pytest

from lumbar.engine.duckdb import open_session
from lumbar.errors import InputError
from lumbar.measures.policy import Policy
from lumbar.readers import read
from lumbar.readers.mapping import parse_mapping
from source_folder import back_pain, fhir_folder, ndjson, tables_folder


def read_while(folder, name, change):
    """The account of the folder; the change is made when the reading comes to the file."""
    with open_session() as session:
        return read(
            session,
            folder,
            None,
            parse_mapping(),
            Policy(),
            lambda file: change(file.path) if file.name == name else None,
        )


def grow(text):
    def change(path):
        with path.open("a", encoding="utf-8") as stream:
            stream.write(text)

    return change


CHANGES = {
    "a row more": (tables_folder, "score.csv", grow("s9,p1,back_pain,nrs,4,2025-02-01\n")),
    "a blank line more": (tables_folder, "score.csv", grow("\n")),
    "a resource more": (
        lambda folder: fhir_folder(folder, Observation=[back_pain("s1")]),
        "Observation.ndjson",
        grow(ndjson([back_pain("s2")])),
    ),
    "gone": (tables_folder, "reported_code.csv", lambda path: path.unlink()),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_file_that_changes_while_it_is_read_refuses_the_folder_by_name(what, tmp_path):
    make, name, change = CHANGES[what]
    make(tmp_path)
    if name == "reported_code.csv":
        (tmp_path / name).write_text("patient_id,code,reported_on\n")
    with pytest.raises(InputError) as told:
        read_while(tmp_path, name, change)
    assert name in str(told.value)
    assert ("cannot be read" if what == "gone" else "changed while it was read") in str(told.value)


def test_a_file_that_stays_is_read(tmp_path):
    tables_folder(tmp_path)
    read_ = read_while(tmp_path, "score.csv", lambda path: None)
    assert {file.name: file.n_mapped for file in read_.files}["score.csv"] == 1
