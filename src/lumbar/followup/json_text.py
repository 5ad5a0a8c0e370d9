"""Values of follow-up as JSON text: dates as YYYY-MM-DD, points as text so that nothing is rounded."""

import json
from collections.abc import Hashable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any


def json_text(value: Any, indent: int | None = None) -> str:
    """A frozen value and all it holds as JSON, names as they stand in its class; on one line without `indent`."""
    separators = (",", ":") if indent is None else None
    return json.dumps(value, default=_one_level, indent=indent, separators=separators, ensure_ascii=False)


def _one_level(value: Any) -> Any:
    """What json does not know, one level down: json itself goes on from there, which is quick."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    names, values_of = _parts(value.__class__)
    return dict(zip(names, values_of(value), strict=True))


@cache
def _parts(kind: Hashable) -> tuple[tuple[str, ...], Any]:
    """The names of a class's fields, and what takes their values. Raises TypeError for a class that has none."""
    names = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]
    return names, attrgetter(*names) if len(names) > 1 else lambda value: (getattr(value, names[0]),)
