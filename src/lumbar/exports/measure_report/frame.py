"""What all resources of one file have in common: who reports, when, of which year, and how ids are made."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import NAMESPACE_URL, uuid5

from lumbar.exports.measure_report.guide import NPI, TIN, Guide, Resource, guide_at
from lumbar.exports.measure_report.site import Site
from lumbar.measures.model import Measure


@dataclass(frozen=True)
class Frame:
    """The site, the year, the day and the reporter of a file.

    An id is derived from what the resource is, never from its content: a later file of the same patients replaces
    the resources of an earlier one where they are kept.
    """

    site: Site
    year: int
    on: date
    npi: str | None
    tin: str | None

    @cached_property
    def guide(self) -> Guide:
        """The line of the DEQM guide that the receiver follows."""
        return guide_at(self.site.profile_base)

    @cached_property
    def period(self) -> Resource:
        """The performance year."""
        return {"start": f"{self.year}-01-01", "end": f"{self.year}-12-31"}

    @cached_property
    def reporter(self) -> Resource:
        """The surgeon the file is limited to, else the practice."""
        if self.npi is not None:
            identifier = [{"system": NPI, "value": self.npi}]
            return {
                "resourceType": "Practitioner",
                "id": self.id_of("Practitioner", self.npi),
                "identifier": identifier,
            }
        resource: Resource = {
            "resourceType": "Organization",
            "id": self.id_of("Organization", self.site.organization, self.tin or ""),
            "active": True,
            "name": self.site.organization,
        }
        if self.tin is not None:
            resource["identifier"] = [{"system": TIN, "value": self.tin}]
        return resource

    def id_of(self, *what: str) -> str:
        """The id of a resource, a UUID made from the site's own address and what the resource is."""
        return str(uuid5(NAMESPACE_URL, "\n".join((self.site.patient_system, *what))))

    def reference(self, *what: str) -> Resource:
        """A reference to a resource of this file."""
        return {"reference": f"urn:uuid:{self.id_of(*what)}"}

    @property
    def reported_by(self) -> Resource:
        """A reference to the reporter."""
        return {"reference": f"urn:uuid:{self.reporter['id']}"}

    def measure_url(self, measure: Measure) -> str:
        """The address of a measure, without its version."""
        return f"{self.site.measure_base}/{measure.id}"
