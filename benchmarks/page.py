"""Write docs/benchmarks.md from the figures in benchmarks/results: no number on that page is typed by hand.

python benchmarks/page.py            write the page
python benchmarks/page.py --check    exit 1 when the page is stale
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
PICTURES = PAGE.parent / "images"
NAMES = ("fhir-100000", "tables-1000000", "spark-1000000")
WHAT = {
    "fhir": "FHIR bulk export (NDJSON)",
    "tables": "Parquet tables",
    "spark": "Parquet tables, on Spark",
}

INTRODUCTION = """\
# Benchmarks

How long `lumbar evaluate` takes beside a query that a competent analyst would write by hand over the same files,
beside the mere parsing of those files, and beside the open measure engines of today. `make bench` repeats it at a small
size; `FULL=1 make bench` at the size of this page. The data are generated, the same for everybody with the same seed.
This page is written by `benchmarks/page.py` from the files in `benchmarks/results`.
"""

METHOD = """\
## How it is measured

- Each side is a whole process: start, read, compute, write the result, end. Wall time is the clock's; CPU seconds
  and the highest resident memory are the kernel's account of that process.
- One unmeasured run of each first, so that the files are in the page cache for all. Then floor, hand-written, lumbar,
  floor, hand-written, lumbar, and so on. A ratio is taken within each round; the figure is the median of the ratios.
- **Nothing is reported unless both sides agree**: for FHIR on eligible, met, not met and rate of measure 459 in every
  stratum; for tables on all rates of 459, 461 and 471, and on kind, windows, scores, improvement, status, code and
  place in the measure of every single row.

## What each side does

| | floor | hand-written, FHIR | hand-written, tables | lumbar |
|---|---|---|---|---|
| measures | none | 459 | 459, 461, 471 | 459, 461, 471 |
| timepoints | none | the kind's own | both, with codes | both, with codes |
| what is read | every byte, nothing kept | Patient, Procedure, Condition, Observation | all but coverage | all |
| unreadable lines | skipped | skipped, and with each the line after it | none | counted, with file and line |
| every row accounted for | no | no | no | yes, with a reason for each rejected row |
| one id with different contents, duplicates | no | no | no | found and rejected |
| time of day on the day of operation | no | no | no | yes |
| surgeon, payer, flags, score ids, reported codes | no | no | no | yes |
| proof of each result (`lumbar explain`) | no | no | no | yes: the records of every operated patient are written too |
| fingerprint of every input file | no | no | no | blake3 |
| intervals, bounds, response rate | no | no | no | yes |
| other years, measures, mappings, policies | no | rewritten | rewritten | arguments |

The hand-written queries use the same engine (DuckDB), the same number of threads, read only the columns they need,
and skip whatever the data do not need: the generated data hold no operation and score on one day in the wrong order,
and an unreadable line is always followed by one of no concern, so that what their reader loses costs them no score.
"""


def facts(name: str) -> dict[str, Any] | None:
    path = HERE / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def verdict(label: str, value: float, target: float | None, unit: str) -> str:
    if target is None:
        return f"{label}: {value:,.0f}{unit}, no target set."
    word = "met" if value <= target else "**not met**"
    shown = f"{value:.2f}" if unit == "" else f"{value:,.0f}{unit}"
    return f"{label}: {shown}, target at most {target:g}{unit}: {word}."


def _rounds(figures: dict[str, Any]) -> str:
    n_rounds = len(figures["wall_ratio_of_each_pair"])
    return "1 round" if n_rounds == 1 else f"{n_rounds} rounds; medians"


def section(figures: dict[str, Any]) -> str:
    """One source's figures."""
    size = f"{int(figures['name'].split('-')[-1]):,} {'patients' if figures['source'] == 'fhir' else 'operations'}"
    lines = [
        f"## {WHAT[figures['source']]}, {size}",
        "",
        f"{figures['input_bytes'] / 1e6:,.0f} MB of input; {_rounds(figures)}.",
        "",
        "| side | wall, s | CPU, s | highest memory, MB |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| {side.replace('handwritten', 'hand-written')} "
        f"| {cost['wall_s']:.2f} | {cost['cpu_s']:.2f} | {cost['peak_mb']:,.0f} |"
        for side, cost in figures["median"].items()
    ]
    ratios = ", ".join(f"{ratio:.2f}" for ratio in figures["wall_ratio_of_each_pair"])
    median = figures["median"]
    floor = median["lumbar"]["wall_s"] / median["floor"]["wall_s"] if "floor" in median else None
    lines += [
        "",
        "- " + verdict("Wall time, lumbar over hand-written", figures["wall_ratio"], figures["target_wall_ratio"], ""),
        f"- Round by round: {ratios}.",
        "- " + verdict("Highest memory", figures["median"]["lumbar"]["peak_mb"], figures["target_peak_mb"], " MB"),
        *([] if floor is None else [f"- Over the floor: {floor:.1f} times."]),
        "",
    ]
    return "\n".join(lines)


