"""The header of a QRDA Category III file: what it is, who wrote, keeps and signs it, and whose results it holds."""

from datetime import date

from lumbar.exports.qrda3.node import LOINC, SNOMED, Node, coded, node, template_ids
from lumbar.exports.qrda3.report import Report, hl7_day

_TIN, _NPI = "2.16.840.1.113883.4.2", "2.16.840.1.113883.4.6"
_CMS_PROGRAM, _CEHRT = "2.16.840.1.113883.3.249.7", "2.16.840.1.113883.3.2074.1"
_CONFIDENTIALITY = "2.16.840.1.113883.5.25"


def header(report: Report) -> list[Node]:
    """The elements before the body, in the order the schema wants."""
    return [
        node("realmCode", {"code": "US"}),
        node("typeId", {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"}),
        *template_ids("document"),
        node("id", {"root": report.own_id("document")}),
        coded("code", "55184-6", LOINC, "Quality Reporting Document Architecture Calculated Summary Report"),
        node("title", text=report.title),
        _time("effectiveTime", report),
        coded("confidentialityCode", "N", _CONFIDENTIALITY),
        node("languageCode", {"code": "en"}),
        node("versionNumber", {"value": "1"}),
        node("recordTarget", None, node("patientRole", None, node("id", {"nullFlavor": "NA"}))),
        _author(report),
        _custodian(report),
        _recipient(report),
        _legal_authenticator(report),
        _certified_software(report),
        _performance(report),
    ]


def period(year: int) -> Node:
    """The performance period: the year's first and last day."""
    first, last = hl7_day(date(year, 1, 1)), hl7_day(date(year, 12, 31))
    return node("effectiveTime", None, node("low", {"value": first}), node("high", {"value": last}))


def _author(report: Report) -> Node:
    settings = report.settings
    device = node(
        "assignedAuthoringDevice",
        None,
        node("manufacturerModelName", text=settings.vendor_name),
        node("softwareName", text=f"{settings.software_name} {settings.software_version}"),
    )
    author = node("assignedAuthor", None, _no_id(), *_reached_at(report), device, _practice(report))
    return node("author", None, _time("time", report), author)


def _custodian(report: Report) -> Node:
    practice = _practice(report, *reversed(_reached_at(report)), tag="representedCustodianOrganization")
    return node("custodian", None, node("assignedCustodian", None, practice))


def _recipient(report: Report) -> Node:
    program = "MIPS_INDIV" if report.leaving.npi else "MIPS_GROUP"
    recipient = node("intendedRecipient", None, node("id", {"root": _CMS_PROGRAM, "extension": program}))
    return node("informationRecipient", None, recipient)


def _legal_authenticator(report: Report) -> Node:
    name = node(
        "name",
        None,
        node("given", text=report.settings.signer_given_name),
        node("family", text=report.settings.signer_family_name),
    )
    person = node("assignedPerson", None, name)
    entity = node("assignedEntity", None, _no_id(), *_reached_at(report), person, _practice(report))
    return node("legalAuthenticator", None, _time("time", report), node("signatureCode", {"code": "S"}), entity)


def _certified_software(report: Report) -> Node:
    device = node(
        "associatedEntity",
        {"classCode": "RGPR"},
        node("id", {"root": _CEHRT, "extension": report.settings.cehrt_id}),
        coded("code", "129465004", SNOMED, "medical record, device"),
    )
    return node("participant", {"typeCode": "DEV"}, device)


def _performance(report: Report) -> Node:
    npi = {"extension": report.leaving.npi} if report.leaving.npi else {"nullFlavor": "NA"}
    performer = node("assignedEntity", None, node("id", {"root": _NPI, **npi}), _practice(report))
    event = node(
        "serviceEvent",
        {"classCode": "PCPR"},
        period(report.year),
        node("performer", {"typeCode": "PRF"}, performer),
    )
    return node("documentationOf", {"typeCode": "DOC"}, event)


def _practice(report: Report, *more: Node, tag: str = "representedOrganization") -> Node:
    tin = node("id", {"root": _TIN, "extension": report.tin})
    return node(tag, None, tin, node("name", text=report.settings.organization_name), *more)


def _reached_at(report: Report) -> tuple[Node, Node]:
    settings = report.settings
    address = node(
        "addr",
        {"use": "WP"},
        node("streetAddressLine", text=settings.street),
        node("city", text=settings.city),
        node("state", text=settings.state),
        node("postalCode", text=settings.postal_code),
        node("country", text="US"),
    )
    return address, node("telecom", {"use": "WP", "value": f"tel:{settings.telephone}"})


def _no_id() -> Node:
    return node("id", {"nullFlavor": "NI"})


def _time(tag: str, report: Report) -> Node:
    return node(tag, {"value": hl7_day(report.leaving.on)})
