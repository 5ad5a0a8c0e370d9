"""lumbar verify: whatever byte of a bundle is changed, it is found, and the file or part it lies in is named."""

import io
import random
import struct
import zipfile
from itertools import pairwise

import pytest

from bundles import forged, held_files, packed
from command_line import assert_one_clear_line, lumbar
from lumbar.errors import InputError
from lumbar.evidence.inspection import inspect
from lumbar.synth import write_clinic

ARCHIVE = "the archive"
LOCAL, LINE, END = 30, 46, 22  # bytes of a header, a directory line and the end record without the name


def parts_of(content):
    """Every part of the archive in its order: first byte, end, the file's name, and what it is of the file.

    Worked out from what Python's own reader of zip files tells, not from our layout.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos, at = archive.infolist(), archive.start_dir
    parts = []
    for info in infos:
        start = info.header_offset + LOCAL + len(info.filename)
        parts.append((info.header_offset, start, info.filename, "header"))
        parts.append((start, start + info.file_size, info.filename, "content"))
    for info in infos:
        end = at + LINE + len(info.filename)
        parts.append((at, end, info.filename, "line"))
        at = end
    assert at + END == len(content)
    return [*parts, (at, len(content), ARCHIVE, "end")]


def owner_of(parts, place):
    return next(name for first, end, name, _ in parts if first <= place < end)


@pytest.fixture(scope="module")
def bundled(signing_key, tmp_path_factory):
    """The bundle of a small result and a submission: less to read, again and again."""
    folder = tmp_path_factory.mktemp("every-byte")
    write_clinic(folder / "records", 20, 3, "tables")
    day = ("--year", 2026, "--as-of", "2027-02-01")
    assert lumbar("evaluate", folder / "records", *day, "--out", folder / "result", "--no-report").code == 0
    export = ("export", "qpp", folder / "result", "--tin", "000456789", "--group", "--out", folder / "s.json")
    assert lumbar(*export).code == 0
    bundle = ("bundle", folder / "result", "--export", folder / "s.json", "--key", signing_key)
    assert lumbar(*bundle, "--out", folder / "evidence.zip").code == 0
    return folder / "evidence.zip"


@pytest.fixture(scope="module")
def content(bundled):
    return bundled.read_bytes()


@pytest.fixture(scope="module")
def parts(content):
    return parts_of(content)


def findings_of(content):
    return [(finding.part, finding.problem) for finding in inspect(io.BytesIO(content)).findings]


def changed(content, place, draw):
    """The content with one byte changed: one bit, or any other byte."""
    other = content[place] ^ (1 << draw.randrange(8)) if draw.random() < 0.5 else draw.randrange(256)
    byte = other if other != content[place] else other ^ 1
    return content[:place] + bytes([byte]) + content[place + 1 :]


def test_the_parts_cover_every_byte_once(content, parts):
    assert parts[0][0] == 0
    assert parts[-1][1] == len(content)
    assert all(one[1] == next_one[0] for one, next_one in pairwise(parts))


def test_verify_finds_and_names_each_of_fifty_random_changes_of_one_byte(content, parts, tmp_path):
    draw = random.Random(20261122)
    path = tmp_path / "changed.zip"
    for _ in range(50):
        place = draw.randrange(len(content))
        path.write_bytes(changed(content, place, draw))
        ended = lumbar("verify", path)
        assert (ended.code, ended.err) == (1, ""), place
        assert ended.out.startswith("changed.zip: 1 finding\n"), place
        assert ended.out.splitlines()[1].startswith(f"  {owner_of(parts, place)}: "), (place, ended.out)


@pytest.mark.parametrize("kind", ["header", "line", "end"])
def test_a_change_of_what_is_the_archive_s_own_is_named_with_the_file_it_is_about(kind, content, parts):
    """Every byte of the headers and lines of four files, and of the record at the end; of the others, some."""
    draw = random.Random(kind)
    whole = {"manifest.json", "manifest.json.sig", "signer.pem", parts[-2][2], ARCHIVE}
    for first, end, name, what in parts:
        if what == kind:
            for place in range(first, end) if name in whole else draw.sample(range(first, end), 3):
                found = findings_of(changed(content, place, draw))
                assert [part for part, _ in found] == [name], (place, found)
                word = {"header": "header", "line": "directory", "end": "record at its end"}[kind]
                assert word in found[0][1], (place, found)


def test_a_change_of_any_content_is_named_by_its_file_alone(content, parts):
    """Every byte of the signature and the signer's key, several of each other file."""
    draw = random.Random(4)
    for first, end, name, what in parts:
        if what == "content" and end > first:
            every = name in {"manifest.json.sig", "signer.pem"}
            for place in range(first, end) if every else draw.sample(range(first, end), min(3, end - first)):
                found = findings_of(changed(content, place, draw))
                assert [part for part, _ in found] == [name], (place, found)


