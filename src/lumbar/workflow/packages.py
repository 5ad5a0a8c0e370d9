"""The packages a result is made with: this one and everything it needs, with their versions."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

_END_OF_NAME = re.compile(r"[^A-Za-z0-9._-]")


def installed_packages() -> dict[str, str]:
    """The version of each package, by name: `lumbar` and, from package to package, what they require.

    What only an extra requires, or another system, and is not here, is left out.
    """
    versions: dict[str, str] = {}
    waiting = ["lumbar"]
    while waiting:
        found = _installed(waiting.pop())
        if found is None:
            continue
        facts = found.metadata  # parsed each time it is asked for
        name = re.sub(r"[-_.]+", "-", facts["Name"]).lower()
        if name not in versions:
            versions[name] = facts["Version"]
            required = [line for line in facts.get_all("Requires-Dist") or () if "extra ==" not in line]
            waiting += [_END_OF_NAME.split(line, maxsplit=1)[0] for line in required]
    return dict(sorted(versions.items()))


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None
