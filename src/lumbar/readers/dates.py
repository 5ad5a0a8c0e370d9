"""Dates in the order a site writes them, put into ours: YYYY-MM-DD."""

import re

ISO = "YYYY-MM-DD"

# What a site may name, each with the text it stands for and where year, month and day go.
# One digit may stand for a day or month between marks, as spreadsheet programs write it.
_ORDERS = {
    "MM/DD/YYYY": (r"^(\d{1,2})/(\d{1,2})/(\d{4})($|[T ])", r"\3-0\1-0\2\4"),
    "DD/MM/YYYY": (r"^(\d{1,2})/(\d{1,2})/(\d{4})($|[T ])", r"\3-0\2-0\1\4"),
    "DD.MM.YYYY": (r"^(\d{1,2})\.(\d{1,2})\.(\d{4})($|[T ])", r"\3-0\2-0\1\4"),
    "YYYYMMDD": (r"^(\d{4})(\d{2})(\d{2})($|[T ])", r"\1-\2-\3\4"),
}
DATE_FORMATS = (ISO, *_ORDERS)


def named_format(text: object) -> str | None:
    """The format a site names, ` HH:MM` or ` HH:MM:SS` after it taken away; none when it is no such name.

    A time of day may follow a date in every format, so naming it says no more.
    """
    name = re.sub(r" HH:MM(:SS)?$", "", text) if isinstance(text, str) else None
    return name if name in DATE_FORMATS else None


def in_iso_order(column: str, date_format: str) -> str:
    """SQL of a text column with its dates as YYYY-MM-DD; what is written in another way stays as it is."""
    if date_format == ISO:
        return column
    written, ordered = _ORDERS[date_format]
    reordered = f"regexp_replace({column}, '{written}', '{ordered}')"
    two_digits = rf"regexp_replace({reordered}, '^(\d{{4}})-0?(\d\d)-0?(\d\d)', '\1-\2-\3')"
    return f"case when regexp_matches({column}, '{written}') then {two_digits} else {column} end"
