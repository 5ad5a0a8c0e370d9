"""A rate in words, and what always stands beside one (RULES §7)."""

from lumbar.statistics.intervals import wilson


def rate_words(met: int, judged: int, not_assessed: int) -> str:
    """The rate, its interval, who responded, and what the rate were had all the others met; counts in operations.

    `judged` are the met and the not met, `not_assessed` those of the not met who gave no score.
    """
    if not judged:
        return "undefined: nobody is judged or closed"
    low, high = wilson(met, judged)
    return (
        f"{share(met, judged)}, {met:,} of {judged:,} met (95 % interval {100 * low:.1f} to {100 * high:.1f} %); "
        f"{share(judged - not_assessed, judged)} responded, and had all the others met it were "
        f"{share(met + not_assessed, judged)}"
    )


def share(part: int, whole: int) -> str:
    """A share in percent, or that there is none."""
    return f"{100 * part / whole:.1f} %" if whole else "undefined"
