"""The episodes and their proofs as the page carries them: compact JSON, the proofs compressed."""

import base64
import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.as_json import as_json
from lumbar.explain.proof import Proof
from lumbar.measures.model import PerformanceYear
from lumbar.report import wording
from lumbar.report.figures import plain
from lumbar.tables.clinical import INSTRUMENTS, SCALES
from lumbar.tables.results import TIMEPOINTS

# More episodes than this make a page that opens slowly; the result tables hold them all.
MOST_LISTED = 5_000
MOST_WORSE_LISTED = 1_000
PROOFS_A_BLOCK = 64
_COMPRESSION = 6  # of zlib; 9 takes a third longer for a fourteenth less

# What each row of an episode holds, in order; every value is an index into the list of words, or null.
ROW = (
    "instrument",
    "measure_id",
    "timepoint",
    "window_opens",
    "window_closes",
    "preoperative_score",
    "preoperative_on",
    "postoperative_score",
    "postoperative_on",
    "improvement",
    "status",
    "provisional",
    "code",
    "in_measure",
    "not_in_measure_because",
    "flags",
    "reported_code",
    "reported_agrees",
)
LABELS = {
    "instrument": wording.INSTRUMENT,
    "timepoint": wording.TIMEPOINT,
    "kind": wording.KIND,
    "status": wording.STATUS,
    "payer": wording.PAYER,
    "scale": {scale.name: scale.meaning for scale in SCALES},
    "not_in_measure_because": wording.NOT_IN_MEASURE,
}
_POINTS = ("preoperative_score", "postoperative_score", "improvement")
_POSITION = "position"
EPISODE = ("episode_id", "patient_id", "index_date", "kind", "surgeon_npi", "payer")


def listed_episodes(outcome: pa.Table, at_most: int = MOST_LISTED) -> list[str]:
    """The episode ids the page lists, in its order: those in the measure first, newest first, then by id."""
    keys = ["episode_id", "index_date"]
    episodes = plain(outcome.select([*keys, "in_measure"])).group_by(keys).aggregate([("in_measure", "any")])
    order = [("in_measure_any", "descending"), ("index_date", "descending"), ("episode_id", "ascending")]
    ids: list[str] = episodes.sort_by(order).slice(0, at_most)["episode_id"].to_pylist()
    return ids


def place_of(position: int) -> tuple[int, int]:
    """Where the proof of the episode at a position of the list lies: (block, place in it)."""
    return divmod(position, PROOFS_A_BLOCK)


def proof_blocks(proofs: Iterable[Proof], listed: set[str]) -> tuple[list[str], dict[str, tuple[int, int]]]:
    """The proofs of the listed episodes as compressed blocks, and where each lies: (block, place in it).

    A block is a JSON list, compressed (zlib) and written in base64: the page opens one only when
    a reader unfolds an episode.
    """
    blocks: list[str] = []
    places: dict[str, tuple[int, int]] = {}
    block: list[Proof] = []
    for proof in proofs:
        episode_id = proof.episode_id
        if episode_id in listed and episode_id not in places:
            places[episode_id] = (len(blocks), len(block))
            block.append(shown(proof))
        if len(block) == PROOFS_A_BLOCK:
            blocks.append(packed(block))
            block = []
        if len(places) == len(listed):
            break
    if block:
        blocks.append(packed(block))
    return blocks, places


def episode_list(
    outcome: pa.Table, listed: Sequence[str], places: Mapping[str, tuple[int, int]], rules: PerformanceYear
) -> dict[str, Any]:
    """The listed episodes as JSON values, compact: every value a place in the list of words, or null."""
    rows = _in_order(outcome, listed)
    words: dict[str, int] = {}
    columns = {name: _coded(rows, name, words) for name in (*EPISODE, *ROW)}
    about = list(zip(*(columns[name] for name in EPISODE), strict=True))
    results = list(zip(*(columns[name] for name in ROW), strict=True))
    positions = rows[_POSITION].to_pylist()
    episodes: list[list[Any]] = []
    for position, place in groupby(range(len(positions)), key=positions.__getitem__):
        own_rows = list(place)
        episodes.append([about[own_rows[0]], places.get(listed[position]), [results[at] for at in own_rows]])
    own = {f"{m.id} {s.kind} {s.timepoint}": wording.stratum_label(s) for m in rules.measures for s in m.strata}
    return {
        "episode": EPISODE,
        "row": ROW,
        "words": list(words),
        "episodes": episodes,
        "ownStratum": own,
    }