def test_a_change_of_the_manifest_is_named_as_one_whatever_it_says_then(content, parts):
    """A name, a length, a hash, a chain, a bracket, a space between: one finding, the manifest's."""
    draw = random.Random(9)
    first, end = next((first, end) for first, end, name, what in parts if (name, what) == ("manifest.json", "content"))
    for place in draw.sample(range(first, end), 500):
        found = findings_of(changed(content, place, draw))
        assert [part for part, _ in found] == ["manifest.json"], (place, found)


def test_a_changed_line_of_the_manifest_is_told_by_the_file_it_is_of(content):
    held = b'"path": "result/outcome.parquet",\n   "bytes": '
    place = content.index(held) + len(held)
    digit = b"1" if content[place : place + 1] != b"1" else b"2"
    found = findings_of(content[:place] + digit + content[place + 1 :])
    assert found == [("manifest.json", "the chain is broken at the line of result/outcome.parquet")]


def test_a_space_between_that_means_nothing_is_found_too(content):
    place = content.index(b'\n "made_with"') + 1
    assert findings_of(content[:place] + b"\t" + content[place + 1 :]) == [("manifest.json", "its text was changed")]


def test_bytes_after_the_end_are_found(content):
    assert findings_of(content + b"x") == [(ARCHIVE, "is 1 bytes longer than it was")]


@pytest.mark.parametrize("put", [b"x", b"some bytes more"])
def test_a_byte_put_between_is_named_by_where_it_was_put(put, content, parts):
    for first, end, name, what in parts[4::25]:
        if what == "content" and end > first:
            found = findings_of(content[: first + 1] + put + content[first + 1 :])
            assert found[0][0] == name, found
            assert found[1] == (ARCHIVE, f"is {len(put)} bytes longer than it was")


def test_cut_short_anywhere_it_is_named_or_no_bundle_and_never_a_traceback(content, parts):
    manifest_end = parts[2][0]
    for length in [*range(0, len(content), 6151), *range(len(content) - 60, len(content))]:
        if length <= manifest_end:
            with pytest.raises(InputError):
                inspect(io.BytesIO(content[:length]))
        else:
            found = findings_of(content[:length])
            assert found[-1] == (ARCHIVE, f"is {len(content) - length} bytes shorter than it was"), length
            assert found[0][0] == owner_of(parts, length), (length, found)


def test_noise_over_a_stretch_of_it_is_found(content):
    """A sector of a disk: 512 bytes, anywhere."""
    draw = random.Random(512)
    for _ in range(40):
        place = draw.randrange(len(content) - 512)
        assert findings_of(content[:place] + draw.randbytes(512) + content[place + 512 :]), place


def test_what_is_no_bundle_at_all_is_one_clear_line(tmp_path, content):
    nested = packed({"manifest.json": b"[" * 100_000, "x": b""}, tmp_path / "nested")
    for name, given, said in (
        ("empty", b"", "is empty: no evidence bundle"),
        ("text", b"dear auditor, " * 1000, "is no evidence bundle: no zip"),
        ("beginning", content[:200], "cut short before its signature"),
        ("end", content[-200:], "is no evidence bundle: no zip"),
        (
            "zip",
            packed({"word/document.xml": b"<w/>"}, tmp_path / "docx").read_bytes(),
            "is a zip, but no evidence bundle",
        ),
        ("other", packed({"manifest.json": b"{}", "app.js": b""}, tmp_path / "crx").read_bytes(), "no evidence bundle"),
        ("nested", nested.read_bytes(), "no evidence bundle"),
        ("nothing", packed({}, tmp_path / "none").read_bytes(), "is no evidence bundle"),
    ):
        path = tmp_path / f"{name}.zip"
        path.write_bytes(given)
        ended = lumbar("verify", path)
        assert_one_clear_line(ended)
        assert said in ended.err, (name, ended.err)
    assert_one_clear_line(lumbar("verify", tmp_path))
    assert_one_clear_line(lumbar("verify", tmp_path / "nowhere.zip"))


def test_sizes_that_cannot_be_are_no_more_than_a_finding(content, bundled, tmp_path):
    """A header that claims 2^62 bytes, a compressed gigabyte, names that lead out of the folder."""
    claims = bytearray(content)
    claims[18:26] = struct.pack("<2L", 0xFFFFFFFF, 0xFFFFFFFF)
    assert [part for part, _ in findings_of(bytes(claims))] == ["manifest.json"]

    bomb = packed({**held_files(bundled), "rules/policy.toml": bytes(1 << 24)}, tmp_path / "b", zipfile.ZIP_DEFLATED)
    assert len(bomb.read_bytes()) < 1 << 20
    assert ("manifest.json", "was changed: it can no longer be read as a manifest") in findings_of(bomb.read_bytes())

    outside = packed({**held_files(bundled), "../../outside": b"x", "bell\a": b""}, tmp_path / "o")
    found = [part for part, _ in findings_of(outside.read_bytes())]
    assert "../../outside" in found
    assert "bell?" in found

    signed = forged({**held_files(bundled), "../outside": b"x"}, tmp_path / "s")
    assert findings_of(signed.read_bytes()) == [
        ("manifest.json", "was changed: it can no longer be read as a manifest")
    ]
