"""The site mapping: what a site's records call things, read from TOML and checked key by key."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from lumbar.errors import MappingError
from lumbar.readers.dates import DATE_FORMATS, ISO, named_format
from lumbar.tables.clinical import (
    BACK_PAIN,
    INSTRUMENTS,
    LEFT,
    LEG_PAIN,
    PAYERS,
    RESPONDENTS,
    RIGHT,
    SCALES,
    VERIFICATIONS,
)

PAIN = "pain"  # a pain score whose place is not said
# OMOP's tables whose records have an id that may stand in another column than `<table>_id`.
OMOP_IDS = ("person", "procedure_occurrence", "measurement", "observation", "condition_occurrence")

_SCALE_NAMES = tuple(scale.name for scale in SCALES)
SYSTEM_NAMES = ("cpt", "hcpcs", "snomed", "icd10cm")


@dataclass(frozen=True, slots=True)
class ScoreCode:
    """What an Observation code means; `unit` maps UCUM codes to scales."""

    system: str
    code: str
    instrument: str
    unit: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BodySite:
    """A body site code and the instrument, and side, it makes of a pain score."""

    system: str
    code: str
    instrument: str
    side: str | None


@dataclass(frozen=True, slots=True)
class QuestionnaireScore:
    """An item of a questionnaire that is a score."""

    link_id: str
    instrument: str
    scale: str
    side: str | None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """A questionnaire by its canonical url: its score items, or its ten ODI sections."""

    url: str
    scores: tuple[QuestionnaireScore, ...]
    odi_link_ids: tuple[str, ...]
    answer: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OmopScore:
    """What a local concept or a source value of a measurement or observation says; `unit` maps UCUM codes to scales."""

    vocabulary: str | None
    code: str | None
    source_value: str | None
    instrument: str
    side: str | None
    unit: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OmopMapping:
    """What a site may say about its OMOP tables."""

    schema: str | None
    vocabulary_schema: str | None
    unknown_dates: tuple[str, ...]  # written where a date is not known
    id: Mapping[str, str]  # CDM table: the column that holds its records' ids
    vocabulary: Mapping[str, str]  # vocabulary of the concept table: the url of its code system
    condition_status: Mapping[str, str]  # the status in small letters: the verification it stands for
    scores: tuple[OmopScore, ...]


@dataclass(frozen=True, slots=True)
class SiteMapping:
    """Everything a site may say about its own records."""

    timezone: str | None
    date_format: str
    pain_without_body_site: str | None
    instrument: Mapping[str, str]
    scale: Mapping[str, str]
    side: Mapping[str, str]
    respondent: Mapping[str, str]
    mode: Mapping[str, str]
    system: Mapping[str, str]
    payer: tuple[tuple[str, str], ...]  # (text contained, payer), the first wins
    systems: tuple[tuple[str, str], ...]  # (url, name)
    scores: tuple[ScoreCode, ...]
    body_sites: tuple[BodySite, ...]
    surgeons: tuple[tuple[str, str], ...]  # (system, code)
    npi_systems: tuple[str, ...]
    npi_types: tuple[str, ...]  # codes of an identifier's type, where no system says that it is an NPI
    claim_surgeon_roles: tuple[str, ...]  # codes of a care team's role, the surest first
    suspected_diagnosis_types: tuple[str, ...]  # types of a claim's diagnosis that is not yet made
    quality_code_letters: tuple[str, ...]  # HCPCS level II codes that begin so may be quality-data codes
    mrn_types: tuple[str, ...]
    questionnaires: tuple[Questionnaire, ...]
    omop: OmopMapping


def default_mapping_text() -> str:
    """The default mapping as commented TOML, as `--print-mapping` shows it."""
    return (files("lumbar.readers") / "default_mapping.toml").read_text(encoding="utf-8")


def parse_mapping(text: str = "") -> SiteMapping:
    """A site's TOML text beside the default mapping: its words and rows are looked at first.

    Raises MappingError for an unknown key, a wrong type, or a word outside the vocabulary.
    """
    try:
        given = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        curly = "; write straight quotation marks" if any(mark in text for mark in "“”‘’") else ""
        raise MappingError(f"mapping: not valid TOML: {error}{curly}") from None
    default = tomllib.loads(default_mapping_text())
    _refuse_unknown("", given, {*default, "timezone", "date_format", "pain_without_body_site"})
    fhir = given.get("fhir", {})
    _expect("fhir", fhir, dict)
    _refuse_unknown("fhir.", fhir, {*default["fhir"], "questionnaire"})
    omop = given.get("omop", {})
    _expect("omop", omop, dict)
    _refuse_unknown("omop.", omop, {*default["omop"], "schema", "vocabulary_schema", "unknown_dates", "id", "score"})
    return _mapping(_beside(given, default))


def _beside(given: Any, default: Any) -> Any:
    """What is given, and after it the default: tables key by key, lists one after the other."""
    if isinstance(given, dict) and isinstance(default, dict):
        return {key: _beside(given.get(key, default.get(key)), default.get(key)) for key in {**default, **given}}
    if isinstance(given, list) and isinstance(default, list) and given is not default:
        return given + [row for row in default if row not in given]
    return given


def _mapping(data: dict[str, Any]) -> SiteMapping:
    fhir = data["fhir"]
    identifier = fhir["identifier"]
    claim = fhir["claim"]
    _expect("fhir.claim", claim, dict)
    _refuse_unknown("fhir.claim.", claim, {"surgeon_role", "suspected_diagnosis_type", "quality_code_letter"})
    _expect("fhir.identifier", identifier, dict)
    _refuse_unknown("fhir.identifier.", identifier, {"npi", "npi_type", "mrn_type"})
    return SiteMapping(
        timezone=_timezone(data.get("timezone")),
        date_format=_date_format(data.get("date_format", ISO)),
        pain_without_body_site=_one_of(
            "pain_without_body_site", data.get("pain_without_body_site"), (BACK_PAIN, LEG_PAIN, None)
        ),
        instrument=_words("instrument", data["instrument"], (*INSTRUMENTS, PAIN)),
        scale=_words("scale", data["scale"], _SCALE_NAMES),
        side=_words("side", data["side"], (LEFT, RIGHT)),
        respondent=_words("respondent", data["respondent"], RESPONDENTS),
        mode=_words("mode", data["mode"], None),
        system=_words("system", data["system"], SYSTEM_NAMES),
        payer=tuple(_payers(data["payer"])),
        systems=tuple(_systems(fhir["system"]).items()),
        scores=tuple(
            ScoreCode(
                _text("fhir.score.system", row, "system"),
                _text("fhir.score.code", row, "code"),
                _one_of("fhir.score.instrument", row.get("instrument"), (*INSTRUMENTS, PAIN)),
                _words("fhir.score.unit", row.get("unit", {}), _SCALE_NAMES),
            )
            for row in _rows("fhir.score", fhir["score"], {"system", "code", "instrument", "unit"})
        ),
        body_sites=tuple(
            BodySite(
                _text("fhir.body_site.system", row, "system"),
                _text("fhir.body_site.code", row, "code"),
                _one_of("fhir.body_site.instrument", row.get("instrument"), (BACK_PAIN, LEG_PAIN)),
                _one_of("fhir.body_site.side", row.get("side"), (LEFT, RIGHT, None)),
            )
            for row in _rows("fhir.body_site", fhir["body_site"], {"system", "code", "instrument", "side"})
        ),
        surgeons=tuple(
            (_text("fhir.surgeon.system", row, "system"), _text("fhir.surgeon.code", row, "code"))
            for row in _rows("fhir.surgeon", fhir["surgeon"], {"system", "code"})
        ),
        npi_systems=_texts("fhir.identifier.npi", identifier.get("npi", [])),
        npi_types=_texts("fhir.identifier.npi_type", identifier.get("npi_type", [])),
        claim_surgeon_roles=_texts("fhir.claim.surgeon_role", claim.get("surgeon_role", [])),
        suspected_diagnosis_types=_texts(
            "fhir.claim.suspected_diagnosis_type", claim.get("suspected_diagnosis_type", [])
        ),
        quality_code_letters=_texts("fhir.claim.quality_code_letter", claim.get("quality_code_letter", [])),
        mrn_types=_texts("fhir.identifier.mrn_type", identifier.get("mrn_type", [])),
        questionnaires=tuple(
            _questionnaire(row)
            for row in _rows(
                "fhir.questionnaire", fhir.get("questionnaire", []), {"url", "score", "odi_link_ids", "answer"}
            )
        ),
        omop=_omop(data["omop"]),
    )


def _omop(data: dict[str, Any]) -> OmopMapping:
    ids = _texts_by_key("omop.id", data.get("id", {}))
    _refuse_unknown("omop.id.", ids, set(OMOP_IDS))
    statuses = _words("omop.condition_status", data["condition_status"], VERIFICATIONS)
    return OmopMapping(
        schema=None if data.get("schema") is None else _text("omop.schema", data, "schema"),
        vocabulary_schema=(
            None if data.get("vocabulary_schema") is None else _text("omop.schema", data, "vocabulary_schema")
        ),
        unknown_dates=_texts("omop.unknown_dates", data.get("unknown_dates", [])),
        id={table: column.lower() for table, column in ids.items()},
        vocabulary=_texts_by_key("omop.vocabulary", data["vocabulary"]),
        condition_status=statuses,
        scores=tuple(
            _omop_score(row)
            for row in _rows(
                "omop.score",
                data.get("score", []),
                {"vocabulary", "code", "source_value", "instrument", "side", "unit"},
            )
        ),
    )


def _omop_score(row: dict[str, Any]) -> OmopScore:
    name = "omop.score"
    by_concept = "vocabulary" in row or "code" in row
    if by_concept == ("source_value" in row):
        raise MappingError(f"mapping: {name} needs a vocabulary and a code, or else a source_value")
    return OmopScore(
        _text(f"{name}.vocabulary", row, "vocabulary") if by_concept else None,
        _text(f"{name}.code", row, "code") if by_concept else None,
        None if by_concept else _text(f"{name}.source_value", row, "source_value"),
        _one_of(f"{name}.instrument", row.get("instrument"), (*INSTRUMENTS, PAIN)),
        _one_of(f"{name}.side", row.get("side"), (LEFT, RIGHT, None)),
        _words(f"{name}.unit", row.get("unit", {}), _SCALE_NAMES),
    )


def _questionnaire(row: dict[str, Any]) -> Questionnaire:
    name = "fhir.questionnaire"
    scores = tuple(
        QuestionnaireScore(
            _text(f"{name}.score.link_id", item, "link_id"),
            _one_of(f"{name}.score.instrument", item.get("instrument"), INSTRUMENTS),
            _one_of(f"{name}.score.scale", item.get("scale"), _SCALE_NAMES),
            _one_of(f"{name}.score.side", item.get("side"), (LEFT, RIGHT, None)),
        )
        for item in _rows(f"{name}.score", row.get("score", []), {"link_id", "instrument", "scale", "side"})
    )
    link_ids = _texts(f"{name}.odi_link_ids", row.get("odi_link_ids", []))
    if link_ids and len(set(link_ids)) != 10:
        raise MappingError(f"mapping: {name}.odi_link_ids must name the ten sections, each once")
    if not scores and not link_ids:
        raise MappingError(f"mapping: {name} needs score items or odi_link_ids")
    answer = row.get("answer", {})
    _expect(f"{name}.answer", answer, dict)
    for key, points in answer.items():
        if isinstance(points, bool) or not isinstance(points, int) or not 0 <= points <= 5:
            raise MappingError(f"mapping: {name}.answer.{key} must be 0 to 5 points")
    return Questionnaire(_text(f"{name}.url", row, "url"), scores, link_ids, answer)


def _systems(value: object) -> dict[str, str]:
    names: dict[str, str] = {}
    for row in _rows("fhir.system", value, {"url", "name"}):
        name = _one_of("fhir.system.name", row.get("name"), SYSTEM_NAMES)
        names.setdefault(_text("fhir.system.url", row, "url"), name)
    return names


def _payers(value: object) -> list[tuple[str, str]]:
    pairs = []
    for row in _rows("payer", value, {"contains", "payer"}):
        payer = _one_of("payer.payer", row.get("payer"), PAYERS)
        for text in _texts("payer.contains", row.get("contains", [])):
            plain = re.sub(r"[^a-z0-9]+", " ", text.lower())
            if not plain.strip():
                raise MappingError("mapping: payer.contains must hold a letter or digit")
            pairs.append((plain, payer))
    return pairs


def _timezone(name: object) -> str | None:
    if name is None:
        return None
    if not isinstance(name, str) or name not in available_timezones():
        raise MappingError("mapping: timezone must be a name such as America/Chicago")
    return ZoneInfo(name).key


def _date_format(name: object) -> str:
    if (chosen := named_format(name)) is None:
        known = ", ".join(DATE_FORMATS)
        raise MappingError(f"mapping: date_format must be one of {known}; a time of day, HH:MM or HH:MM:SS, may follow")
    return chosen


def _refuse_unknown(prefix: str, given: Mapping[str, Any], known: set[str]) -> None:
    for key in given:
        if key not in known:
            raise MappingError(f"mapping: unknown key {prefix}{key}; known here: {', '.join(sorted(known))}")


def _expect(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise MappingError(f"mapping: {name} must be a {'table' if kind is dict else kind.__name__}")


def _rows(name: str, value: object, known: set[str]) -> list[dict[str, Any]]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise MappingError(f"mapping: {name} must be a list of tables, written [[{name}]]")
    rows: list[dict[str, Any]] = []
    for row in value:
        _expect(f"[[{name}]]", row, dict)
        _refuse_unknown(f"{name}.", row, known)
        rows.append(row)
    return rows


def _words(name: str, value: object, allowed: tuple[str, ...] | None) -> dict[str, str]:
    if not isinstance(value, dict):
        raise MappingError(f"mapping: {name} must be a table")
    for key, word in value.items():
        if not isinstance(word, str) or (allowed is not None and word not in allowed):
            known = "text" if allowed is None else "one of " + ", ".join(allowed)
            raise MappingError(f"mapping: {name}.{key} must be {known}")
    return {key.lower(): word for key, word in value.items()}


def _texts_by_key(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) and text for text in value.values()):
        raise MappingError(f"mapping: {name} must be a table of texts")
    return value


def _one_of(name: str, value: Any, allowed: tuple[str | None, ...]) -> Any:
    if value not in allowed:
        raise MappingError(f"mapping: {name} must be one of {', '.join(a for a in allowed if a)}")
    return value


def _text(name: str, row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise MappingError(f"mapping: {name} must be text")
    return value


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MappingError(f"mapping: {name} must be a list of texts")
    return tuple(value)
