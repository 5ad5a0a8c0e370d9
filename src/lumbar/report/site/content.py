"""What the site is made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from lumbar.followup.ledger import Ledger
from lumbar.followup.persistent_pain import PersistentPain
from lumbar.followup.worklist import Worklist
from lumbar.measures.policy import Policy
from lumbar.report.sections import Shown


@dataclass(frozen=True, slots=True)
class Content:
    """A result as the site shows it: its tables and policy, a clinical table by name, and what follow-up makes of it.

    `listed` are the ids of the episodes listed, in their order: in the site an episode is known by its place there.
    """

    shown: Shown
    clinical: Callable[[str], pa.Table]
    policy: Policy
    pain: PersistentPain
    worklist: Worklist
    ledger: Ledger
    listed: Sequence[str]
