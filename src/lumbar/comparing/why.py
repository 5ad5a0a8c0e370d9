"""Why one patient's rows changed: what must differ, and nothing that need not, found by judging again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any, TypeVar

from lumbar.comparing import causes
from lumbar.comparing.records import RecordChange, record_changes, with_changes
from lumbar.engine.reference import PatientRecords, judge_patient
from lumbar.engine.reference_episode import Record
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy
from lumbar.tables.clinical import PROXY, SCORE

_Part = TypeVar("_Part")
Key = tuple[str, str, str]  # episode id, instrument, timepoint


@dataclass(frozen=True, slots=True)
class Made:
    """How a result was made. `rules_are_known`: whether its rule set is this version's; else `rules` stand in.

    `rule_set` is the identity of its rules and code lists, `software` of the package and its engine, `inputs` of the
    input files, `reading` of the mapping and format they were read with.
    """

    as_of: date
    policy: Policy
    rules: PerformanceYear
    rules_are_known: bool
    rule_set: str
    software: str
    inputs: str
    reading: str


@dataclass(frozen=True, slots=True)
class Because:
    """Why a row changed: causes in the vocabulary's order, and the records that are among them.

    `is_proved`: judged again, the causes made in the old state give the new row, undone in the new one give
    the old row, and none can be left out. Otherwise they are possible, not proved.
    """

    causes: tuple[str, ...]
    records: tuple[RecordChange, ...]
    is_proved: bool


@dataclass(frozen=True, slots=True)
class _Difference:
    """One thing that differs between the two states of a patient: a way of making, or a record, or both."""

    cause: str
    changes: tuple[RecordChange, ...] = ()

    @property
    def group(self) -> tuple[str, str]:
        """The table and instrument of its records; its cause where it has none, or many."""
        if len(self.changes) != 1:
            return self.cause, ""
        (change,) = self.changes
        return change.table, str((change.after or change.before or {}).get("instrument", ""))


class Patient:
    """One patient before and after; judged again with any of what differs changed, each state once."""

    def __init__(self, before: PatientRecords, after: PatientRecords, was: Made, now: Made) -> None:
        self._was, self._now = was, now
        self._may_have_been_there = False
        before, after = self._known(before, after)
        self._before = before
        self._differences = tuple(_differences(before, after, was, now))
        self._everything = frozenset(range(len(self._differences)))
        self._judged: dict[frozenset[int], dict[Key, Record]] = {}

    def _known(self, before: PatientRecords, after: PatientRecords) -> tuple[PatientRecords, PatientRecords]:
        """The records of both. A result keeps none of a patient without an operation. Where the other's records
        give none either, as that result was made, they were the same if the same files were read alike; of other
        files they may have been, and no cause is proved."""
        unseen_before = not before.procedures and not _judge(after, self._was)
        unseen_after = not after.procedures and not _judge(before, self._now)
        if not unseen_before and not unseen_after:
            return before, after
        if not _read_alike(self._was, self._now):
            self._may_have_been_there = True
            return before, after
        return (after, after) if unseen_before else (before, before)

    def why(self, key: Key, old: Record | None, new: Record | None) -> Because:
        """Why the row of that key changed from `old` to `new`; none is a row that is not there."""
        first, last = self._rows(frozenset()).get(key), self._rows(self._everything).get(key)
        follows = first == old and last == new
        if not follows and self._cause_of_a_stored_row_that_does_not_follow() == causes.UNEXPLAINED:
            return Because((causes.UNEXPLAINED,), (), is_proved=False)
        needed = self._needed(key, first, last)
        found = {self._differences[n].cause for n in needed}
        if not follows:
            found.add(self._cause_of_a_stored_row_that_does_not_follow())
        if old is None or new is None:
            found = {_of_the_operation(cause, new is not None) for cause in found}
        records = tuple(change for n in needed for change in self._differences[n].changes)
        is_proved = follows and not self._may_have_been_there
        return Because(tuple(c for c in causes.CAUSES if c in found), records, is_proved)

    def _needed(self, key: Key, first: Record | None, last: Record | None) -> list[int]:
        """Differences that lead from the first row to the last, and undone lead back; none can be left out.

        Those of one table and instrument are tried together first: what does not concern a row goes at once.
        """
        if first == last:
            return []
        by_presence = first is None or last is None

        def same(a: Record | None, b: Record | None) -> bool:
            return (a is None) == (b is None) if by_presence else a == b

        def suffice(chosen: list[int]) -> bool:
            made = frozenset(chosen)
            return same(self._rows(made).get(key), last) and same(self._rows(self._everything - made).get(key), first)

        alike: dict[tuple[str, str], list[int]] = {}
        for n, difference in enumerate(self._differences):
            alike.setdefault(difference.group, []).append(n)
        groups = _needed_of(list(alike.values()), lambda chosen: suffice(list(chain.from_iterable(chosen))))
        return _needed_of(list(chain.from_iterable(groups)), suffice)

    def _rows(self, made: frozenset[int]) -> dict[Key, Record]:
        """The patient's rows with these differences made in the state before."""
        if made not in self._judged:
            chosen = [self._differences[n] for n in sorted(made)]
            names = {difference.cause for difference in chosen}
            records = with_changes(self._before, (change for d in chosen for change in d.changes))
            state = replace(
                self._was,
                as_of=(self._now if causes.AS_OF in names else self._was).as_of,
                policy=(self._now if causes.POLICY in names else self._was).policy,
                rules=(self._now if causes.RULE_SET in names else self._was).rules,
            )
            self._judged[made] = _judge(records, state)
        return self._judged[made]

    def _cause_of_a_stored_row_that_does_not_follow(self) -> str:
        was, now = self._was, self._now
        if was.rule_set != now.rule_set and not (was.rules_are_known and now.rules_are_known):
            return causes.RULE_SET
        return causes.VERSION if was.software != now.software else causes.UNEXPLAINED


