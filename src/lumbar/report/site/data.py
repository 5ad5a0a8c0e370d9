"""The data of the site: blocks, each a script that hands its block to the page that asked for it."""

import json
from collections.abc import Iterator

from lumbar.report import episodes
from lumbar.report.sections import Shown
from lumbar.report.site.pages import listed_in_site


def data_file(name: str, packed: str) -> tuple[str, str]:
    """The file of a block in the folder of the site, and its text."""
    return f"data/{name}.js", f"lumbarBlock({json.dumps(name)}, {json.dumps(packed)});\n"


def episode_block(shown: Shown) -> tuple[str, str]:
    """The list of episodes as a data file."""
    listed = listed_in_site(shown)
    places = {episode_id: episodes.place_of(position) for position, episode_id in enumerate(listed)}
    return data_file("episodes", episodes.packed(episodes.episode_list(shown.outcome, listed, places, shown.rules)))


def shares(listed: list[str]) -> Iterator[list[str]]:
    """The listed episodes in shares of whole blocks, small enough that progress is seen."""
    size = episodes.PROOFS_A_BLOCK * 16
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
