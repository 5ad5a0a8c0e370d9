"""Which operations are audited: those named, or some drawn so that anybody draws the same again."""

import hashlib
from collections.abc import Collection, Sequence

from lumbar.errors import UnknownEpisodeError, UsageError

_PLACES_NAMED = 10


def named(wanted: Sequence[str], known: Collection[str]) -> list[str]:
    """The episodes named, each once, in their order.

    Raises UsageError for none, UnknownEpisodeError for ids the result does not have: by their place, for an id
    may hold a patient's number.
    """
    if not wanted:
        raise UsageError("no operation is named; an audit pack needs at least one")
    places = [place for place, episode_id in enumerate(wanted, start=1) if episode_id not in known]
    if places:
        first = ", ".join(map(str, places[:_PLACES_NAMED])) + (", …" if len(places) > _PLACES_NAMED else "")
        raise UnknownEpisodeError(
            f"{len(places):,} of the {len(wanted):,} operations named are not in the result (by place: {first}); "
            "an id is <patient_id>@<YYYY-MM-DD>, with the date of the procedure"
        )
    return list(dict.fromkeys(wanted))


def ids_of_list(text: str) -> list[str]:
    """The ids of a list, one a line; blank lines are passed over."""
    return [line.strip() for line in text.removeprefix("\ufeff").splitlines() if line.strip()]


def drawn(population: Collection[str], n: int, seed: int) -> list[str]:
    """`n` of the operations, as if at random: those whose SHA-256 of `seed:episode id` comes first.

    Neither order nor software matters, and a larger sample of the same seed begins with the smaller one.
    Raises UsageError when there are fewer.
    """
    if n > len(population):
        raise UsageError(f"a sample of {n:,} cannot be drawn: {len(population):,} operations count in the measures")
    return sorted(population, key=lambda episode_id: (_rank(seed, episode_id), episode_id))[:n]


def _rank(seed: int, episode_id: str) -> str:
    return hashlib.sha256(f"{seed}:{episode_id}".encode()).hexdigest()
