"""Writes the generated pages of the documentation, from the code and nothing else.

python docs/generate.py            writes docs/generated
python docs/generate.py --check    names the pages that are stale; exit code 1 when there are any
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from pages import code_lists, codes, commands, measures, settings, tables, vocabulary

ROOT = Path(__file__).resolve().parent.parent
GENERATED = ROOT / "docs" / "generated"
NOTE = "<!-- Written by docs/generate.py. Change what it is made from, then `make docs`. -->\n\n"


def pages() -> dict[str, str]:
    """The text of every generated page by its path below the folder, sorted."""
    made = {
        **tables.pages(),
        **measures.pages(),
        **code_lists.pages(),
        **codes.pages(),
        **commands.pages(),
        **vocabulary.pages(),
        **settings.pages(),
        **_specification(),
    }
    return {path: (NOTE + made[path] if path.endswith(".md") else made[path]) for path in sorted(made)}


def stale(folder: Path) -> list[str]:
    """The paths, sorted, that differ from what would be written, are missing, or are no page of ours."""
    wanted = pages()
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    differing = {
        path for path in present & wanted.keys() if (folder / path).read_text(encoding="utf-8") != wanted[path]
    }
    return sorted(differing | (present ^ wanted.keys()))


def write() -> int:
    """Writes every page anew and removes what is none; how many there are."""
    wanted = pages()
    shutil.rmtree(GENERATED, ignore_errors=True)
    for path, text in wanted.items():
        target = GENERATED / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return len(wanted)


def _specification() -> dict[str, str]:
    """The specification tests as pages; they lie with the tests, which are not part of the package."""
    sys.path.insert(0, str(ROOT / "tests" / "lib"))
    from spec_pages import spec_markdown

    return {f"specification/{name}.md": _with_rules_linked(text) for name, text in spec_markdown().items()}


def _with_rules_linked(text: str) -> str:
    """The text with every `RULES §n` leading to section n of the rules page."""
    rules = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    anchors = {
        number: f"{number}-{'-'.join(title.lower().split())}"
        for number, title in re.findall(r"^## (\d+)\. (.+)$", rules, re.MULTILINE)
    }
    return re.sub(r"RULES §(\d+)", lambda cited: f"[{cited[0]}](../../rules.md#{anchors[cited[1]]})", text)


def main() -> int:
    """Runs the command; 1 when `--check` found stale pages."""
    parser = argparse.ArgumentParser(description="Write the generated pages of the documentation.")
    parser.add_argument("--check", action="store_true", help="write nothing; name stale pages")
    parser.add_argument("--folder", type=Path, default=GENERATED, help="what to check; only docs/generated is written")
    given = parser.parse_args()
    if given.check:
        found = stale(given.folder)
        for path in found:
            print(f"stale: {given.folder.name}/{path}")
        if found:
            print("run: make docs")
        return 1 if found else 0
    print(f"wrote {write()} pages to {GENERATED.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
