"""The data of the site: blocks, each a script that hands its block to the page that asked for it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lumbar.followup.path import PatientPath
from lumbar.report import episodes, path_words
from lumbar.report.path_page import path_sections
from lumbar.report.site.content import Content

DATA_FOLDER = "data"


def data_script(name: str, packed: str) -> str:
    """The file of a block in the folder of data, by its name."""
    return f"lumbarBlock({json.dumps(name)}, {json.dumps(packed)});\n"


def episode_block(content: Content) -> str:
    """The list of episodes as a block."""
    listed, shown = content.listed, content.shown
    places = {episode_id: episodes.place_of(position) for position, episode_id in enumerate(listed)}
    return episodes.packed(episodes.episode_list(shown.outcome, listed, places, shown.rules))


def path_entry(path: PatientPath, run: Mapping[str, Any]) -> dict[str, str]:
    """An episode's page in its block: its title and its sections, as the page of one operation shows them."""
    surgeon = f"surgeon {path.surgeon_npi}" if path.surgeon_npi else "no surgeon recorded"
    return {
        "episode_id": path.episode_id,
        "title": path_words.title(path),
        "about": f"Patient {path.patient_id}, {surgeon}. {path_words.contact(path)}".removesuffix(". "),
        "sections": path_sections(path, run),
    }


def shares(listed: list[str]) -> Iterator[list[str]]:
    """The listed episodes in shares of whole blocks, small enough that progress is seen."""
    size = episodes.PROOFS_A_BLOCK * 32
    for start in range(0, len(listed), size):
        yield listed[start : start + size]
