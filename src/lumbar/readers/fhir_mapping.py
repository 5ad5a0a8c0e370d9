"""The site mapping as the FHIR queries see it: small tables to join with, lists to look up in, macros."""

from importlib.resources import files
from typing import Any

import duckdb

from lumbar.readers.checks import insert_rows
from lumbar.readers.mapping import BodySite, SiteMapping


def load_mapping(session: duckdb.DuckDBPyConnection, mapping: SiteMapping) -> None:
    """The mapping's relations, macros and list variables in the session."""
    sites = _sided_first(mapping.body_sites)
    relations: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "score_code": (
            "position integer, system varchar, code varchar, instrument varchar",
            [(i, s.system, s.code, s.instrument) for i, s in enumerate(mapping.scores, start=1)],
        ),
        "score_code_unit": (
            "position integer, unit varchar, scale varchar",
            [(i, unit, scale) for i, s in enumerate(mapping.scores, start=1) for unit, scale in s.unit.items()],
        ),
        "body_site": (
            "position integer, system varchar, code varchar, instrument varchar, side varchar",
            [(i, b.system, b.code, b.instrument, b.side) for i, b in enumerate(sites, start=1)],
        ),
        "questionnaire_score": (
            "url varchar, position integer, link_id varchar, instrument varchar, scale varchar, side varchar",
            [
                (q.url, i, s.link_id, s.instrument, s.scale, s.side)
                for q in mapping.questionnaires
                for i, s in enumerate(q.scores, start=1)
            ],
        ),
        "odi_section": (
            "url varchar, link_id varchar",
            [(q.url, link_id) for q in mapping.questionnaires for link_id in q.odi_link_ids],
        ),
        "odi_answer": (
            "url varchar, given varchar, points integer",
            [(q.url, given, points) for q in mapping.questionnaires for given, points in q.answer.items()],
        ),
    }
    for name, (columns, rows) in relations.items():
        session.execute(f"create or replace table {name} ({columns})")
        insert_rows(session, name, rows)
    # A search that begins with a quotation mark would stop at every one of them.
    codes = sorted({score.code for score in mapping.scores})
    named = " or ".join(f"contains(json, '{quoted(code)}\"')" for code in codes) or "false"
    session.execute(f"create or replace macro names_a_score(json) as {named}")
    session.execute((files("lumbar.readers") / "sql" / "fhir_macros.sql").read_text(encoding="utf-8"))
    set_lists(session, mapping)


def set_lists(session: duckdb.DuckDBPyConnection, mapping: SiteMapping) -> None:
    """The mapping's list variables, which a session's cursors do not share."""
    sites = _sided_first(mapping.body_sites)
    ranked = {name: rank for rank, name in enumerate(("cpt", "hcpcs", "snomed", "icd10cm"))}
    systems = sorted(mapping.systems, key=lambda system: ranked[system[1]])
    lists: dict[str, list[str]] = {
        "score_keys": [f"{s.system}|{s.code}" for s in mapping.scores],
        "score_codes": [s.code for s in mapping.scores],
        "site_keys": [f"{b.system}|{b.code}" for b in sites],
        "site_codes": [b.code for b in sites],
        "system_urls": [url.rstrip("/") for url, _ in systems],
        "system_names": [name for _, name in systems],
        "diagnosis_urls": [url.rstrip("/") for url, name in systems if name == "icd10cm"],
        "surgeon_keys": [f"{system}|{code}" for system, code in mapping.surgeons],
        "npi_systems": list(mapping.npi_systems),
        "npi_types": list(mapping.npi_types),
        "claim_surgeon_roles": list(mapping.claim_surgeon_roles),
        "suspected_diagnosis_types": list(mapping.suspected_diagnosis_types),
        "quality_code_letters": list(mapping.quality_code_letters),
        "mrn_types": list(mapping.mrn_types),
    }
    # Variables, not a table: the lists are constants to the queries, and no join can change the order of lines.
    for name, values in lists.items():
        texts = ", ".join(f"'{quoted(value)}'" for value in values)
        session.execute(f"set variable {name} = cast([{texts}] as varchar[])")


def _sided_first(sites: tuple[BodySite, ...]) -> list[BodySite]:
    """Every place once, as the mapping names it first; those with a side lead, so `leg, left leg` keeps its side."""
    first: dict[tuple[str, str], BodySite] = {}
    for site in sites:
        first.setdefault((site.system, site.code), site)
    return sorted(first.values(), key=lambda site: site.side is None)


def quoted(text: str) -> str:
    """The text for use between single quotation marks in SQL."""
    return text.replace("'", "''")
