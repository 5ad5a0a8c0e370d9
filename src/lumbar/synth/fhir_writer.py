"""The clinic as a FHIR R4 bulk export: one resource a line, a type split over files, one file gzipped."""

import gzip
import json
from collections.abc import Iterable
from contextlib import ExitStack
from importlib.resources import files as package_files
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from lumbar.synth import calibration, surgery
from lumbar.synth.as_benefits import chart_benefits, quality_claims
from lumbar.synth.as_resources import Resource, chart_resources, organizations, practitioners
from lumbar.synth.chart import Chart
from lumbar.synth.draws import stream
from lumbar.synth.spoiled_resources import spoiled_resources

_FILES = (
    "Patient.ndjson",
    "Procedure.ndjson",
    "Observation.000.ndjson",
    "Observation.001.ndjson",
    "QuestionnaireResponse.ndjson",
    "Condition.ndjson.gz",
    "Claim.ndjson",
    "Coverage.ndjson",
    "Encounter.ndjson",
    "Organization.ndjson",
    "Practitioner.ndjson",
)
_CLAIM_FILES = (
    "Patient.ndjson",
    "ExplanationOfBenefit.ndjson",
    "Observation.000.ndjson",
    "Observation.001.ndjson",
    "QuestionnaireResponse.ndjson",
    "Coverage.ndjson",
    "Organization.ndjson",
)


def write_fhir(
    folder: Path, charts: Iterable[Chart], patients: int, seed: int, blemishes: bool, as_claims: bool = False
) -> None:
    """Write the NDJSON files of a bulk export into an existing folder, and the mapping its questionnaires need.

    The observations of the later half of the patients go to a second file. `as_claims`: a payer's export, with
    ExplanationOfBenefits in place of Procedures, Conditions, Encounters and Practitioners.
    """
    mapping = (package_files("lumbar.synth") / "fhir_mapping.toml").read_bytes()
    (folder / "mapping.toml").write_bytes(mapping)
    with ExitStack() as open_files:
        files = {name: _open(open_files, folder / name) for name in (_CLAIM_FILES if as_claims else _FILES)}
        by_type = {name.split(".")[0]: file for name, file in files.items()}
        for resource in _directory():
            if resource["resourceType"] in by_type:
                _write(by_type[resource["resourceType"]], resource)
        for chart in charts:
            half = "001" if chart.number > patients / 2 else "000"
            by_type["Observation"] = files[f"Observation.{half}.ndjson"]
            good = list(chart_resources(stream("fhir", seed, chart.number), chart, blemishes))
            draw = stream("claims", seed, chart.number)
            claims = chart_benefits(draw, chart) if as_claims else quality_claims(draw, chart, "Claim")
            for resource in (*good, *claims):
                if resource["resourceType"] in by_type:
                    _write(by_type[resource["resourceType"]], resource)
            for file_type, bad in spoiled_resources(chart, seed, good) if blemishes else ():
                if file_type in by_type:
                    _write(by_type[file_type], bad)


def _directory() -> Iterable[Resource]:
    """Who works here and who pays."""
    npis = sorted({*surgery.NPIS.values(), *surgery.ASSISTANT_NPIS, *surgery.ANAESTHETIST_NPIS})
    yield from practitioners(npis)
    payers = sorted({name for name, _ in calibration.PAYERS_UNDER_65 + calibration.PAYERS_FROM_65 if name})
    yield from organizations(payers, "pay")
    yield from organizations((calibration.NORTH, calibration.SOUTH), "prov")


def _open(open_files: ExitStack, path: Path) -> IO[str]:
    if path.suffix != ".gz":
        return open_files.enter_context(path.open("w", encoding="utf-8", newline="\n"))
    raw = open_files.enter_context(path.open("wb"))
    # No name and no time in the gzip header: the same clinic is the same bytes.
    packed = open_files.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
    return open_files.enter_context(TextIOWrapper(packed, encoding="utf-8", newline="\n"))


def _write(file: IO[str], resource: Resource | str) -> None:
    line = resource if isinstance(resource, str) else json.dumps(resource, ensure_ascii=False, separators=(",", ":"))
    file.write(f"{line}\n")
