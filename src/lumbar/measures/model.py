"""What a measure is: frozen values, one per measure and performance year, no logic."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a rule comes from and how sure we are.

    `confidence` is one of certain, likely, unverified, unknown; `note` says what is open.
    """

    document: str
    section: str
    confidence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from a date: calendar months added once (a day that does not exist becomes the
    last day of that month), then days."""

    months: int = 0
    days: int = 0


def months(n: int) -> Offset:
    """n calendar months; negative is before."""
    return Offset(months=n)


def weeks(n: int) -> Offset:
    """n weeks of seven days."""
    return Offset(days=7 * n)


def days(n: int) -> Offset:
    """n days; negative is before."""
    return Offset(days=n)


def points(text: str) -> Decimal:
    """A score or a difference of scores, exact, in points of the instrument's own scale."""
    return Decimal(text)


@dataclass(frozen=True, slots=True)
class Window:
    """Local calendar dates around the index date; both ends count."""

    opens: Offset
    closes: Offset
    cite: Cite


@dataclass(frozen=True, slots=True)
class Target:
    """Met when the postoperative score is `at_most`, or the improvement at least `improved_by` (points)."""

    at_most: Decimal
    improved_by: Decimal
    cite: Cite


@dataclass(frozen=True, slots=True)
class BothScores:
    """Met when a score stands before and after; the result is then their average improvement (points).

    Below `minimum_share` with both scores, a fraction of those judged, CMS takes no submission.
    """

    minimum_share: Decimal
    cite: Cite


@dataclass(frozen=True, slots=True)
class Codes:
    """The quality-data codes of one instrument at one timepoint; two roles may share a code."""

    met: str
    not_met: str
    not_assessed: str
    excluded: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class IdentificationPeriod:
    """Index dates that count, both ends included; age in whole years on `age_on`."""

    starts_on: date
    ends_on: date
    age_on: date
    minimum_age_years: int
    cite: Cite


@dataclass(frozen=True, slots=True)
class Stratum:
    """One submission criterion: a kind of operation judged at one timepoint.

    `name` is CMS's where it takes the stratum by itself (`submitted_alone`), else our own: its rows are then
    counted in the measure's one overall rate.
    """

    name: str
    submitted_alone: bool
    kind: str
    timepoint: str
    postoperative: Window
    nearest_to: Offset
    period: IdentificationPeriod
    codes: Codes


@dataclass(frozen=True, slots=True)
class Procedures:
    """Code lists, by name, of the lines that start an episode of one kind."""

    kind: str
    code_list: str
    unverified_code_list: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class ModifierRule:
    """What a list of line modifiers does.

    `effect` is `not_the_surgeon` or `no_episode` (the line starts none), or `flag`.
    """

    code_list: str
    effect: str
    flag: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Diagnoses that exclude when active on the index date.

    `onset_within_days` is set where only a recent onset counts: in the days to the index date,
    both ends counted, onset known.
    """

    category: str
    code_list: str
    onset_within_days: int | None
    cite: Cite


@dataclass(frozen=True, slots=True)
class SameDateExclusion:
    """Procedures that exclude when done on the index date beside the index procedure, whoever's the line is."""

    category: str
    code_list: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class Measure:
    """One MIPS quality measure in one performance year, complete in itself."""

    id: str
    year: int
    title: str
    instrument: str
    scales: tuple[str, ...]
    preoperative: Window
    strata: tuple[Stratum, ...]
    target: Target | BothScores
    exclusions: tuple[Exclusion, ...]
    same_date_exclusions: tuple[SameDateExclusion, ...]
    metric_type: str
    overall_algorithm: str
    program: str
    cite: Cite


@dataclass(frozen=True, slots=True)
class PerformanceYear:
    """All measures of one year and the rules they share."""

    year: int
    measures: tuple[Measure, ...]
    procedures: tuple[Procedures, ...]
    modifiers: tuple[ModifierRule, ...]
    quality_data_code_list: str
    data_completeness: Decimal
    data_completeness_cite: Cite
    case_minimum: int
    case_minimum_cite: Cite
    benchmark: str
    benchmark_cite: Cite

    def __hash__(self) -> int:
        """By year and measures: years are few, and every leaf would be hashed at each look into a cache."""
        return hash((self.year, tuple(measure.id for measure in self.measures)))
