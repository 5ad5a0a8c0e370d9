"""Who reports what, and the identifiers of one file: what header, entries and narrative are written from."""

from dataclasses import astuple, dataclass
from datetime import date
from uuid import NAMESPACE_URL, UUID, uuid5

from lumbar.exports.leaving import Leaving
from lumbar.exports.qrda3.populations import PopulationSet
from lumbar.exports.qrda3.settings import Qrda3Settings

# Everything that has no identifier of CMS or HL7 is named inside this one.
OURS = uuid5(NAMESPACE_URL, "urn:lumbar:qrda3")

NOT_FOR_CMS = "Not accepted by CMS for these measures; for interchange only."


@dataclass(frozen=True, slots=True)
class Report:
    """One file: its population sets, who reports them, and why it is not final, if it is not."""

    leaving: Leaving
    sets: tuple[PopulationSet, ...]
    tin: str
    settings: Qrda3Settings
    unfinished: tuple[str, ...]

    @property
    def year(self) -> int:
        """The performance year."""
        return self.leaving.rules.year

    @property
    def title(self) -> str:
        """What the file is, what it is not, and whether it is final."""
        title = f"QRDA Category III, MIPS measures of lumbar surgery, {self.year}: not for CMS, interchange only"
        return f"{title} (interim)" if self.unfinished else title

    def own_id(self, name: str) -> str:
        """An identifier of one thing in this file and no other: the same content gives the same identifier."""
        said = (self.leaving.identity, self.leaving.on, self.tin, self.leaving.npi, astuple(self.settings))
        return str(uuid5(uuid5(OURS, repr(said)), name))

    @property
    def measure_numbers(self) -> UUID:
        """The root under which a MIPS quality measure's number names its version of this year."""
        return uuid5(OURS, f"measure/{self.year}")


MEASURE_SERIES = uuid5(OURS, "measure")


def population_id(year: int, measure_id: str, stratum: str, population: str) -> str:
    """The identifier of a population, the same in every file that reports it."""
    return str(uuid5(OURS, f"population/{year}/{measure_id}/{stratum}/{population}"))


def hl7_day(day: date) -> str:
    """A date as HL7 writes it."""
    return f"{day:%Y%m%d}"
