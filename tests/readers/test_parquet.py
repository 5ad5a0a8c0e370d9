"""Parquet as databases write it: typed, half typed, or all text."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lumbar.errors import InputError
from source_folder import intake, parquet_file, tables_folder


def scores(folder, **columns):
    """A folder whose scores are one Parquet file; each column given replaces that of four good scores."""
    tables_folder(folder)
    (folder / "score.csv").unlink()
    good = {
        "score_id": ["s1", "s2", "s3", "s4"],
        "patient_id": ["p1"] * 4,
        "instrument": ["back_pain"] * 4,
        "scale": ["nrs"] * 4,
        "value": ["1", "2", "3", "4"],
        "assessed_on": ["2025-01-01"] * 4,
    }
    parquet_file(folder / "score.parquet", good | columns)
    return folder


def told(read, *names):
    return [tuple(row[name] for name in names) for row in read.tables["score"]]


NUMBERS = {
    "decimal": pa.array([Decimal("5.10"), Decimal("3.00005"), Decimal(0), Decimal(10)], pa.decimal128(20, 8)),
    "double": pa.array([5.1, 3.00005, 0.0, 10.0], pa.float64()),
    "text": pa.array(["5.10", "3.00005", "0", "10"], pa.string()),
    "large_text": pa.array([" 5.10", "3.00005 ", "-0", "1e1"], pa.large_string()),
    "dictionary": pa.array(["5.10", "3.00005", "0", "10"]).dictionary_encode(),
    "binary": pa.array([b"5.10", b"3.00005", b"0", b"10"], pa.binary()),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_is_the_same_in_every_type(kind, tmp_path):
    read = intake(scores(tmp_path, value=NUMBERS[kind]))
    assert told(read, "value") == [(Decimal("5.1"),), (Decimal("3.0001"),), (Decimal(0),), (Decimal(10),)]


def test_single_precision_reads_the_shortest_number_that_is_it(tmp_path):
    """3.7 as a 32-bit float is 3.7000000476…, and it is 3.7 that was meant."""
    read = intake(scores(tmp_path, value=pa.array([3.7, 5.1, 8.2, 0.1], pa.float32())))
    assert [str(value) for (value,) in told(read, "value")] == ["3.7000", "5.1000", "8.2000", "0.1000"]


def test_no_number_infinity_and_null_are_rejected(tmp_path):
    read = intake(scores(tmp_path, value=pa.array([float("nan"), float("inf"), None, 11.0])))
    assert read.places() == [(1, "unparsable"), (2, "unparsable"), (3, "no_value"), (4, "out_of_range")]


def test_whole_numbers_as_ids_and_codes_become_text(tmp_path):
    folder = scores(tmp_path, score_id=pa.array([1, 2, 30, 4]), patient_id=pa.array([7] * 4))
    parquet_file(folder / "patient.parquet", {"patient_id": pa.array([7]), "birth_date": pa.array([date(1960, 1, 1)])})
    (folder / "patient.csv").unlink()
    columns = {"procedure_id": [1], "patient_id": [7], "performed_on": [date(2025, 1, 1)], "system": ["cpt"]}
    parquet_file(folder / "procedure.parquet", columns | {"code": [63030], "surgeon_npi": [1234567893]})
    (folder / "procedure.csv").unlink()
    read = intake(folder)
    assert [score_id for (score_id,) in told(read, "score_id")] == ["1", "2", "30", "4"]
    procedure = read.row("procedure", "1")
    assert (procedure["patient_id"], procedure["code"], procedure["surgeon_npi"]) == ("7", "63030", "1234567893")


MOMENTS = pa.array(["2025-01-02", "2025-01-02 09:30", "2025-01-02 23:59:59.999999", None]).cast(pa.timestamp("us"))
PLAIN = [(date(2025, 1, 2), None), (date(2025, 1, 2), "09:30:00"), (date(2025, 1, 2), "23:59:59"), None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_timestamp_is_local_and_midnight_carries_no_time_of_day(unit, tmp_path):
    read = intake(scores(tmp_path, assessed_on=MOMENTS.cast(pa.timestamp(unit), safe=False)))
    assert told(read, "assessed_on", "assessed_time") == PLAIN[:3]
    assert read.places() == [(4, "imprecise_date")]


def test_midnight_written_as_text_carries_no_time_of_day_either(tmp_path):
    texts = ["2025-01-02T00:00:00", "2025-01-02 00:00:00.000Z", "2025-01-02T00:00", "2025-01-02T00:01"]
    read = intake(scores(tmp_path, assessed_on=texts))
    assert [at for (at,) in told(read, "assessed_time")] == [None, None, None, "00:01:00"]


@pytest.mark.parametrize("type_", [pa.date32(), pa.date64()])
def test_a_date_is_a_date(type_, tmp_path):
    days = pa.array([date(2025, 1, 2), date(2024, 2, 29), date(1999, 12, 31), date(2025, 12, 31)], type_)
    assert [on for (on,) in told(intake(scores(tmp_path, assessed_on=days)), "assessed_on")] == days.to_pylist()


# 03:30 UTC on 2 January is 21:30 on the 1st in Chicago; 06:00 UTC is midnight there.
INSTANTS = [datetime(2025, 1, 2, 3, 30, tzinfo=UTC), datetime(2025, 1, 2, 6, 0, tzinfo=UTC), None, None]
IN_CHICAGO = [(date(2025, 1, 1), "21:30:00"), (date(2025, 1, 2), None)]
IN_UTC = [(date(2025, 1, 2), "03:30:00"), (date(2025, 1, 2), "06:00:00")]


@pytest.mark.parametrize(
    ("zone", "expected"), [("America/Chicago", IN_CHICAGO), ("-06:00", IN_CHICAGO), ("UTC", IN_UTC), ("+00:00", IN_UTC)]
)
def test_a_typed_instant_counts_on_the_clock_of_the_zone_its_column_names(zone, expected, tmp_path):
    read = intake(scores(tmp_path, assessed_on=pa.array(INSTANTS, pa.timestamp("us", zone))))
    assert told(read, "assessed_on", "assessed_time") == expected
    assert read.warnings_of_what_is_there() == (
        [
            "score.parquet: assessed_on holds instants in universal time; if that is not the clinic's clock, "
            "name its timezone in the mapping"
        ]
        if expected is IN_UTC
        else []
    )


@pytest.mark.parametrize("zone", ["America/New_York", "UTC"])
def test_a_site_that_names_its_zone_has_every_typed_instant_converted_to_it(zone, tmp_path):
    instants = pa.array(INSTANTS, pa.timestamp("ms", zone))
    read = intake(scores(tmp_path, assessed_on=instants), 'timezone = "America/Chicago"')
    assert told(read, "assessed_on", "assessed_time") == [
        (date(2025, 1, 1), "21:30:00"),
        (date(2025, 1, 2), None),
    ]
    assert read.warnings_of_what_is_there() == []


def test_a_typed_timestamp_without_a_zone_is_never_converted(tmp_path):
    read = intake(scores(tmp_path, assessed_on=MOMENTS), 'timezone = "America/Chicago"')
    assert told(read, "assessed_on", "assessed_time") == PLAIN[:3]


def test_columns_that_are_all_null_or_of_an_odd_type_reject_rows_and_raise_nothing(tmp_path):
    odd = pa.array([[1], [2], None, []])
    read = intake(scores(tmp_path, side=pa.nulls(4), assessed_on=odd, recorded_on=pa.array([time(1)] * 4)))
    assert [reason for _, reason in read.places()] == ["unparsable"] * 4


def test_a_boolean_says_whether_the_patient_died(tmp_path):
    folder = scores(tmp_path)
    columns = {"patient_id": ["p1", "p2", "p3"], "birth_date": pa.nulls(3), "deceased": [True, False, None]}
    parquet_file(folder / "patient.parquet", columns)
    (folder / "patient.csv").unlink()
    assert [row["deceased"] for row in intake(folder).tables["patient"]] == [True, False, None]


def test_a_rejected_row_has_its_place_in_the_file_over_many_row_groups(tmp_path):
    folder = tables_folder(tmp_path)
    n_rows = 10_000
    values = ["x" if n % 1000 == 999 else "5" for n in range(n_rows)]
    columns = {"score_id": [f"r{n}" for n in range(n_rows)], "patient_id": ["p1"] * n_rows, "value": values}
    more = {"instrument": ["odi"] * n_rows, "scale": ["percent"] * n_rows}
    days = [date(1990, 1, 1) + timedelta(days=n) for n in range(n_rows)]
    pq.write_table(pa.table(columns | more | {"assessed_on": days}), folder / "score2.parquet", row_group_size=777)
    read = intake(folder, threads=2)
    assert read.lines() == [("score2.parquet", n) for n in range(1000, n_rows + 1, 1000)]


def test_csv_and_parquet_may_stand_side_by_side(tmp_path):
    folder = tables_folder(tmp_path)
    columns = {"patient_id": ["p2"], "birth_date": [date(1950, 1, 1)], "SEX ": ["male"]}
    parquet_file(folder / "patient_more.parquet", columns)
    assert [(row["patient_id"], row["sex"]) for row in intake(folder).tables["patient"]] == [
        ("p1", None),
        ("p2", "male"),
    ]


def test_a_header_is_checked_as_that_of_csv(tmp_path):
    for number, (columns, message) in enumerate(
        (
            ({"valeu": ["1"] * 4}, "unknown column 'valeu'; did you mean value"),
            ({"VALUE": ["1"] * 4}, "the column value stands there twice"),
        )
    ):
        with pytest.raises(InputError, match=message):
            intake(scores(tmp_path / str(number), **columns))
    folder = scores(tmp_path / "missing")
    parquet_file(folder / "score.parquet", {"score_id": ["s1"]})
    with pytest.raises(InputError, match="the column patient_id is missing"):
        intake(folder)
    twice = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["score_id", "score_id"])
    pq.write_table(twice, folder / "score.parquet")
    with pytest.raises(InputError, match="the column score_id stands there twice"):
        intake(folder)


def test_text_dates_in_another_format_are_an_error_of_the_whole(tmp_path):
    with pytest.raises(InputError, match="assessed_on holds no date we can read"):
        intake(scores(tmp_path, assessed_on=["03/04/2024", "12/31/2024", "01/01/2025", "02/02/2025"]))


def test_what_is_no_parquet_or_is_damaged_is_said_to_be(tmp_path):
    folder = scores(tmp_path)
    path = folder / "score.parquet"
    good = path.read_bytes()
    not_utf8 = pa.array([b"\xff", b"\xfe", b"c", b"d"], pa.binary())
    as_text = pa.Array.from_buffers(pa.string(), 4, not_utf8.buffers())
    damaged = bytearray(good)
    damaged[4:40] = b"\xff" * 36
    for content in (b"", b"PAR1", good[: len(good) // 2], good[:-1], b"score_id,patient_id\n", bytes(damaged)):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"score\.parquet"):
            intake(folder)
    parquet_file(path, {**pq.read_table(pa.BufferReader(good)).to_pydict(), "score_id": as_text})
    with pytest.raises(InputError, match=r"score\.parquet.*UTF-8"):
        intake(folder)


def test_without_a_row_a_file_is_read_as_empty(tmp_path):
    folder = scores(tmp_path)
    schema = pq.read_schema(folder / "score.parquet")
    pq.write_table(schema.empty_table(), folder / "score.parquet")
    assert intake(folder).tables["score"] == []
