"""How long work tells where it is."""

from collections.abc import Callable

OnProgress = Callable[[str, str], None]  # stage and what is being worked on


def silent(stage: str, item: str) -> None:
    """Progress nobody watches."""
