"""What an independent validator of X12 says of a file: the statuses in its 999, never how its process ends."""

import io
import logging
from typing import NamedTuple

import pyx12.params
import pyx12.x12file
import pyx12.x12n_document


class Acknowledged(NamedTuple):
    """IK5 of each transaction set and AK9 of the functional group; A is accepted."""

    sets: list[str]
    group: str

    @property
    def accepted(self) -> bool:
        return bool(self.sets) and set(self.sets) == {"A"} and self.group == "A"


def acknowledged(text: str) -> Acknowledged:
    """The validator's 999 on a file, read segment by segment."""
    answer = io.StringIO()
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), answer, None)
    segments = [part.strip().split("*") for part in answer.getvalue().split("~")]
    groups = [segment[1] for segment in segments if segment[0] == "AK9"]
    return Acknowledged([segment[1] for segment in segments if segment[0] == "IK5"], groups[0] if groups else "none")


def segments_of(text: str) -> list[list[str]]:
    """Every segment of a file as its elements, by the validator's own reader."""
    return [
        [segment.get_seg_id(), *(segment.get_value(f"{place:02d}") or "" for place in range(1, len(segment) + 1))]
        for segment in pyx12.x12file.X12Reader(io.StringIO(text))
    ]