def _differences(before: PatientRecords, after: PatientRecords, was: Made, now: Made) -> Iterator[_Difference]:
    """Each record that differs, those of a table that have other ids alone as one, then each way of making that does.

    Whether an answer by proxy is read at all is the policy: where that differs, such an answer comes and goes with it.
    Where the input files are the same, another record is another reading of them.
    """
    reading = _cause_of_reading(was, now)
    proxies_differ = was.policy.proxy != now.policy.proxy
    by_policy = []
    renamed: dict[str, list[RecordChange]] = {}
    for change in record_changes(before, after):
        if proxies_differ and change.table == SCORE.name and PROXY in _respondents(change):
            by_policy.append(change)
        elif change.cause == causes.RECORD_ID_CHANGED:
            renamed.setdefault(change.table, []).append(change)
        else:
            yield _Difference(reading or change.cause, (change,))
    for changes in renamed.values():
        yield _Difference(reading or causes.RECORD_ID_CHANGED, tuple(changes))
    if was.as_of != now.as_of:
        yield _Difference(causes.AS_OF)
    if was.policy != now.policy:
        yield _Difference(causes.POLICY, tuple(by_policy))
    if was.rules is not now.rules:
        yield _Difference(causes.RULE_SET)


def _cause_of_reading(was: Made, now: Made) -> str | None:
    """Why the same input files gave other records; none where the files are others."""
    if was.inputs != now.inputs:
        return None
    if was.reading != now.reading:
        return causes.MAPPING
    return causes.VERSION if was.software != now.software else None


def _read_alike(was: Made, now: Made) -> bool:
    return (was.inputs, was.reading, was.software) == (now.inputs, now.reading, now.software)


def _respondents(change: RecordChange) -> set[Any]:
    return {(change.before or {}).get("respondent"), (change.after or {}).get("respondent")}


def _judge(records: PatientRecords, made: Made) -> dict[Key, Record]:
    judged = judge_patient(records, made.rules, made.policy, made.as_of)
    return {(j.episode.episode_id, j.measure.instrument, j.stratum.timepoint): j.row() for j in judged}


def _needed_of(every: list[_Part], suffice: Callable[[list[_Part]], bool]) -> list[_Part]:
    """Some that suffice, where no one of them can be left out. All of them suffice."""
    kept, size = every, len(every) // 2
    while size:
        n_before, at = len(kept), 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if fewer and suffice(fewer):
                kept = fewer
            else:
                at += size
        if size > 1 or len(kept) == n_before:
            size //= 2
    return kept


_OF_OPERATION: Sequence[str] = (causes.NEW_PROCEDURE, causes.PROCEDURE_WITHDRAWN)


def _of_the_operation(cause: str, is_new: bool) -> str:
    """The cause in the words of an operation that came or went."""
    if cause in _OF_OPERATION:
        return causes.NEW_OPERATION if is_new else causes.OPERATION_GONE
    return cause