@dataclass(frozen=True, slots=True)
class Worse:
    """Rows of patients who got worse, newest answer first, and what is left out of them."""

    rows: list[dict[str, Any]]
    n: int
    n_deceased: int


def worse(outcome: pa.Table, rules: PerformanceYear) -> Worse:
    """Every row flagged `worse`, whatever its status; patients known to be dead are counted, not listed.

    Each row has `before`, `after` and `change` beside its columns: points as text, a plus is worse.
    """
    flagged = outcome.filter(pc.match_substring_regex(outcome["flags"], r"(^| )worse( |$)"))
    dead = pc.match_substring_regex(flagged["flags"], r"(^| )deceased( |$)")
    alive = flagged.filter(pc.invert(dead)).sort_by(
        [
            ("postoperative_on", "descending"),
            ("episode_id", "ascending"),
            ("instrument", "ascending"),
            ("timepoint", "descending"),
        ]
    )
    shown = alive.slice(0, MOST_WORSE_LISTED).to_pylist()
    for row in shown:
        row["before"] = wording.score(row["preoperative_score"], row["instrument"])
        row["after"] = wording.score(row["postoperative_score"], row["instrument"])
        row["change"] = wording.signed(-row["improvement"], row["instrument"])
    return Worse(rows=shown, n=alive.num_rows, n_deceased=flagged.num_rows - alive.num_rows)


def safe_json(value: object) -> str:
    """JSON that cannot end or open an element, whatever the values hold."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def packed(value: object) -> str:
    """JSON, compressed (zlib) and written in base64, as a page unpacks it."""
    return base64.b64encode(zlib.compress(as_json(value), _COMPRESSION)).decode()


def shown(proof: Proof) -> Proof:
    """A proof as a page shows it: of the sources of a row only that of the deciding rule, which is `cite`."""
    return replace(proof, rows=tuple(replace(row, sources=()) for row in proof.rows))


def _in_order(outcome: pa.Table, listed: Sequence[str]) -> pa.Table:
    """The rows of the listed episodes in the order of the list, then by instrument and timepoint."""
    order = {
        _POSITION: pc.index_in(outcome["episode_id"], value_set=pa.array(listed, pa.string())),
        "instrument_order": pc.index_in(outcome["instrument"], value_set=pa.array(INSTRUMENTS)),
        "timepoint_order": pc.index_in(outcome["timepoint"], value_set=pa.array(TIMEPOINTS)),
    }
    rows = outcome.select([*EPISODE, *ROW])
    for name, column in order.items():
        rows = rows.append_column(name, column)
    return rows.filter(pc.field(_POSITION).is_valid()).sort_by([(name, "ascending") for name in order])


def _coded(rows: pa.Table, name: str, words: dict[str, int]) -> list[int | None]:
    """A column as places in the list of words, which grows; each different value is put into words once."""
    column = rows[name]
    write: Callable[[Any], str | None] = _text
    if name in _POINTS:
        column = pc.binary_join_element_wise(rows["instrument"], pc.cast(column, pa.string()), " ")
        write = _signed if name == "improvement" else _score
    encoded = column.combine_chunks().dictionary_encode()
    texts = [write(value) for value in encoded.dictionary.to_pylist()]
    places = [None if text is None else words.setdefault(text, len(words)) for text in texts]
    return [None if at is None else places[at] for at in encoded.indices.to_pylist()]


def _score(value: str) -> str | None:
    instrument, points = value.split(" ")
    return wording.score(Decimal(points), instrument) or None


def _signed(value: str) -> str | None:
    instrument, points = value.split(" ")
    return wording.signed(Decimal(points), instrument) or None


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
