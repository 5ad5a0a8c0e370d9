"""One patient yet to be drawn: which stream, which story, under which rules, up to which day."""

import random
from dataclasses import dataclass
from datetime import date

from lumbar.measures.model import PerformanceYear


@dataclass(frozen=True, slots=True)
class Case:
    """The stream and the frame of one patient; `story` names what is special, empty for most."""

    draw: random.Random
    number: int
    story: str
    rules: PerformanceYear
    as_of: date
