"""The sections of a report: what each of them shows, as values for its template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lumbar.codelists.scoring import PRACTICES, scoring_rule
from lumbar.explain.words import day
from lumbar.measures.model import Measure, PerformanceYear, Target
from lumbar.report import charts, episodes, figures, ruleset, wording
from lumbar.scoring import both_scores
from lumbar.scoring.reported import not_holding, reported_codes
from lumbar.statistics.change import change
from lumbar.statistics.disclosure.limits import LEAST_CASES_TO_COMPARE, LEAST_RESPONSE_TO_COMPARE
from lumbar.statistics.reported import STANDINGS
from lumbar.tables.clinical import ODI
from lumbar.tables.results import FLAGS, NOT_IN_MEASURE_REASONS, OVERALL, REJECT_REASONS

_REJECTED_LISTED = 50  # a reason; the rejected table holds them all
_NOT_HOLDING_LISTED = 1_000  # reported codes that do not hold; the outcome table holds them all


@dataclass(frozen=True, slots=True)
class Shown:
    """The result a report shows; `cells` are the counts of `outcome`, known to agree with `rate`."""

    outcome: pa.Table
    rate: pa.Table
    rejected: pa.Table
    run: Mapping[str, Any]
    rules: PerformanceYear
    cells: list[figures.Cell]


def shown_result(
    outcome: pa.Table, rate: pa.Table, rejected: pa.Table, run: Mapping[str, Any], rules: PerformanceYear
) -> Shown:
    """The result as a report shows it. Raises InternalError when the outcome and rate tables disagree."""
    outcome = figures.plain(outcome)
    cells = figures.cells(outcome, rules)
    figures.check_against_rates(cells, rate, rules)
    return Shown(outcome, rate, rejected, run, rules, cells)


def head(shown: Shown) -> dict[str, Any]:
    """What every page says at its top and foot: which result, how large, made with what."""
    return {
        "run": shown.run,
        "as_of": day(date.fromisoformat(str(shown.run["as_of"]))),
        "rules": shown.rules,
        "has_target": any(charts.has_target(measure) for measure in shown.rules.measures),
        "lock": shown.run["rule_set_hash"],
        "size": figures.size(shown.outcome),
        "wording": wording,
    }


def rates(shown: Shown) -> dict[str, Any]:
    """The rate of every measure and stratum with all that belongs beside it, and what it can earn."""
    rules = shown.rules
    tallies = {measure.id: figures.tallies(shown.cells, measure) for measure in rules.measures}
    return {
        "measures": [_measure(measure, tallies[measure.id], shown.rate, rules) for measure in rules.measures],
        "unscored": {practice: scoring_rule("no_benchmark", rules.year, practice) for practice in PRACTICES},
    }


def standing(shown: Shown) -> dict[str, Any]:
    """Where every episode stands, and why those that do not count do not."""
    measures = shown.rules.measures
    return {
        "standings": [_standing(measure, figures.standings(shown.cells, measure)) for measure in measures],
        "reasons": NOT_IN_MEASURE_REASONS,
    }


def scores(shown: Shown) -> dict[str, Any]:
    """The scores before and after, and the clinical reading beside the measure."""
    return {
        "scores": _scores_by_stratum(shown),
        "flags": figures.flag_counts(shown.outcome),
        "flag_meaning": FLAGS,
    }


def worse(shown: Shown) -> dict[str, Any]:
    """The patients who got worse."""
    return {"worse": episodes.worse(shown.outcome, shown.rules)}


def payers(shown: Shown) -> dict[str, Any]:
    """The measures by payer, and by how a score was asked."""
    return {
        "by_payer": _groups(figures.breakdown(shown.cells, shown.rules, lambda cell: cell.payer)),
        "asked": figures.asked(shown.outcome, shown.rules),
    }


def surgeons(shown: Shown) -> dict[str, Any]:
    """The measures by surgeon, in the order of NPI."""
    return {
        "by_surgeon": _groups(figures.breakdown(shown.cells, shown.rules, lambda cell: cell.surgeon_npi)),
        "least_cases": LEAST_CASES_TO_COMPARE,
        "least_response": LEAST_RESPONSE_TO_COMPARE,
    }


def reported(shown: Shown) -> dict[str, Any]:
    """The quality-data codes already in the data, beside the computed ones."""
    return {
        "reported": reported_codes(shown.outcome),
        "reported_meaning": STANDINGS,
        "not_holding": not_holding(shown.outcome, _NOT_HOLDING_LISTED),
    }


def filters(shown: Shown) -> dict[str, Any]:
    """The surgeons and payers that the episodes can be filtered by."""
    return {
        "surgeons": sorted({cell.surgeon_npi or "" for cell in shown.cells}),
        "payers": sorted({cell.payer for cell in shown.cells}),
    }


def left_out(shown: Shown) -> dict[str, Any]:
    """The rejected rows by reason; the input files stand in the run."""
    return {
        "rejected": _rejected(shown.rejected),
        "n_rejected": shown.rejected.num_rows,
        "reject_reasons": REJECT_REASONS,
    }


def rule_set(shown: Shown) -> dict[str, Any]:
    """The rules, their sources, and what is not certain of them."""
    rules = shown.rules
    return {
        "doubts": ruleset.doubts(rules, shown.run["policy"]["postoperative"]),
        "sourced": ruleset.sourced_rules(rules),
        "strata": ruleset.stratum_rules(rules),
        "code_lists": ruleset.code_list_standings(rules),
    }


def _measure(
    measure: Measure, tallies: dict[str, figures.Tally], rate: pa.Table, rules: PerformanceYear
) -> dict[str, Any]:
    own = [row for row in rate.to_pylist() if row["measure_id"] == measure.id]
    rows = [
        {
            "label": wording.rate_label(row["stratum"], measure.strata),
            "tally": tallies[row["stratum"]],
            "rate": wording.percent(row["rate"]),
            "interval": wording.percent_range(row["rate_low"], row["rate_high"]),
            "bounds": wording.percent_range(row["bound_low"], row["bound_high"]),
            "response": wording.percent(row["response_rate"]),
            "mean_change": row["mean_change"],
            "overall": row["stratum"] == OVERALL,
        }
        for row in own
    ]
    said = "; ".join(
        f"{row['label']}: {row['rate']}, interval {row['interval']}, bounds {row['bounds']}" for row in rows
    )
    name = f"rate-{measure.id}"
    svg = charts.described(
        charts.rate_chart(measure, tallies),
        name,
        f"{measure.title}: share {'that met the target' if charts.has_target(measure) else ruleset.met_words(measure)}",
        f"{said}. The same figures stand in the table of rates.",
    )
    return {
        "measure": measure,
        "rows": rows,
        "svg": svg,
        "target": ruleset.target_words(measure),
        "kind": f", {wording.stratum_label(measure.strata[0])}" if len(measure.strata) == 1 else "",
        "met": ruleset.met_words(measure),
        "too_few": next(both_scores.words(measure, row) for row in own if row["stratum"] == OVERALL),
        "case_minimum_reached": tallies[OVERALL].closed >= rules.case_minimum,
    }


def _standing(measure: Measure, standings: dict[str, dict[str, int]]) -> dict[str, Any]:
    columns = [(wording.rate_label(name, measure.strata), row) for name, row in standings.items()]
    said = "; ".join(
        f"{label}: " + ", ".join(f"{row.get(status, 0)} {wording.STATUS[status]}" for status in charts.STATUS_MARK)
        for label, row in columns
    )
    name = f"standing-{measure.id}"
    svg = charts.described(
        charts.standing_chart(measure, standings), name, f"{measure.title}: where every episode stands", f"{said}."
    )
    return {"measure": measure, "columns": columns, "svg": svg, "marks": charts.STATUS_MARK}


def _scores_by_stratum(shown: Shown) -> dict[str, list[dict[str, Any]]]:
    """Per stratum in words, one entry per measure that has it: instruments stand side by side."""
    by_stratum: dict[str, list[dict[str, Any]]] = {}
    for measure in shown.rules.measures:
        kind = ODI if measure.instrument == ODI else "pain"
        responder, worse = (Decimal(shown.run["policy"][f"{reading}_{kind}"]) for reading in ("responder", "worse"))
        for stratum in measure.strata:
            pair = figures.before_after(shown.outcome, measure, stratum)
            changed = change(pair.improvement.values, responder, worse)
            by_stratum.setdefault(wording.stratum_label(stratum), []).append({**_scores(pair), "change": changed})
    return by_stratum


def _scores(pair: figures.BeforeAfter) -> dict[str, Any]:
    target = pair.measure.target.at_most if isinstance(pair.measure.target, Target) else None
    label = f"{wording.INSTRUMENT[pair.measure.instrument]}, {wording.stratum_label(pair.stratum)}"
    name = f"scores-{pair.measure.id}-{pair.stratum.name}"
    if not pair.before.n:
        return {"pair": pair, "label": label, "svg": "", "bins": [], "at_target": None}
    at_target = None if target is None else (target, pair.before.at_most(target), pair.after.at_most(target))
    before, after = (f"median {wording.points(side.median)}" for side in (pair.before, pair.after))
    if at_target:
        before, after = f"{before}, {at_target[1]} at {target} or less", f"{after}, {at_target[2]} at {target} or less"
    said = (
        f"{pair.before.n} patients with both scores. Before: {before}. After: {after}. "
        "The counts stand in the table below the chart."
    )
    svg = charts.described(charts.before_after_chart(pair), name, f"{label}: scores before and after", said)
    return {"pair": pair, "label": label, "svg": svg, "bins": charts.score_bins(pair), "at_target": at_target}


def _groups(
    broken_down: list[tuple[Measure, list[tuple[str | None, dict[str, figures.Tally]]]]],
) -> list[dict[str, Any]]:
    return [
        {
            "measure": measure,
            "groups": [
                (
                    group,
                    [(wording.rate_label(name, measure.strata), t, name == OVERALL) for name, t in by_stratum.items()],
                )
                for group, by_stratum in groups
            ],
        }
        for measure, groups in broken_down
    ]


def _rejected(rejected: pa.Table) -> list[dict[str, Any]]:
    """Per reason in the order reasons apply: how many by file and table, and the first rows of it."""
    rejected = figures.plain(rejected)
    keys = ["reason", "source", "table"]
    counted = rejected.select(keys).group_by(keys).aggregate([([], "count_all")])
    counted = counted.sort_by([("source", "ascending"), ("table", "ascending")]).to_pylist()
    in_order = rejected.sort_by([("source", "ascending"), ("line", "ascending"), ("table", "ascending")])
    result = []
    for reason in REJECT_REASONS:
        by_file = [row for row in counted if row["reason"] == reason]
        if by_file:
            rows = in_order.filter(pc.equal(in_order["reason"], reason)).slice(0, _REJECTED_LISTED).to_pylist()
            n = sum(row["count_all"] for row in by_file)
            result.append({"reason": reason, "n": n, "by_file": by_file, "rows": rows})
    return result
