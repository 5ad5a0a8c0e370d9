"""Laws of codes by date, for every row of every table and any day."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lumbar.codelists.terminology import SYSTEMS, Term, exclude_each_other, excludes1, history, term_on, terms

FIRST, LAST = date(2015, 10, 1), date(2028, 12, 31)
ROWS = [term for system in SYSTEMS for term in terms(system)]
days = st.dates(FIRST, LAST)


def edges(term: Term) -> list[date]:
    """The days around a row's ends."""
    ends = [day for day in (term.valid_from, term.valid_to) if day]
    return [day + timedelta(days=step) for day in ends for step in (-1, 0, 1)]


@settings(max_examples=400)
@given(st.sampled_from(ROWS), days)
def test_a_row_is_valid_exactly_from_its_first_to_its_last_day(term, day):
    for on in (day, *edges(term)):
        since = term.valid_from is None or on >= term.valid_from
        until = term.valid_to is None or on <= term.valid_to
        assert term.valid_on(on) == (since and until)
        found = term_on(term.system, term.code, on)
        valid = [row for row in history(term.system, term.code) if row.valid_on(on)]
        assert len(valid) <= 1
        assert (found is None) == (not valid)
        if found and valid:
            assert (found.valid_from, found.valid_to, found.billable) == (
                valid[0].valid_from,
                valid[0].valid_to,
                valid[0].billable,
            )
            assert set(found.successors) <= set(valid[0].successors)


def test_a_header_has_successors_or_says_why_not():
    headers = [row for row in ROWS if not row.billable]
    assert len(headers) > 100
    assert [row.code for row in headers if not row.successors and "billable codes" not in row.note] == []


def test_a_code_that_ended_has_successors_or_says_why_not():
    ended = [row for row in ROWS if row.billable and row.valid_to]
    assert [row.code for row in ended if not row.successors and not row.note] == []


def test_successors_exist_and_are_valid_the_day_after():
    for row in ROWS:
        if row.billable and row.valid_to:
            the_day_after = row.valid_to + timedelta(days=1)
            for successor in row.successors:
                found = term_on(row.system, successor, the_day_after)
                assert found is not None, (row.code, successor)
                assert found.billable, (row.code, successor)


@settings(max_examples=400)
@given(st.sampled_from([row for row in ROWS if not row.billable and row.successors]), days)
def test_a_header_always_has_something_billable_to_offer(row, on):
    found = term_on(row.system, row.code, on)
    if found and not found.billable:
        assert found.successors
        assert all(term_on(row.system, s, on).billable for s in found.successors)


CODES = sorted({row.code for row in ROWS if row.system == "icd10cm"})
PAIRS = [(note.code, note.excluded) for note in excludes1()]
beneath = st.sampled_from(PAIRS).flatmap(
    lambda pair: st.tuples(*(st.sampled_from([c for c in CODES if c.startswith(side)] or [side]) for side in pair))
)


@settings(max_examples=400)
@given(st.one_of(beneath, st.tuples(st.sampled_from(CODES), st.sampled_from(CODES))), days)
def test_the_lookup_of_a_pair_agrees_with_reading_every_note(pair, on):
    """The slow way: any note, either way round, each side covering every code beneath it."""
    first, second = pair
    slow = [
        note
        for note in excludes1()
        for a, b in (pair, (second, first))
        if a.startswith(note.code) and b.startswith(note.excluded) and note.valid_on(on)
    ]
    found = exclude_each_other(first, second, on)
    assert (found is not None) == bool(slow)
    if found:
        assert (found.code, found.excluded) in {(note.code, note.excluded) for note in slow}