def peers_section(peers: dict[str, Any], fhir: dict[str, Any]) -> str:
    """Patients a second beside those of other engines, whole processes."""
    lines = [
        "## Beside other measure engines",
        "",
        "![Patients a second of each engine](images/benchmarks-throughput.svg)",
        "",
        "Each engine judges patients of the same generator, at the number of patients it is best at of those tried;",
        "its counts of measure 459 must equal lumbar's. They judge one measure; lumbar judges three, with proofs.",
        "",
        "| engine | patients | patients a second | highest memory, MB | lumbar is faster by | target |",
        "|---|---:|---:|---:|---:|---|",
    ]
    ours = fhir_per_second(fhir)
    for row in best_of_each(peers):
        times, target = ours / row["patients_a_second"], peers["targets"][row["engine"]]
        word = "met" if times >= target else "**not met**"
        lines.append(
            f"| {row['engine']} {row['version']} | {row['patients']:,} | {row['patients_a_second']:,.0f} "
            f"| {row['peak_mb']:,.0f} | {times:,.0f} times | at least {target}: {word} |"
        )
    peak = fhir["median"]["lumbar"]["peak_mb"]
    lines += [f"| lumbar | {size_of(fhir):,} | {ours:,.0f} | {peak:,.0f} | | |", ""]
    return "\n".join(lines)


