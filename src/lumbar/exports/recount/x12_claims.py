"""Reads a file of professional claims segment by segment, and notes what in it does not add up by itself."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One service line: the claim it stands in and its number there, both counted from 1; dates as CCYYMMDD."""

    claim: int
    number: int
    code: str
    charge: Decimal
    served_on: str
    rendering_npi: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.code, self.served_on, self.rendering_npi


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whom the claims of a level are about: the name in one piece, dates as CCYYMMDD, empty where none stands."""

    level: int = 0
    name: str = ""
    member_id: str = ""
    birth_date: str = ""
    sex: str = ""
    deceased_on: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom one claim is about, and its diagnoses without dots."""

    subscriber: Subscriber
    diagnoses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: P or T, the days it is dated, who bills, its claims and lines in the file's order, and where
    it contradicts itself."""

    usage: str
    days: Mapping[str, str]
    billing_npis: Sequence[str]
    claims: Sequence[Claim]
    lines: Sequence[Line]
    faults: Sequence[str]


@dataclass(slots=True)
class _Claim:
    """A claim while it is read."""

    total: Decimal
    diagnoses: tuple[str, ...] = ()
    rendering_npi: str = ""
    numbers: list[str] = field(default_factory=list)
    charges: list[Decimal] = field(default_factory=list)


class _Reader:
    """Walks the segments in order; raises LookupError or ValueError where one is not of the form."""

    def __init__(self, component: str) -> None:
        self.component = component
        self.lines: list[Line] = []
        self.claims: list[Claim] = []
        self.billing_npis: list[str] = []
        self.faults: list[str] = []
        self.days: dict[str, str] = {}
        self.controls: dict[str, str] = {}
        self.claim_ids: Counter[str] = Counter()
        self.line_ids: Counter[str] = Counter()
        self.n_sets = self.n_groups = self.n_in_set = self.n_levels = 0
        self.subscriber = Subscriber()
        self.claim: _Claim | None = None
        self.service: tuple[str, Decimal] | None = None

    def walk(self, segments: Sequence[list[str]]) -> None:
        """Every segment once, each by its own rule where it has one."""
        for elements in segments:
            self.n_in_set += 1
            step = getattr(self, f"_{elements[0].lower()}", None)
            if step is not None:
                step(elements)

    def agree(self, about: str, written: object, counted: object) -> None:
        """Notes a figure that is not what it counts."""
        if written != counted:
            self.faults.append(f"{about}: {written} in the file, counted {counted}")

    def _isa(self, e: list[str]) -> None:
        self.days["ISA09"], self.controls["ISA"] = e[9], e[13]

    def _gs(self, e: list[str]) -> None:
        self.n_groups, self.n_sets = self.n_groups + 1, 0
        self.days["GS04"], self.controls["GS"] = e[4], e[6]

    def _st(self, e: list[str]) -> None:
        self.n_sets, self.n_in_set, self.n_levels = self.n_sets + 1, 1, 0
        self.controls["ST"] = e[2]

    def _bht(self, e: list[str]) -> None:
        self.days[f"BHT04 of transaction set {self.n_sets}"] = e[4]

    def _hl(self, e: list[str]) -> None:
        self._end_claim()
        self.n_levels += 1
        self.agree(f"HL01 of level {self.n_levels}", e[1], str(self.n_levels))
        self.agree(f"HL02 of level {self.n_levels}", e[2], "" if e[3] == "20" else "1")
        self.subscriber = Subscriber(self.subscriber.level + 1)  # counted through all transaction sets

    def _pat(self, e: list[str]) -> None:
        self.subscriber = replace(self.subscriber, deceased_on=e[6])

    def _dmg(self, e: list[str]) -> None:
        self.subscriber = replace(self.subscriber, birth_date=e[2], sex=e[3])

    def _nm1(self, e: list[str]) -> None:
        if e[1] == "85":
            self.billing_npis.append(e[9])
        elif e[1] == "IL":
            self.subscriber = replace(self.subscriber, name=" ".join(e[3:8]), member_id=e[9])
        elif e[1] == "82" and self.claim is not None:
            self.claim.rendering_npi = e[9]

    def _clm(self, e: list[str]) -> None:
        self._end_claim()
        self.claim = _Claim(Decimal(e[2]), rendering_npi=self.billing_npis[-1])
        self.claim_ids[e[1]] += 1

    def _hi(self, e: list[str]) -> None:
        self._open().diagnoses = tuple(code.partition(self.component)[2] for code in e[1:])
        if not all(re.fullmatch(rf"AB[KF]{self.component}[A-Z][0-9][0-9A-Z]{{1,5}}", code) for code in e[1:]):
            self.faults.append(f"claim {self.claim_ids.total()}: a diagnosis is not of the form of ICD-10-CM")

    def _lx(self, e: list[str]) -> None:
        claim = self._open()
        claim.numbers.append(e[1])
        self.agree(f"claim {self.claim_ids.total()}, LX01", e[1], str(len(claim.numbers)))

    def _sv1(self, e: list[str]) -> None:
        claim = self._open()
        qualifier, code = e[1].split(self.component)  # a modifier would be a third part
        self.service = (code, Decimal(e[2]))
        claim.charges.append(Decimal(e[2]))
        where = f"claim {self.claim_ids.total()}, line {len(claim.numbers)}"
        self.agree(f"{where}, qualifier, unit and count", (qualifier, *e[3:5]), ("HC", "UN", "1"))
        if not all(1 <= int(to) <= len(claim.diagnoses) for to in e[7].split(self.component)):
            self.faults.append(f"{where}: points to no diagnosis of its claim")

    def _dtp(self, e: list[str]) -> None:
        if self.service is None or e[1:3] != ["472", "D8"]:
            raise ValueError("a date of no line")
        claim, (code, charge) = self._open(), self.service
        self.lines.append(
            Line(self.claim_ids.total(), len(claim.numbers), code, charge, e[3], claim.rendering_npi),
        )
        self.service = None

    def _ref(self, e: list[str]) -> None:
        if e[1] == "6R":
            self.line_ids[e[2]] += 1

    def _se(self, e: list[str]) -> None:
        self._end_claim()
        self.agree(f"SE01 of transaction set {self.n_sets}", e[1], str(self.n_in_set))
        self.agree(f"SE02 of transaction set {self.n_sets}", e[2], self.controls["ST"])
        if f"BHT04 of transaction set {self.n_sets}" not in self.days:
            self.faults.append(f"transaction set {self.n_sets} has no date")

    def _ge(self, e: list[str]) -> None:
        self.agree("GE01", e[1], str(self.n_sets))
        self.agree("GE02", e[2], self.controls["GS"])

    def _iea(self, e: list[str]) -> None:
        self.agree("IEA01", e[1], str(self.n_groups))
        self.agree("IEA02", e[2], self.controls["ISA"])

    def _open(self) -> _Claim:
        if self.claim is None:
            raise ValueError("a segment of no claim")
        return self.claim

    def _end_claim(self) -> None:
        if self.claim is None:
            return
        where = f"claim {self.claim_ids.total()}"
        self.agree(f"{where}, CLM02", self.claim.total, sum(self.claim.charges, Decimal(0)))
        n_dated = sum(line.claim == self.claim_ids.total() for line in self.lines[-len(self.claim.numbers) :])
        if not self.claim.numbers:
            self.faults.append(f"{where}: no line")
        for about, n in (("charges", len(self.claim.charges)), ("dates", n_dated)):
            self.agree(f"{where}, {about}", n, len(self.claim.numbers))
        self.claims.append(Claim(self.subscriber, self.claim.diagnoses))
        self.claim = None


def read(text: str) -> Reading:
    """The file as text. Its separators are where the interchange header has them, whose length is fixed."""
    if len(text) < 106 or not text.startswith("ISA"):
        raise ValueError("no interchange")
    element, component, terminator = text[3], text[104], text[105]
    *whole, rest = text.split(terminator)
    segments = [segment.split(element) for segment in whole]
    reader = _Reader(component)
    reader.walk(segments)
    order = [elements[0] for elements in segments]
    if rest or (order[:3], order[-3:]) != (["ISA", "GS", "ST"], ["SE", "GE", "IEA"]):
        reader.faults.append("the envelope of the file is not whole")
    for about, ids in (("CLM01", reader.claim_ids), ("REF 6R", reader.line_ids)):
        reader.faults += [f"{about}: {n} of the file have the same number" for n in ids.values() if n > 1]
    if reader.line_ids.total() != len(reader.lines):
        reader.faults.append("not every line has its own number")
    return Reading(segments[0][15], reader.days, reader.billing_npis, reader.claims, reader.lines, reader.faults)
