"""What a file says of itself beside its rows: how it was made, how much it shows, how to read it."""

from lumbar.exports.leaving import Leaving, unfinished
from lumbar.exports.outcomes.privacy import Privacy
from lumbar.tables.results import NOT_RECOVERED

PRIVACY_WORDS = {
    Privacy.IDENTIFIED: "identified patients: the rows of the table outcome that count in a measure, as they are",
    Privacy.LIMITED: "limited data set, 45 CFR 164.514(e): leaves under a data use agreement alone",
    Privacy.DEIDENTIFIED: "de-identified, safe harbor, 45 CFR 164.514(b)(2)",
}


def facts_of(leaving: Leaving, privacy: Privacy) -> dict[str, str]:
    """The facts by name, all text; nothing of an input file, and of a de-identified file no surgeon.

    `interim` is among them while the result may still change.
    """
    run = leaving.run
    surgeon = {} if leaving.npi is None or privacy is Privacy.DEIDENTIFIED else {"surgeon_npi": leaving.npi}
    reasons = unfinished(leaving)
    interim = {"interim": "; ".join(reasons)} if reasons else {}
    return {
        "note": NOT_RECOVERED,
        **interim,
        "privacy": PRIVACY_WORDS[privacy],
        "rows": "in the measure only; excluded operations are not among them",
        "performance_year": str(leaving.rules.year),
        "measures": ", ".join(measure.id for measure in leaving.rules.measures),
        **surgeon,
        "as_of": run["as_of"],
        "dated": leaving.on.isoformat(),
        "policy": "; ".join(f"{name} = {str(choice).lower()}" for name, choice in run["policy"].items()),
        "rule_set": run["rule_set"],
        "rule_set_hash": run["rule_set_hash"],
        "made_with": f"{run['package']} {run['version']}",
    }
