"""The choices the specification leaves open, each a named field with its default."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from lumbar.errors import MappingError

LATEST = "latest"
NEAREST = "nearest"
EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class Policy:
    """Open choices; every output names the ones it was made with. Thresholds are in points."""

    postoperative: str = LATEST
    proxy: str = "reject"
    include_unverified_procedures: bool = False
    responder_pain: Decimal = Decimal("2.0")
    responder_odi: Decimal = Decimal(10)
    worse_pain: Decimal = Decimal("2.0")
    worse_odi: Decimal = Decimal(10)

    def as_json(self) -> dict[str, Any]:
        """The choices as JSON values; thresholds as text, so that nothing is rounded."""
        return {k: str(v) if isinstance(v, Decimal) else v for k, v in asdict(self).items()}


_ALLOWED = {"postoperative": (LATEST, NEAREST, EARLIEST), "proxy": ("reject", "count")}

DEFAULT_POLICY_TOML = """\
# The choices the specification leaves open. Every result names the ones it was made with.

# Which score counts when several lie in a postoperative window:
# "latest", "nearest" (to three or twelve months; the later when equally near) or "earliest".
postoperative = "latest"

# A score answered by somebody else than the patient: "reject" or "count".
proxy = "reject"

# CPT 63056 is a candidate of unverified standing. true lets it start an episode.
include_unverified_procedures = false

# Improvement from which a patient is called a responder (Ostelo consensus), in points.
responder_pain = "2.0"
responder_odi = "10"

# Worsening from which a patient is shown for follow-up whatever the measure says, in points.
# It may be lowered, not raised.
worse_pain = "2.0"
worse_odi = "10"
"""


def parse_policy(text: str) -> Policy:
    """The policy a TOML text describes, defaults for what it leaves out.

    Raises MappingError for an unknown key or a value that is not allowed.
    """
    try:
        given = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"policy: not valid TOML: {error}") from None
    known = {field.name for field in fields(Policy)}
    for key in given:
        if key not in known:
            raise MappingError(f"policy: unknown key {key!r}; known keys: {', '.join(sorted(known))}")
    return replace(Policy(), **{key: _value(key, value) for key, value in given.items()})


def policy_toml(choices: Mapping[str, object]) -> str:
    """Choices as `Policy.as_json` gives them as TOML that `parse_policy` reads."""
    return "".join(
        f"{key} = {str(value).lower()}\n" if isinstance(value, bool) else f'{key} = "{value}"\n'
        for key, value in choices.items()
    )


def recorded_policy(choices: Mapping[str, object]) -> Policy:
    """The policy that `Policy.as_json` wrote down. Raises MappingError for one that this version does not know."""
    return parse_policy(policy_toml(choices))


def _value(key: str, value: object) -> Any:
    if key in _ALLOWED:
        if value not in _ALLOWED[key]:
            raise MappingError(f"policy: {key} must be one of {', '.join(_ALLOWED[key])}")
        return value
    if key == "include_unverified_procedures":
        if not isinstance(value, bool):
            raise MappingError(f"policy: {key} must be true or false")
        return value
    try:
        threshold = Decimal(str(value))
    except InvalidOperation:
        raise MappingError(f"policy: {key} must be a number of points, as text") from None
    if isinstance(value, bool) or not threshold.is_finite() or threshold <= 0:
        raise MappingError(f"policy: {key} must be a number of points above 0, as text")
    if key.startswith("worse_") and threshold > getattr(Policy(), key):
        raise MappingError(f"policy: {key} may be lowered, not raised: nobody who got worse is hidden")
    return threshold