def growth_section(figures: dict[str, Any]) -> str:
    """Time and memory by the number of operations."""
    lines = [
        "## Growth",
        "",
        "![Time and memory by the number of operations](images/benchmarks-growth.svg)",
        "",
        f"`lumbar evaluate --memory-limit {figures['memory_limit']}` of Parquet tables, five scores an operation.",
        "",
        "| operations | input, MB | wall, s | CPU, s | highest memory, MB | operations a second |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    rows = figures["rows"]
    lines += [
        f"| {row['episodes']:,} | {row['input_bytes'] / 1e6:,.1f} | {row['wall_s']:,.1f} | {row['cpu_s']:,.1f} "
        f"| {row['peak_mb']:,.0f} | {row['episodes'] / row['wall_s']:,.0f} |"
        for row in rows
    ]
    if len(rows) > 1 and rows[-1]["episodes"] == 10 * rows[-2]["episodes"]:
        times = rows[-1]["wall_s"] / rows[-2]["wall_s"]
        label = f"Time, {rows[-1]['episodes']:,} over {rows[-2]['episodes']:,} operations"
        lines += [
            "",
            "- " + verdict(label, times, figures["target_growth"], ""),
            "- " + verdict("Highest memory", rows[-1]["peak_mb"], figures["target_peak_mb"], " MB"),
        ]
    return "\n".join([*lines, ""])


def site_section(figures: dict[str, Any]) -> str:
    """The report as a site."""
    cost, walls = figures["median"]["site"], [run["wall_s"] for run in figures["runs"]["site"]]
    lines = [
        f"## The report as a site, {figures['patients']:,} patients\n",
        f"`lumbar report DIR --out FOLDER`; {len(walls)} runs. Memory is that of its largest process.\n",
        f"- {verdict('Wall time, median', cost['wall_s'], figures['target_wall_s'], ' s')} "
        f"From {min(walls):.0f} to {max(walls):.0f} s; {cost['cpu_s']:.0f} s of processor time.",
        f"- First page: {figures['first_page_mb']:.2f} MB, target at most {figures['target_first_page_mb']:g} MB. "
        f"Largest page: {figures['largest_page_mb']:.2f} MB. The whole folder: {figures['whole_mb']:.0f} MB.",
        f"- Highest memory: {cost['peak_mb']:,.0f} MB.",
    ]
    return "\n".join([*lines, ""])


def size_of(figures: dict[str, Any]) -> int:
    """The patients or operations of a result file, from its name."""
    return int(figures["name"].rsplit("-", 1)[-1])


def fhir_per_second(figures: dict[str, Any]) -> float:
    """Patients a second of the whole process, files read and result written."""
    return float(size_of(figures) / figures["median"]["lumbar"]["wall_s"])


def best_of_each(peers: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each other engine the run with the most patients a second."""
    return [
        max((run for run in peers["runs"] if run["engine"] == engine), key=lambda run: run["patients_a_second"])
        for engine in peers["targets"]
    ]


def draw() -> None:
    """Every picture whose figures are there."""
    import pictures

    known = {name: figures for name in (*NAMES, "peers", "growth") if (figures := facts(name)) is not None}
    pairs = [known[name] for name in NAMES if name in known]
    bars = [
        {"source": WHAT[figures["source"]].split(" (")[0], "side": side.replace("handwritten", "hand-written"), **cost}
        for figures in pairs
        for side, cost in figures["median"].items()
    ]
    pictures.sides(bars, "wall_s", "seconds", PICTURES / "benchmarks-sides.svg")
    if "growth" in known:
        pictures.growth(known["growth"]["rows"], PICTURES / "benchmarks-growth.svg")
    if "peers" in known and "fhir-100000" in known:
        rows = [
            {"engine": run["engine"], "per_second": run["patients_a_second"], "ours": False}
            for run in best_of_each(known["peers"])
        ]
        rows.append({"engine": "lumbar", "per_second": fhir_per_second(known["fhir-100000"]), "ours": True})
        said = [row | {"said": f"{row['per_second']:,.0f}"} for row in rows]
        pictures.throughput(said, PICTURES / "benchmarks-throughput.svg")


def page() -> str:
    """The whole page. Raises SystemExit when there are no figures."""
    known = [figures for name in NAMES if (figures := facts(name)) is not None]
    if not known:
        raise SystemExit("no figures in benchmarks/results: run FULL=1 make bench first")
    peers, growth, site = facts("peers"), facts("growth"), facts("site")
    fhir = next((figures for figures in known if figures["source"] == "fhir"), None)
    everything = [*known, *(figures for figures in (peers, growth, site) if figures is not None)]
    machines = {json.dumps(figures["machine"], sort_keys=True): figures for figures in everything}
    lines = [
        f"- {figures['date']}: {machine['cores']} cores ({machine['cpu']}), {machine['ram_gb']:g} GB of memory, "
        f"{machine['system']}, Python {machine['python']}, DuckDB {machine['duckdb']}"
        for figures in machines.values()
        for machine in [figures["machine"]]
    ]
    parts = [
        INTRODUCTION,
        "![Wall time of each side](images/benchmarks-sides.svg)\n",
        *(section(figures) for figures in known),
        *([peers_section(peers, fhir)] if peers and fhir else []),
        *([growth_section(growth)] if growth else []),
        *([site_section(site)] if site else []),
        METHOD,
        "## The machine\n\n" + "\n".join(lines) + "\n",
    ]
    return "\n".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    if given.check:
        is_fresh = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        print("fresh" if is_fresh else "docs/benchmarks.md is stale: run python benchmarks/page.py")
        return 0 if is_fresh else 1
    PAGE.write_text(page(), encoding="utf-8")
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
