"""The full current ICD-10-CM list, from the installed `simple-icd-10-cm`.

The dated rows beside this file know this field's codes on any day; this list knows every code, as of the release the
package carries, and nothing of the past. Loading takes seconds, so it happens at the first question asked.
"""

import warnings
from functools import cache
from importlib.metadata import version
from types import ModuleType


def is_code(code: str) -> bool:
    """Whether it is a code of the list, a header too; chapters and blocks are none. The dot may be left out."""
    return bool(_package().is_category_or_subcategory(code))


def is_billable(code: str) -> bool:
    """Whether it is a code with nothing beneath it, which a claim can carry."""
    return is_code(code) and bool(_package().is_leaf(code))


def title(code: str) -> str:
    """The title of a code with its seventh character's meaning; empty for what is not on the list."""
    return str(_package().get_description(code)) if is_code(code) else ""


def edition() -> str:
    """The package and version the list comes from."""
    return f"simple-icd-10-cm {version('simple-icd-10-cm')}"


@cache
def _package() -> ModuleType:
    # Its loader calls a function that Python 3.11 and 3.12 call deprecated and 3.13 does not.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import simple_icd_10_cm

    package: ModuleType = simple_icd_10_cm
    return package
