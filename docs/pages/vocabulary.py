"""The closed vocabularies a result is written in: statuses, reasons, flags, payers."""

from lumbar.report import wording
from lumbar.tables.clinical import PAYERS
from lumbar.tables.results import FLAGS, NOT_IN_MEASURE_REASONS, REJECT_REASONS, STATUSES
from pages.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """One page with every vocabulary."""
    return {
        "words-of-a-result.md": page(
            "# Words of a result",
            "",
            "Every word a result can hold. The lists are closed: a result with another word is a fault.",
            "",
            "## Status",
            "",
            "Every episode, instrument and timepoint has exactly one.",
            "",
            *table(("status", "means"), ((code(s), plain(wording.STATUS_MEANING[s])) for s in STATUSES)),
            "## Why a row is not in the measure",
            "",
            "The first that applies, in this order.",
            "",
            *table(("reason", "means"), ((code(r), wording.NOT_IN_MEASURE[r]) for r in NOT_IN_MEASURE_REASONS)),
            "## Flags",
            "",
            "Beside the status, in alphabetical order. A flag never changes a status.",
            "",
            *table(("flag", "means"), ((code(flag), plain(means)) for flag, means in sorted(FLAGS.items()))),
            "## Why a record was rejected",
            "",
            "The first that applies, in this order. A rejected record is kept with file and line, not its contents.",
            "",
            *table(("reason", "means"), ((code(reason), plain(means)) for reason, means in REJECT_REASONS.items())),
            "## Payers",
            "",
            *table(("payer", "means"), ((code(payer), wording.PAYER[payer]) for payer in PAYERS)),
        )
    }
