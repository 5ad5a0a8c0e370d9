"""A clinic's rows as the paths of its patients and as the reading list, by the reference and the rules of 2026."""

from datetime import date

from engines import judged, patients
from lumbar.followup.path import PatientPath, Step, paths
from lumbar.followup.persistent_pain import PersistentPain, persistent_pain
from lumbar.followup.reachable import kept_off
from report_page import AS_OF, POLICY, RULES, Clinic


def paths_of(clinic: Clinic, as_of: date = AS_OF) -> dict[str, PatientPath]:
    """The path of every episode, by episode id."""
    records = {one.procedures[0]["patient_id"]: one for one in patients(clinic.tables)}
    rows = [row for one in records.values() for row in judged(one, RULES, POLICY, as_of)]
    contacts = [{"declined_on": None, **row} for row in clinic.tables.get("contact", ())]
    off = kept_off((), contacts, (), as_of)
    return {path.episode_id: path for path in paths(rows, records, off, RULES, POLICY, as_of)}


def path_of(clinic: Clinic, as_of: date = AS_OF) -> PatientPath:
    """The path of the clinic's only episode."""
    (one,) = paths_of(clinic, as_of).values()
    return one


def steps_of(clinic: Clinic, as_of: date = AS_OF) -> dict[str, Step]:
    """The steps of the only episode by name."""
    return {step.name: step for step in path_of(clinic, as_of).steps}


def pain_of(clinic: Clinic, as_of: date = AS_OF) -> PersistentPain:
    """The reading list of the clinic."""
    records = {one.procedures[0]["patient_id"]: one for one in patients(clinic.tables)}
    rows = [row for one in records.values() for row in judged(one, RULES, POLICY, as_of)]
    return persistent_pain(rows, lambda _: records, RULES, as_of)
