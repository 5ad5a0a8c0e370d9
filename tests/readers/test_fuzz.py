"""Whatever bytes a file holds: nothing but an error of ours is raised, and no row is lost."""

import json
import random
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumbar.errors import InputError
from source_folder import PATIENT_RESOURCE, SCORE, back_pain, csv_text, fhir_folder, intake, tables_folder

# Each example is a file of many lines, so few examples are many lines.
few = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large, HealthCheck.too_slow],
)
N_LINES = 400


def good_line(number):
    return json.dumps(back_pain(f"s{number}", effectiveDateTime=f"{2000 + number // 28 % 20}-01-{number % 28 + 1:02d}"))


def spoiled_bytes(draw: random.Random, line: bytes) -> bytes:
    """A line with one of the things that happen to bytes done to it; never a line break put in."""
    at = draw.randrange(len(line) + 1)
    what = draw.randrange(7)
    if what == 0:
        spoiled = line[:at]
    elif what == 1:
        spoiled = line[:at] + bytes(draw.randrange(256) for _ in range(draw.randrange(1, 6))) + line[at:]
    elif what == 2:
        spoiled = line[:at] + line[at + draw.randrange(1, 9) :]
    elif what == 3:
        spoiled = line[:at] + bytes([draw.randrange(256)]) + line[at + 1 :]
    elif what == 4:
        spoiled = line + line[:at]
    elif what == 5:
        spoiled = draw.randbytes(draw.randrange(40))
    else:
        spoiled = line.replace(*draw.choice(((b'"', b"'"), (b"{", b"["), (b":", b""), (b"7", b"null"), (b'"', b'\\"'))))
    return spoiled.replace(b"\n", b" ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("72514-3"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "coding", "system"]), inner),
    max_leaves=6,
)
ELEMENTS = ("id", "status", "code", "subject", "effectiveDateTime", "valueQuantity", "bodySite", "component", "method")


@few
@given(seed=st.integers(0, 2**32))
def test_bytes_spoiled_in_any_way_lose_no_line_of_ndjson(seed, tmp_path_factory):
    """The good lines between the spoiled ones are all read, and the numbers of rejected lines are theirs."""
    draw = random.Random(seed)
    lines, good = [], set()
    for number in range(1, N_LINES + 1):
        if draw.random() < 0.4:
            lines.append(good_line(number).encode())
            good.add(f"s{number}")
        else:
            lines.append(spoiled_bytes(draw, good_line(number + N_LINES).encode()))
    line_end = draw.choice((b"\n", b"\r\n"))
    body = line_end.join(lines)
    folder = fhir_folder(tmp_path_factory.mktemp("fuzz"), Observation=body, Condition=body, QuestionnaireResponse=body)
    read = intake(folder)
    known = {row["score_id"] for row in read.tables["score"]}
    rejected = {row["record_id"] for row in read.rejected if row["reason"] in ("conflicting_id", "duplicate")}
    assert good <= known | rejected
    places = {row["line"] for row in read.rejected if row["source"] == "Observation.ndjson"}
    assert not {n for n in places if lines[n - 1] == good_line(n).encode()} - {
        row["line"] for row in read.rejected if row["reason"] in ("conflicting_id", "duplicate")
    }


@few
@given(bodies=st.lists(st.binary(min_size=2, max_size=300), min_size=6, max_size=6))
def test_any_bytes_at_all_are_an_ndjson_file(bodies, tmp_path_factory):
    kinds = ("Patient", "Procedure", "Observation", "Condition", "Coverage", "Organization")
    folder = fhir_folder(tmp_path_factory.mktemp("fuzz"), **dict(zip(kinds, bodies, strict=True)))
    with suppress(InputError):  # no patients
        intake(folder)


@few
@given(values=st.lists(st.tuples(st.sampled_from(ELEMENTS), json_values), min_size=60, max_size=120))
def test_any_json_in_any_element_is_mapped_rejected_or_of_no_concern(values, tmp_path_factory):
    lines = [json.dumps({**back_pain(f"s{n}"), element: value}) for n, (element, value) in enumerate(values)]
    patients = [PATIENT_RESOURCE, *({**PATIENT_RESOURCE, "id": f"q{n}", e: v} for n, (e, v) in enumerate(values))]
    procedures = [line.replace('"Observation"', '"Procedure"') for line in lines]
    folder = fhir_folder(tmp_path_factory.mktemp("fuzz"), Observation=lines, Patient=patients, Procedure=procedures)
    intake(folder)


cells = st.text(st.characters(exclude_characters='"\r\n,', exclude_categories=("Cs",)), max_size=12)


@few
@given(rows=st.lists(st.lists(cells, min_size=4, max_size=8), min_size=30, max_size=100))
def test_any_text_is_a_table(rows, tmp_path_factory):
    """Rows with too few or too many cells, blank ones, any letters: each mapped, or rejected on its line."""
    good = [
        csv_text([{**SCORE, "score_id": f"s{n}", "assessed_on": f"20{n // 28:02d}-01-{n % 28 + 1:02d}"}])
        for n in range(40)
    ]
    lines = [",".join(SCORE)]
    for number, row in enumerate(rows):
        lines.append(",".join(row))
        if number < len(good):
            lines.append(good[number].splitlines()[1])
    read = intake(tables_folder(tmp_path_factory.mktemp("fuzz"), score="\n".join(lines)))
    assert {f"s{n}" for n in range(min(len(rows), len(good)))} <= {row["score_id"] for row in read.tables["score"]}
    assert not {line for _, line in read.lines()} & {
        n for n, line in enumerate(lines, 1) if line.startswith("s") and "p1" in line
    }


@few
@given(seed=st.integers(0, 2**32))
def test_any_bytes_at_all_are_a_table_or_an_error_of_the_whole(seed, tmp_path_factory):
    """Quotation marks, line breaks and broken characters may make a file unreadable, but it is said so."""
    draw = random.Random(seed)
    rows = [{**SCORE, "score_id": f"s{n}"} for n in range(30)]
    content = bytearray(csv_text(rows).encode())
    for _ in range(draw.randrange(1, 8)):
        content[draw.randrange(len(content))] = draw.choice(b'",\n\r;\x00 0\xff\xc3')
    with suppress(InputError):
        read = intake_without_count(tables_folder(tmp_path_factory.mktemp("fuzz"), score=bytes(content)))
        assert read.n_rows == read.n_mapped + read.n_rejected


def intake_without_count(folder):
    """The account of score.csv; what a stray quotation mark means is the parser's to say, so nothing is recounted."""
    from lumbar.engine.duckdb import open_session
    from lumbar.measures.policy import Policy
    from lumbar.readers import read
    from lumbar.readers.mapping import parse_mapping

    with open_session() as session:
        found = read(session, folder, "tables", parse_mapping(), Policy())
    return next(file for file in found.files if file.role == "score")
