"""Says where two engines differ, on the fewest rows that still show it."""

from collections.abc import Iterator
from datetime import date

from arrow_tables import Clinic, Row
from engines import Engine
from lumbar.measures.model import PerformanceYear
from lumbar.measures.policy import Policy


def differing(one: list[Row], other: list[Row], key: tuple[str, ...]) -> list[tuple[Row | None, Row | None]]:
    """The pairs of rows that differ, joined on the key; a row the other side lacks is paired with nothing."""
    ones = {tuple(row[name] for name in key): row for row in one}
    others = {tuple(row[name] for name in key): row for row in other}
    assert len(ones) == len(one), "the first side has a key twice"
    assert len(others) == len(other), "the second side has a key twice"
    return [
        (ones.get(both), others.get(both))
        for both in sorted(ones.keys() | others.keys())
        if ones.get(both) != others.get(both)
    ]


def of_patient(clinic: Clinic, patient_id: str) -> dict[str, list[Row]]:
    """The rows of one patient."""
    return {name: [row for row in rows if row["patient_id"] == patient_id] for name, rows in clinic.items()}


def smallest(
    clinic: dict[str, list[Row]],
    engines: tuple[Engine, Engine],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
) -> dict[str, list[Row]]:
    """The clinic without every row that is not needed for the engines to differ in `outcome`."""

    def differ(tried: dict[str, list[Row]]) -> bool:
        one, other = (engine(tried, rules, policy, as_of).outcome for engine in engines)
        return one != other

    assert differ(clinic), "the engines agree on this clinic"
    for name in [name for name in clinic if name != "patient"]:
        for row in list(clinic[name]):
            without = {**clinic, name: [kept for kept in clinic[name] if kept is not row]}
            if differ(without):
                clinic = without
    return clinic


def report(
    clinic: dict[str, list[Row]],
    engines: tuple[Engine, Engine],
    names: tuple[str, str],
    rules: PerformanceYear,
    policy: Policy,
    as_of: date,
    key: tuple[str, ...],
) -> str:
    """The clinic's rows and what each engine made of them, as text."""
    lines = [f"as of {as_of}, policy {policy.as_json()}"]
    for name, rows in clinic.items():
        lines += [f"{name}: {_present(row)}" for row in rows]
    one, other = (engine(clinic, rules, policy, as_of).outcome for engine in engines)
    for mine, theirs in differing(one, other, key):
        lines.append(f"{names[0]} and {names[1]} differ:")
        lines += _columns(mine, theirs)
    return "\n".join(lines)


def _present(row: Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items() if value is not None)


def _columns(mine: Row | None, theirs: Row | None) -> Iterator[str]:
    if mine is None or theirs is None:
        yield f"  only one has the row {_present(mine or theirs or {})}"
        return
    yield f"  {mine['episode_id']} {mine['instrument']} {mine['timepoint']}"
    for name, value in mine.items():
        if value != theirs[name]:
            yield f"  {name}: {value} and {theirs[name]}"
