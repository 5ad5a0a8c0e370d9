"""Write a synthetic clinic in one of the formats the readers take."""

from datetime import date
from pathlib import Path

from lumbar.errors import UsageError
from lumbar.measures import for_year
from lumbar.synth import calibration
from lumbar.synth.clinic import charts
from lumbar.synth.fhir_writer import write_fhir
from lumbar.synth.folder import new_folder
from lumbar.synth.omop_writer import write_omop
from lumbar.synth.tables_writer import write_tables

FORMATS = ("fhir", "eob", "omop", "tables")


def write_clinic(
    folder: Path,
    patients: int,
    seed: int,
    format: str,
    as_of: date = calibration.AS_OF,
    *,
    blemishes: bool = True,
) -> None:
    """Write a clinic of that many patients into a new folder; the same arguments give the same bytes.

    `format` is `fhir` (a clinic's bulk export of NDJSON), `eob` (a payer's, ExplanationOfBenefits beside the scores),
    `omop` (CDM 5.4 as CSV) or `tables` (CSV); all hold the same content, but `eob` no refuted or past diagnosis.
    Nothing in it is dated after `as_of`. Without `blemishes` every row can be mapped, and all formats give the same
    result; FHIR carries no `contact.declined_on`, and OMOP no contacts, languages and member numbers, nor when, by
    whom and in which status a score was recorded.

    Raises UsageError for fewer than one patient or an unknown format, InputError when the folder exists and is
    not empty, or cannot be written.
    """
    if patients < 1:
        raise UsageError("a synthetic clinic needs at least one patient")
    if format not in FORMATS:
        raise UsageError(f"unknown format {format!r}; known: {', '.join(FORMATS)}")
    found = charts(patients, seed, as_of, for_year(calibration.YEAR))
    with new_folder(folder) as aside:
        if format in ("fhir", "eob"):
            write_fhir(aside, found, patients, seed, blemishes, as_claims=format == "eob")
        elif format == "omop":
            write_omop(aside, found, seed, blemishes)
        else:
            write_tables(aside, found, seed, blemishes)
