"""The archive's one form, where it is large: past four gigabytes a zip writes its numbers elsewhere."""

import io
import zipfile

import pytest

from lumbar.evidence.archive import (
    Record,
    directory_line,
    directory_records,
    end_of,
    end_record,
    layout,
    local_header,
    local_records,
    write_archive,
)

GIB = 1 << 30


def sparse(path, sizes):
    """An archive of these sizes whose contents are holes: it takes no room."""
    records = layout(sizes)
    with path.open("wb") as stream:
        for record in records:
            stream.seek(record.offset)
            stream.write(local_header(record.name, record.size, 0).content)
        directory = b"".join(directory_line(record, 0).content for record in records)
        stream.seek(end_of(records))
        stream.write(directory + end_record(len(records), end_of(records), len(directory)))
    return records


@pytest.mark.parametrize(
    "sizes",
    [
        [("small", 5), ("none", 0)],
        [("large", 5 * GIB), ("after", 5)],
        [("just", (1 << 32) - 1), ("over", 1 << 32), ("far", 7)],
        [("first", 3 * GIB), ("second", 3 * GIB), ("third", 0)],
    ],
)
def test_another_reader_of_zip_files_finds_every_file_where_ours_does(sizes, tmp_path):
    records = sparse(tmp_path / "a.zip", sizes)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        read = [(info.filename, info.header_offset, info.file_size, info.compress_size) for info in archive.infolist()]
    assert read == [(record.name, record.offset, record.size, record.size) for record in records]
    with (tmp_path / "a.zip").open("rb") as stream:
        assert local_records(stream) == records
        assert directory_records(stream) == records


def test_another_reader_reads_the_contents():
    """Names of all letters; a content in several chunks."""
    import zlib

    files = {"a.txt": [b"one", b"two"], "ordner/größe.csv": [b""], "b": [bytes(1000)]}
    stream = io.BytesIO()
    parts = [(n, len(b"".join(c)), zlib.crc32(b"".join(c)), iter(c)) for n, c in files.items()]
    write_archive(stream, parts)
    with zipfile.ZipFile(stream) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {n: b"".join(c) for n, c in files.items()}


def test_files_that_lie_on_one_another_are_no_directory():
    """A few bytes that claim to be a thousand files of a megabyte: nobody reads them again and again."""
    stream = io.BytesIO()
    stream.write(local_header("x", 1 << 20, 0).content + bytes(1 << 20))
    at = stream.tell()
    lines = b"".join(directory_line(Record(f"x{n}", 0, 31, 1 << 20), 0).content for n in range(1000))
    stream.write(lines + end_record(1000, at, len(lines)))
    assert directory_records(stream) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06", b"PK\x05\x06" + b"\xff" * 18, b"PK\x01\x02" * 30])
def test_what_is_no_archive_has_no_files(content):
    assert local_records(io.BytesIO(content)) == []
    assert not directory_records(io.BytesIO(content))


def test_a_manifest_whose_every_chain_is_broken_is_read_in_as_many_steps_as_it_has_lines():
    """Ten thousand lines: no more than two links of each are tried."""
    from lumbar.evidence.manifest import Line, Manifest

    tried = 0

    class Counted(Line):
        def link(self, before):
            nonlocal tried
            tried += 1
            return Line.link(self, before)

    lines = tuple(Counted(f"x{n}", 0, "0" * 64, "0" * 64) for n in range(10_000))
    assert len(Manifest("0.1.0", lines).broken_lines()) == 10_000
    assert tried <= 20_000
