"""A small clinic made into a report page, and the page read back as a tree of elements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa

from arrow_tables import Row, arrow_table
from engines import judged, patients
from lumbar.engine.reference import rate_rows
from lumbar.explain import Proof, prove
from lumbar.measures import for_year
from lumbar.measures.lock import lock_hash
from lumbar.measures.policy import Policy
from lumbar.report import report_html
from lumbar.tables.results import OUTCOME, RATE, REJECTED

RULES = for_year(2026)
POLICY = Policy()
AS_OF = date(2026, 11, 21)
INDEX = date(2025, 3, 3)  # every window of a discectomy or fusion of that day is closed on AS_OF
RUN: dict[str, Any] = {
    "version": "0.1.0",
    "engine": "duckdb 1.5.6",
    "rule_set_hash": lock_hash(RULES),
    "as_of": AS_OF.isoformat(),
    "policy": POLICY.as_json(),
    "warnings": ["score.csv: every time of day ends in Z"],
    "inputs": [
        {
            "file": "score.csv",
            "bytes": 123456,
            "rows": 1002,
            "mapped": 1000,
            "rejected": 2,
            "of_no_concern": 0,
            "blake3": "c0ffee" * 10,
        }
    ],
}
REJECTED_ROWS = [
    {"source": "score.csv", "line": 17, "table": "score", "record_id": "s-17", "reason": "out_of_range", "detail": "x"},
    {"source": "score.csv", "line": 18, "table": "score", "record_id": None, "reason": "no_value", "detail": None},
]


@dataclass
class Clinic:
    """Clinical rows by table, added patient by patient."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)

    def operated(
        self,
        patient_id: str,
        before: str | None = None,
        after: str | None = None,
        *,
        instrument: str = "back_pain",
        npi: str | None = "1234567893",
        payer: str = "aetna",
        code: str = "63030",
        index: date = INDEX,
        mode: str | None = None,
    ) -> "Clinic":
        """One patient with one discectomy, a score a week before, and one 80 days after (one year after a fusion)."""
        scale = "percent" if instrument == "odi" else "nrs"
        days_after = 80 if code == "63030" else 365
        self.add("patient", patient_id=patient_id, birth_date=date(1970, 1, 1))
        self.add(
            "procedure",
            procedure_id=f"{patient_id}-op",
            patient_id=patient_id,
            performed_on=index,
            system="cpt",
            code=code,
            surgeon_npi=npi,
        )
        self.add("coverage", patient_id=patient_id, payer=payer)
        for name, value, days in (("before", before, -7), ("after", after, days_after)):
            if value is not None:
                self.add(
                    "score",
                    score_id=f"{patient_id}-{name}",
                    patient_id=patient_id,
                    instrument=instrument,
                    scale=scale,
                    value=Decimal(value),
                    assessed_on=index + timedelta(days=days),
                    mode=mode,
                )
        return self

    def page(self, *, proofs: bool = True, as_of: date = AS_OF, rejected: list[Row] | None = None, **run: Any) -> str:
        """The report of these rows as the reference judges them."""
        records = patients(self.tables)
        rows = [row for one in records for row in judged(one, RULES, POLICY, as_of)]
        given: list[Proof] = []
        if proofs:
            for one in records:
                for episode_id in sorted({row["episode_id"] for row in judged(one, RULES, POLICY, as_of)}):
                    given.append(prove(one, RULES, POLICY, as_of, episode_id))
        return report_html(
            arrow_table(OUTCOME, rows),
            arrow_table(RATE, rate_rows(rows, RULES)),
            arrow_table(REJECTED, REJECTED_ROWS if rejected is None else rejected),
            {**RUN, "as_of": as_of.isoformat(), **run},
            given,
            RULES,
        )

    def outcome(self) -> pa.Table:
        """The outcome table of these rows."""
        return arrow_table(OUTCOME, [row for one in patients(self.tables) for row in judged(one, RULES, POLICY, AS_OF)])


@dataclass
class Element:
    """One element of a page, with its text and its children."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def all(self, tag: str = "", **attributes: str) -> "Iterator[Element]":
        """Every element inside with that tag and those attributes, in order."""
        for child in self.children:
            if isinstance(child, Element):
                if tag in ("", child.tag) and all(child.attributes.get(k) == v for k, v in attributes.items()):
                    yield child
                yield from child.all(tag, **attributes)

    def one(self, tag: str = "", **attributes: str) -> "Element":
        """The only such element."""
        (only,) = self.all(tag, **attributes)
        return only

    @property
    def text(self) -> str:
        """The text inside, white space collapsed."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(parts).split())

    def rows(self) -> list[list[str]]:
        """The text of each cell, row by row, of a table."""
        return [
            [c.text for c in row.children if isinstance(c, Element) and c.tag in ("th", "td")] for row in self.all("tr")
        ]


class _Reader(HTMLParser):
    VOID = ("meta", "input", "br", "link", "img", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in self.VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.children.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.here.tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def read(html: str) -> Element:
    """The page as a tree. Fails when an element is not closed, or closed out of order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    return reader.root
