"""The page of surgeons: how far a rate may lie from the clinic's by chance alone, without a rank."""

from typing import Any

from lumbar.measures.model import Measure, Stratum
from lumbar.report import charts, figures, sections, wording
from lumbar.report.process_charts import funnel_chart
from lumbar.statistics.funnel import Funnel, funnel

_PLACE = {
    "within": "within both",
    "below_95": "below the inner",
    "above_95": "above the inner",
    "below_998": "below the outer",
    "above_998": "above the outer",
}


def surgeons(shown: sections.Shown) -> dict[str, Any]:
    """The funnel of every measure and stratum, and the table of every surgeon in the order of NPI.

    Strata apart: who does more fusions than others would else seem to differ from them.
    """
    funnels = [_funnel(shown.cells, measure, stratum) for measure in shown.rules.measures for stratum in measure.strata]
    return {**sections.surgeons(shown), "funnels": funnels}


def tallies_by_surgeon(
    cells: list[figures.Cell], measure: Measure, stratum: Stratum
) -> list[tuple[str, figures.Tally]]:
    """The tally of every known surgeon in one stratum, in the order of NPI."""
    own = [cell for cell in cells if (cell.measure_id, cell.stratum) == (measure.id, stratum.name)]
    npis = sorted({cell.surgeon_npi for cell in own if cell.surgeon_npi})
    return [(npi, figures.tally(cell for cell in own if cell.surgeon_npi == npi)) for npi in npis]


def _funnel(cells: list[figures.Cell], measure: Measure, stratum: Stratum) -> dict[str, Any]:
    """Those with enough cases and answers to be drawn (RULES §10), and how many others there are."""
    whole = figures.tally(cell for cell in cells if (cell.measure_id, cell.stratum) == (measure.id, stratum.name))
    known = [(npi, tally) for npi, tally in tallies_by_surgeon(cells, measure, stratum) if tally.closed]
    compared = [(npi, tally) for npi, tally in known if tally.may_be_compared]
    found = funnel([(tally.met, tally.closed) for _, tally in compared], whole.rate)
    rows = [
        {"npi": npi, "tally": tally, "limits": unit.widened, "place": _PLACE[unit.place_widened or "within"]}
        for (npi, tally), unit in zip(compared, found.units, strict=True)
    ]
    return {
        "measure": measure,
        "stratum": stratum,
        "label": wording.stratum_label(stratum),
        "rows": rows,
        "n_left_out": len(known) - len(compared),
        "target": whole.rate,
        "is_widened": bool(found.dispersion.tau_squared),
        "svg": _drawn(measure, stratum, found, [npi for npi, _ in compared]) if compared else "",
    }


def _drawn(measure: Measure, stratum: Stratum, found: Funnel, npis: list[str]) -> str:
    name = f"funnel-{measure.id}-{stratum.name}"
    said = "; ".join(
        f"{npi}: {unit.n} cases, {wording.percent(unit.rate)}, {_PLACE[unit.place_widened or 'within']} limits"
        for npi, unit in zip(npis, found.units, strict=True)
    )
    return charts.described(
        funnel_chart(found, npis, name),
        name,
        f"{measure.title}, {wording.stratum_label(stratum)}: surgeons’ rates among the limits of chance",
        f"{said}. The same figures stand in the table below.",
    )
