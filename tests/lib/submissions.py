"""Submissions of the Quality Payment Program as tests look at them: read, counted by other code, broken on purpose."""

import copy
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
from jsonschema import Draft202012Validator

from command_line import Ended, lumbar
from lumbar.measures import for_year

TIN = "000456789"
GROUP = ("--tin", TIN, "--group")


def exported(result: Path, out: Path, *words: object) -> Ended:
    """The export as a user asks for it, of the group when nothing says whose."""
    return lumbar("export", "qpp", result, "--out", out, *(words or GROUP))


def submission(result: Path, out: Path, *words: object) -> dict[str, Any]:
    """The file of an export that must succeed."""
    ended = exported(result, out, *words)
    assert ended.code == 0, ended.err
    return json.loads(out.read_text(encoding="utf-8"))


def values(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each measure's value by its id."""
    (measurement_set,) = document["measurementSets"]
    return {measurement["measureId"]: measurement["value"] for measurement in measurement_set["measurements"]}


def sql(result: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in `outcome.parquet` of a result, read by a database and none of our code."""
    return duckdb.sql(query.replace("outcome", f"'{result / 'outcome.parquet'}'")).fetchall()


@cache
def schema(metric_type: str) -> dict[str, Any]:
    """Our JSON Schema of one metric type, as it is shipped."""
    text = files("lumbar.exports").joinpath(f"schema/qpp_{metric_type}.json").read_text(encoding="utf-8")
    return json.loads(text)


def validator(year: int) -> Draft202012Validator:
    """What checks a submission of that year."""
    (metric_type,) = {measure.metric_type for measure in for_year(year).measures}
    return Draft202012Validator(schema(metric_type))


def integers(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every whole number of a document."""
    if isinstance(value, dict | list):
        for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
            yield from integers(inside, (*place, key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield place


def changed(document: dict[str, Any], place: tuple[Any, ...], change: Callable[[Any], Any]) -> dict[str, Any]:
    """A copy with one value changed."""
    other = copy.deepcopy(document)
    at = other
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = change(at[place[-1]])
    return other


def one_more(number: float) -> float:
    """One more, a mean by its last decimal."""
    return number + 1 if isinstance(number, int) else float(Decimal(str(number)) + Decimal("0.0001"))
