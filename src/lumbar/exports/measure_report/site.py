"""What a site says of itself in a report and no record holds."""

import re
from dataclasses import asdict, dataclass

from lumbar.errors import MappingError
from lumbar.exports.measure_report.guide import UNIVERSAL

SETTINGS_TABLE = "measure_report"
SETTINGS_TEXT = f"""\
# Settings of lumbar export measure-report. What stands here is written when no file is given.
[{SETTINGS_TABLE}]
# Who reports: the name of the practice.
organization = "Organization not named"
# The address under which your patient ids are unique. Ids in the file are made from it: once chosen, keep it.
patient_system = "http://example.org/patient-id"
# Where the receiver keeps its Measure resources; measure 459 of 2026 is <measure_base>/459|2026.
measure_base = "http://example.org/fhir/Measure"
# The DEQM guide the receiver follows; {UNIVERSAL}, or http://hl7.org/fhir/us/davinci-deqm
profile_base = "{UNIVERSAL}"
"""


@dataclass(frozen=True, slots=True)
class Site:
    """The table [measure_report] of a settings file. Raises MappingError for a value that cannot be."""

    organization: str = "Organization not named"
    patient_system: str = "http://example.org/patient-id"
    measure_base: str = "http://example.org/fhir/Measure"
    profile_base: str = UNIVERSAL

    def __post_init__(self) -> None:
        for key, value in asdict(self).items():
            if not value.strip() or not value.isprintable():
                raise MappingError(f"settings: [{SETTINGS_TABLE}] {key} is blank or holds a sign that cannot be shown")
        for key in ("patient_system", "measure_base", "profile_base"):
            if not re.fullmatch(r"(?:https?://|urn:)[^\s|]*[^\s|/]", getattr(self, key)):
                raise MappingError(
                    f"settings: [{SETTINGS_TABLE}] {key} is an address that begins with http://, https:// or urn: "
                    "and ends without a slash"
                )
