"""How long work tells where it is."""

from collections.abc import Callable

# Hears the stage and what is being worked on. Reading tells it from threads of its own, several files at once.
OnProgress = Callable[[str, str], None]


def silent(stage: str, item: str) -> None:
    """Progress nobody watches."""
