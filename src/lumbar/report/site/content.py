"""What the site is made from."""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from lumbar.followup.persistent_pain import PersistentPain
from lumbar.measures.policy import Policy
from lumbar.report.sections import Shown


@dataclass(frozen=True, slots=True)
class Content:
    """A result as the site shows it: its tables, a clinical table by its name, its policy, and who is not well."""

    shown: Shown
    clinical: Callable[[str], pa.Table]
    policy: Policy
    pain: PersistentPain
