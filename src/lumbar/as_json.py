"""Frozen values as JSON: fields by name, dates as YYYY-MM-DD, points as text so that nothing is rounded."""

from decimal import Decimal

import orjson


def as_json(value: object) -> bytes:
    """A value and all it holds, compact, UTF-8. Raises TypeError for what JSON has no word for."""
    return orjson.dumps(value, default=_points)


def as_text(value: object) -> str:
    """The same for people to read, indented by two."""
    return orjson.dumps(value, default=_points, option=orjson.OPT_INDENT_2).decode()


def _points(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"JSON has no word for {type(value).__name__}")
