"""Postoperative outcome measurement for lumbar surgery.

import lumbar

result = lumbar.evaluate("records/", year=2026, as_of="2026-11-21")
result.rate  # Arrow tables: any dataframe library takes them
print(result.explain("p01@2025-03-04"))
result.save("result/")
"""

from typing import TYPE_CHECKING, Any

from lumbar.errors import LumbarError
from lumbar.version import __version__

if TYPE_CHECKING:
    from lumbar.workflow import Result, evaluate
    from lumbar.workflow import stored as open_result

__all__ = ["LumbarError", "Result", "__version__", "evaluate", "open_result"]

# Loaded when first asked for, so that `lumbar --help` and `import lumbar` stay quick.
_LATER = {"Result": "Result", "evaluate": "evaluate", "open_result": "stored"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        from lumbar import workflow

        return getattr(workflow, _LATER[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
