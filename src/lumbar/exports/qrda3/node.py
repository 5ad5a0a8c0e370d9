"""Elements of a clinical document, built from the inside out with the standard library."""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree

from lumbar.codelists.qrda3 import templates

Node = ElementTree.Element

LOINC = "2.16.840.1.113883.6.1"
SNOMED = "2.16.840.1.113883.6.96"
ACT_CODE = "2.16.840.1.113883.5.4"
TYPE = "xsi:type"


def node(tag: str, attributes: Mapping[str, str] | None = None, *children: Node, text: str | None = None) -> Node:
    """An element with its attributes, then its text or its children."""
    made = ElementTree.Element(tag, dict(attributes or {}))
    made.text = text
    made.extend(children)
    return made


def template_ids(part: str) -> Iterable[Node]:
    """The templateId elements of a part of the file."""
    for template in templates(part):
        extension = {"extension": template.extension} if template.extension else {}
        yield node("templateId", {"root": template.root, **extension})


def coded(tag: str, code: str, system: str, label: str | None = None) -> Node:
    """An element that holds a code of a system (an OID)."""
    return node(tag, {"code": code, "codeSystem": system, **({"displayName": label} if label else {})})


def completed() -> Node:
    """The status of everything in the file."""
    return node("statusCode", {"code": "completed"})


def document_text(root: Node, comment: str) -> str:
    """The document as text, indented, with a comment above it; the same nodes always give the same text."""
    ElementTree.indent(root, " ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {comment} -->\n{body}\n'
