"""The rows of a study: a limited data set, or de-identified, made of the rows that leave.

What is written of a patient depends on nothing that is left out: numbers follow the order of the written
content, never that of ids or dates, so two patients who are written alike may change places unseen.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.engine.reference_dates import window_of
from lumbar.errors import ResultFolderError, UsageError
from lumbar.exports.leaving import Leaving
from lumbar.exports.outcomes.privacy import FEMALE, MALE, OLDEST, OLDEST_WORDS, OTHER_SEX, TABLES, Privacy
from lumbar.measures.model import IdentificationPeriod, PerformanceYear, Window
from lumbar.store import arrow_schema
from lumbar.tables.clinical import PATIENT
from lumbar.tables.results import FLAGS
from lumbar.tables.schema import Table, Type

_SEXES = {"f": FEMALE, "female": FEMALE, "m": MALE, "male": MALE}
_NPI_SHAPE = "^[12][0-9]{9}$"
_DAYS_OF_FOUR_YEARS = 4 * 365 + 1
_NUMBERS = ("patient", "operation")
_LEAP_DAY = 229  # as month and day
_NOTHING = "\x00"  # sorts before any text

# First and last day after the index date, by measure and kind of operation.
_Limits = Mapping[tuple[str, str], tuple[int, int]]


def study_rows(leaving: Leaving, privacy: Privacy) -> pa.Table:
    """The rows at a privacy level, by patient and operation number.

    Raises UsageError when they would be de-identified while a window of the year is open, and
    ResultFolderError when the result holds a word that is not of its list.
    """
    rows, table = leaving.rows, TABLES[privacy]
    patients = leaving.clinical(PATIENT.name)
    patient = patients.take(pc.index_in(rows["patient_id"], value_set=patients["patient_id"].combine_chunks()))
    ages = _ages(patient["birth_date"], rows["index_date"])
    columns = {name: rows[name] for name in rows.column_names}
    columns["performance_year"] = pa.array([leaving.rules.year] * rows.num_rows, pa.int64())
    columns["sex"] = _sexes(patient["sex"])
    if privacy is Privacy.DEIDENTIFIED:
        _refuse_open_windows(leaving)
        columns["age_at_index"] = _age_words(rows, patient["birth_date"], ages)
        before, after = _steady_days(leaving.rules)
        columns["preoperative_day"] = _days_to(rows, "preoperative_on", before)
        columns["postoperative_day"] = _days_to(rows, "postoperative_on", after)
    else:
        columns["age_at_index"] = ages
        npi = rows["surgeon_npi"]
        columns["surgeon_npi"] = pc.if_else(
            pc.match_substring_regex(npi, _NPI_SHAPE), npi, pa.scalar(None, pa.string())
        )
    content = pa.table({name: columns[name] for name in table.column_names if name not in _NUMBERS})
    _refuse_other_words(content, table, leaving.rules)
    return _numbered(rows, content).cast(arrow_schema(table))


def _refuse_open_windows(leaving: Leaving) -> None:
    """An operation whose window is open was done in the weeks before the as-of date: that is more than a year."""
    year = leaving.rules.year
    strata = [stratum for measure in leaving.rules.measures for stratum in measure.strata]
    last = max(window_of(stratum.period.ends_on, stratum.postoperative)[1] for stratum in strata)
    if date.fromisoformat(leaving.run["as_of"]) <= last:
        raise UsageError(
            f"de-identified rows wait until every window of {year} has closed, for an open one tells when the "
            f"operation was; evaluate as of {last + timedelta(days=1)} or later, or choose --privacy limited"
        )


def _refuse_other_words(content: pa.Table, table: Table, rules: PerformanceYear) -> None:
    """No text leaves that is not one of the words its column may hold."""
    codes = [stratum.codes for measure in rules.measures for stratum in measure.strata]
    code_words = {code for c in codes for code in (c.met, c.not_met, c.not_assessed, c.excluded)}
    words = {
        "measure_id": {measure.id for measure in rules.measures},
        "code": code_words,
        "reported_code": code_words,
        "flags": set(FLAGS),
        "age_at_index": {str(age) for age in range(OLDEST)} | {OLDEST_WORDS},
    }
    for column in table.columns:
        if column.type is Type.TEXT and column.name != "surgeon_npi":  # whose shape is already seen to
            found = {word for text in pc.unique(content[column.name]).to_pylist() for word in (text or "").split()}
            if not found <= (words.get(column.name) or set(column.values)):
                raise ResultFolderError(f"{column.name} of the result holds a word that is not known; evaluate again")


def _ages(born: Any, on: Any) -> Any:
    """Whole years on a day. A birthday that a year does not have is the last day of its month, as in the measures."""
    leap_day = pc.and_(pc.is_leap_year(born), pc.equal(_month_and_day(born), _LEAP_DAY))
    kept_early = pc.and_(leap_day, pc.invert(pc.is_leap_year(on)))
    birthday = pc.subtract(_month_and_day(born), pc.cast(kept_early, pa.int64()))
    not_yet = pc.cast(pc.less(_month_and_day(on), birthday), pa.int64())
    return pc.subtract(pc.subtract(pc.year(on), pc.year(born)), not_yet)


def _month_and_day(day: Any) -> Any:
    return pc.add(pc.multiply(pc.month(day), 100), pc.day(day))


def _age_words(rows: pa.Table, born: Any, ages: Any) -> Any:
    """Ages as text, with one category for all rows of a patient who was so old on any day they tell of.

    Had one of them an age, the days between would give the other away.
    """
    last_told = pc.max_element_wise(rows["index_date"], rows["postoperative_on"])
    old = rows["patient_id"].filter(pc.greater_equal(_ages(born, last_told), OLDEST))
    return pc.if_else(pc.is_in(rows["patient_id"], value_set=pc.unique(old)), OLDEST_WORDS, pc.cast(ages, pa.string()))


def _sexes(recorded: Any) -> Any:
    """Sex in words of our own: what is recorded may be any text."""
    known = pc.index_in(pc.utf8_lower(pc.utf8_trim_whitespace(recorded)), value_set=pa.array(list(_SEXES)))
    return pc.fill_null(pa.array(list(_SEXES.values())).take(known), OTHER_SEX)


def _steady_days(rules: PerformanceYear) -> tuple[_Limits, _Limits]:
    """The days before and after the operation that lie in the window of every index date.

    Windows of calendar months are some days longer or shorter by the time of year: a score on such a day
    would tell which.
    """
    before, after = {}, {}
    for measure in rules.measures:
        for stratum in measure.strata:
            before[measure.id, stratum.kind] = _steady(measure.preoperative, stratum.period)
            after[measure.id, stratum.kind] = _steady(stratum.postoperative, stratum.period)
    return before, after


def _steady(window: Window, period: IdentificationPeriod) -> tuple[int, int]:
    days = [period.starts_on + timedelta(n) for n in range(_DAYS_OF_FOUR_YEARS)]
    windows = [(day, *window_of(day, window)) for day in days]
    return max((opens - day).days for day, opens, _ in windows), min((closes - day).days for day, _, closes in windows)


def _days_to(rows: pa.Table, scored_on: str, limits: _Limits) -> Any:
    """Days from the index date to a score, those outside the limits as the nearest inside."""
    keys = pc.binary_join_element_wise(rows["measure_id"], rows["kind"], " ")
    place = pc.index_in(keys, value_set=pa.array([" ".join(key) for key in limits], pa.string()))
    first, last = (pa.array([limit[end] for limit in limits.values()], pa.int64()).take(place) for end in (0, 1))
    days = pc.days_between(rows["index_date"], rows[scored_on])
    return pc.min_element_wise(pc.max_element_wise(days, first, skip_nulls=False), last, skip_nulls=False)


def _numbered(rows: pa.Table, content: pa.Table) -> pa.Table:
    """The content with study numbers before it, in their order: patients by what is written of them."""
    texts = pc.binary_join_element_wise(
        *(pc.cast(column, pa.string()) for column in content.columns),
        "\t",
        null_handling="replace",
        null_replacement=_NOTHING,
    )
    days = pc.cast(rows["index_date"], pa.int32())
    operated: dict[str, dict[int, list[tuple[str, int]]]] = {}
    for place, (patient, day, text) in enumerate(
        zip(rows["patient_id"].to_pylist(), days.to_pylist(), texts.to_pylist(), strict=True)
    ):
        operated.setdefault(patient, {}).setdefault(day, []).append((text, place))
    histories = [[sorted(by_day[day]) for day in sorted(by_day)] for by_day in operated.values()]
    histories.sort(key=lambda history: [[text for text, _ in operation] for operation in history])
    order = [
        (patient, number, place)
        for patient, history in enumerate(histories, 1)
        for number, operation in enumerate(history, 1)
        for _, place in operation
    ]
    numbers = {name: pa.array([key[i] for key in order], pa.int64()) for i, name in enumerate(_NUMBERS)}
    sorted_content = content.take(pa.array([place for *_, place in order], pa.int64()))
    return pa.table({**numbers, **{name: sorted_content[name] for name in content.column_names}})
