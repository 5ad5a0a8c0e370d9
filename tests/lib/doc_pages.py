"""The documentation as tests see it: pages, their code blocks, and the commands they show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs" / "generated"

_FENCE = re.compile(r"^(?P<mark>`{3,})(?P<language>[a-z]*)\n(?P<text>.*?)^(?P=mark)$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(lumbar(?: [^`]+)?)`")
_END_OF_COMMAND = {"|", "||", "&&", ";", ">", ">>"}


@dataclass(frozen=True)
class Block:
    """A fenced code block: its language, its text, and the line of the page its text starts at."""

    language: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """One Markdown page, by its path from the root of the project."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def blocks(self, *languages: str) -> list[Block]:
        """The fenced blocks in the page's order, of these languages or of all."""
        found = [
            Block(match["language"], match["text"], self.text.count("\n", 0, match.start("text")) + 1)
            for match in _FENCE.finditer(self.text)
        ]
        return [block for block in found if not languages or block.language in languages]

    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def commands(self) -> Iterator[list[str]]:
        """Every `lumbar …` shown, in shell blocks and inline, as its words after `lumbar`."""
        lines = [line for block in self.blocks("sh") for line in block.text.splitlines()]
        for shown in [*lines, *_INLINE.findall(self.prose())]:
            words = shlex.split(shown, comments=True)
            if words[:1] == ["lumbar"]:
                end = next((n for n, word in enumerate(words) if word in _END_OF_COMMAND), len(words))
                yield words[1:end]


def pages(generated: bool = False) -> list[Page]:
    """The pages written by hand, sorted by name; those made from the code on request."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [Page(path) for path in sorted(found) if generated or GENERATED not in path.parents]
