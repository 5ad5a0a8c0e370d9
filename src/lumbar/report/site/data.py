"""The data of the site: blocks, each a script that hands its block to the page that asked for it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lumbar.followup.path import PatientPath
from lumbar.report import episodes, path_words
from lumbar.report.path_page import path_sections
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


def path_entry(path: PatientPath, run: Mapping[str, Any]) -> dict[str, str]:
    """An episode's page in its block: its title and its sections, as the page of one operation shows them."""
    return {"episode_id": path.episode_id, "title": path_words.title(path), "sections": path_sections(path, run)}


def shares(listed: list[str]) -> Iterator[list[str]]:
    """The listed episodes in shares of whole blocks, small enough that progress is seen."""
    size = episodes.PROOFS_A_BLOCK * 16
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
