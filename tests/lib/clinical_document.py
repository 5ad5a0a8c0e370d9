"""Clinical documents looked at from outside: the CDA schema, CMS's Schematron, and a reader of QRDA III counts."""

from collections import Counter
from functools import cache
from pathlib import Path

from lxml import etree, isoschematron

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas" / "qrda3"
HL7 = {"h": "urn:hl7-org:v3"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SVRL = {"s": "http://purl.oclc.org/dsdl/svrl"}
_STEPS = Path(isoschematron.__file__).parent / "resources" / "xsl" / "iso-schematron-xslt1"
_TEMPLATE = "2.16.840.1.113883.10.20.27.3."
_ELEMENTS = {"6": "sex", "8": "race", "7": "ethnicity", "9": "payer"}


def parsed(path):
    """The document as a tree."""
    return etree.parse(str(path))


def schema_errors(document) -> list[str]:
    """What the CDA schema says against a document, a line each."""
    schema = _schema()
    schema.validate(document)
    return [f"{error.line}: {error.message}" for error in schema.error_log]


def failed_assertions(document, phase: str = "errors") -> Counter[str]:
    """How often each assertion of CMS's Schematron fails in a phase."""
    report = _schematron(phase)(document)
    assert report.xpath("count(//s:fired-rule)", namespaces=_SVRL) > 5, "the rules were looked at"
    return Counter(report.xpath("//s:failed-assert/@id", namespaces=_SVRL))


def population_counts(document) -> dict[tuple[str, str], dict]:
    """By measure and stratum: each population's count, its `rate`, and (population, element) by category."""
    found: dict[tuple[str, str], dict] = {}
    for organizer in document.iterfind(".//h:organizer", HL7):
        (measure_id,) = organizer.xpath("h:reference/h:externalDocument/h:id/@extension", namespaces=HL7)
        for one in _observations(organizer, "5"):
            (stratum,) = one.xpath("h:reference/h:externalObservation/h:text/text()", namespaces=HL7)
            (code,) = one.xpath("h:value/@code", namespaces=HL7)
            of_stratum = found.setdefault((measure_id, stratum), {})
            of_stratum[code] = _count(one)
            for number, element in _ELEMENTS.items():
                of_stratum[code, element] = {
                    _category(supplement): _count(supplement)
                    for supplement in one.xpath(_having(number, "h:entryRelationship/h:observation"), namespaces=HL7)
                }
            numerator = one.xpath("string(h:reference/h:externalObservation/h:id/@root)", namespaces=HL7)
            for rate in _observations(organizer, "14"):
                if rate.xpath("string(h:reference/h:externalObservation/h:id/@root)", namespaces=HL7) == numerator:
                    of_stratum["rate"] = rate.xpath("string(h:value/@value | h:value/@nullFlavor)", namespaces=HL7)
    return found


def _having(template: str, path: str) -> str:
    return f"{path}[h:templateId/@root='{_TEMPLATE}{template}']"


def _observations(organizer, template: str):
    return organizer.xpath(_having(template, "h:component/h:observation"), namespaces=HL7)


def _count(observation) -> int:
    path = _having("3", "h:entryRelationship/h:observation") + "/h:value/@value"
    (written,) = observation.xpath(path, namespaces=HL7)
    return int(written)


def _category(supplement) -> str:
    value = supplement.find("h:value", HL7)
    translation = value.find("h:translation", HL7)
    return translation.get("code") if translation is not None else value.get("code") or value.get("nullFlavor")


@cache
def _schema():
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "cda" / "infrastructure" / "cda" / "CDA_SDTC.xsd")))


@cache
def _schematron(phase: str):
    rules = etree.parse(str(SCHEMAS / "cms2026" / "EP_CAT_III.sch"))
    for step in ("iso_dsdl_include.xsl", "iso_abstract_expand.xsl"):
        rules = etree.XSLT(etree.parse(str(_STEPS / step)))(rules)
    compiled = etree.XSLT(etree.parse(str(_STEPS / "iso_svrl_for_xslt1.xsl")))(rules, phase=etree.XSLT.strparam(phase))
    # Where the rules' document('voc.xml') is looked for.
    beside = str(SCHEMAS / "cms2026" / "compiled.xsl")
    return etree.XSLT(etree.fromstring(etree.tostring(compiled), base_url=beside))
