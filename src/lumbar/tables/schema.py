"""How a table is declared: columns with type, unit, nullability and meaning."""

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """The value types of the waist, each readable by DuckDB, Spark, Arrow and plain CSV."""

    TEXT = "text"
    DATE = "date"  # a local calendar date, never an instant
    TIME = "time"  # local clock time as text, HH:MM:SS
    SCORE = "score"  # DECIMAL(9,4)
    INTEGER = "integer"  # 64 bits
    FRACTION = "fraction"  # binary double, 0-1 or points where said
    BOOLEAN = "boolean"

    @property
    def sql(self) -> str:
        """The type's name in SQL, the same on DuckDB and Spark."""
        return _SQL[self]


_SQL = {
    Type.TEXT: "string",
    Type.DATE: "date",
    Type.TIME: "string",
    Type.SCORE: "decimal(9, 4)",
    Type.INTEGER: "bigint",
    Type.FRACTION: "double",
    Type.BOOLEAN: "boolean",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `required` says whether a table a user brings must have it."""

    name: str
    type: Type
    meaning: str
    unit: str = ""
    nullable: bool = False
    required: bool = False
    values: tuple[str, ...] = ()  # closed vocabulary, empty when open
    from_user: bool = True  # False: derived while reading, absent from the files a user writes


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its grain in words, its columns in order, and its key."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    required: bool = False  # must a source have it

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def user_columns(self) -> tuple[Column, ...]:
        """The columns a file brought by a user may have, in order."""
        return tuple(column for column in self.columns if column.from_user)
