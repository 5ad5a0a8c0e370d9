"""The files of a source and how large they are."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def file_sizes(source: Path) -> Iterator[tuple[Path, int]]:
    """Every file in a folder at any depth, or the one file, with its bytes.

    For estimates: what cannot be looked at, or is gone meanwhile, is left out.
    """
    paths = [source] if source.is_file() else (Path(at, name) for at, _, names in os.walk(source) for name in names)
    for path in paths:
        with suppress(OSError):
            yield path, path.stat().st_size
