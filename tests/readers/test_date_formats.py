"""Dates in the order a site writes them: read as its mapping says, never guessed."""

from datetime import date

import pyarrow as pa
import pytest

from lumbar.errors import InputError
from source_folder import PROCEDURES, SCORE, intake, parquet_file, tables_folder

# A format, and 4 March 2025 written in it, with and without what may vary.
FORMATS = {
    "YYYY-MM-DD": ("2025-03-04",),
    "MM/DD/YYYY": ("03/04/2025", "3/4/2025", "03/4/2025", "2025-03-04"),
    "DD/MM/YYYY": ("04/03/2025", "4/3/2025", "2025-03-04"),
    "DD.MM.YYYY": ("04.03.2025", "4.3.2025", "2025-03-04"),
    "YYYYMMDD": ("20250304", "2025-03-04"),
}
TIMES = {"": None, " 09:30": "09:30:00", " 09:30:15": "09:30:15", "T09:30": "09:30:00"}


def operated(folder, *dates):
    """A folder with an operation on each of the dates, its id the date as written."""
    rows = [{**PROCEDURES[0], "procedure_id": f"{on!r}", "performed_on": on} for on in dates]
    return tables_folder(folder, procedure=rows)


@pytest.mark.parametrize("named", ["{}", "{} HH:MM", "{} HH:MM:SS"])
@pytest.mark.parametrize("date_format", FORMATS)
def test_a_date_is_read_in_the_order_the_mapping_names_a_time_of_day_after_it(date_format, named, tmp_path):
    written = {f"{on}{time}": at for on in FORMATS[date_format] for time, at in TIMES.items()}
    read = intake(operated(tmp_path, *written), f'date_format = "{named.format(date_format)}"')
    found = [(row["procedure_id"], row["performed_on"], row["performed_time"]) for row in read.tables["procedure"]]
    assert sorted(found) == sorted((f"{on!r}", date(2025, 3, 4), at) for on, at in written.items())
    assert read.rejected == []


def test_what_is_written_otherwise_stays_a_rejected_row(tmp_path):
    bad = ("2/29/2025", "3/4/25", "03-04-2025", "3/2025", "March 4", "20250304", "3/4/2025 9:30 AM", "003/04/2025")
    read = intake(operated(tmp_path, "3/4/2025", *bad, "2025", ""), 'date_format = "MM/DD/YYYY"')
    assert [row["procedure_id"] for row in read.tables["procedure"]] == ["'3/4/2025'"]
    assert {read.reason(f"{on!r}") for on in bad} == {"unparsable"}
    assert {read.reason(f"{on!r}") for on in ("2025", "")} == {"imprecise_date"}


def test_every_date_column_of_every_table_is_read_so_and_no_other_column(tmp_path):
    patients = [{"patient_id": "p1", "birth_date": "12/31/1960", "deceased_on": "1/2/2026"}]
    scores = [{**SCORE, "assessed_on": "2/24/2025", "recorded_on": "2/25/2025", "mode": "3/4/2025"}]
    coverages = [{"patient_id": "p1", "payer": "Aetna", "starts_on": "1/1/2025", "member_id": "3/4/2025"}]
    folder = tables_folder(tmp_path, patient=patients, score=scores, coverage=coverages)
    read = intake(folder, 'date_format = "MM/DD/YYYY"')
    patient, score, coverage = (read.tables[name][0] for name in ("patient", "score", "coverage"))
    assert (patient["birth_date"], patient["deceased_on"]) == (date(1960, 12, 31), date(2026, 1, 2))
    assert (score["assessed_on"], score["recorded_on"]) == (date(2025, 2, 24), date(2025, 2, 25))
    assert (coverage["starts_on"], coverage["member_id"], score["mode"]) == (date(2025, 1, 1), "3/4/2025", "3/4/2025")
    assert read.rejected == []


def test_text_in_parquet_is_read_so_and_a_typed_date_as_it_is(tmp_path):
    folder = tables_folder(tmp_path)
    (folder / "patient.csv").unlink()
    typed = {"patient_id": ["p1"], "birth_date": pa.array([date(1960, 5, 6)])}
    parquet_file(folder / "patient.parquet", typed | {"deceased_on": ["5/6/2026"]})
    read = intake(folder, 'date_format = "DD/MM/YYYY"')
    assert (read.tables["patient"][0]["birth_date"], read.tables["patient"][0]["deceased_on"]) == (
        date(1960, 5, 6),
        date(2026, 6, 5),
    )


def test_an_instant_in_the_order_of_the_site_is_converted_to_its_zone(tmp_path):
    """03:30 in universal time on 4 March is 21:30 on the 3rd in Chicago."""
    read = intake(
        operated(tmp_path, "3/4/2025 03:30Z"), 'timezone = "America/Chicago"\ndate_format = "MM/DD/YYYY HH:MM"'
    )
    (row,) = read.tables["procedure"]
    assert (row["performed_on"], row["performed_time"]) == (date(2025, 3, 3), "21:30:00")


def test_a_column_in_another_order_than_named_is_an_error_that_names_the_key(tmp_path):
    folder = operated(tmp_path, "3/4/2025", "12/31/2025")
    with pytest.raises(InputError, match=r"performed_on holds no date we can read; .* in the mapping: date_format$"):
        intake(folder)
    with pytest.raises(InputError, match=r'holds no date we can read; the mapping says date_format = "DD\.MM\.YYYY"$'):
        intake(folder, 'date_format = "DD.MM.YYYY"')


def test_day_and_month_exchanged_is_warned_of(tmp_path):
    """4/30/2025 has no meaning day first: 3/4/2025, beside it, may have been read as 3 April in error."""
    folder = operated(tmp_path, "3/4/2025", "4/30/2025")
    warned = intake(folder, 'date_format = "DD/MM/YYYY"').warnings_of_what_is_there()
    assert warned == [
        "procedure.csv: performed_on has months past December; "
        'the mapping says date_format = "DD/MM/YYYY": are day and month exchanged?'
    ]
    assert intake(folder, 'date_format = "MM/DD/YYYY"').warnings_of_what_is_there() == []
