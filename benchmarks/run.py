"""Generate data and measure lumbar on them, beside others; the figures land in benchmarks/results.

    python benchmarks/run.py                        10,000 patients and 100,000 operations, made on first use
    python benchmarks/run.py --patients 2000        2,000 patients and 20,000 operations
    python benchmarks/run.py --full                 100,000 patients, 1,000,000 operations, growth to 10,000,000
    python benchmarks/run.py --only spark peers     parts of it
    python benchmarks/run.py --only site            the report of 20,000 patients as a site
    python benchmarks/run.py --fhir DIR --pairs 5   your own data; --tables DIR likewise

Each side is a whole process: start, read, compute, write, end. Wall and CPU seconds and the highest
resident memory come from the kernel's account. `python benchmarks/page.py` then writes the page.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import growth
import pairs
import report_site
import spark_stages
from measuring import HERE, LUMBAR, RESULTS, machine, made

FULL_PATIENTS = 100_000
EPISODES_PER_PATIENT = 10  # a row of a table is that much lighter than an export's patient
PEERS_PATIENTS = (100, 300, 1_000)  # the peers are measured at each, and told at their best
PARTS = (*pairs.KINDS, "peers", "growth", "stages", "site")


def main() -> int:
    given = _arguments().parse_args()
    if not LUMBAR.exists():
        raise SystemExit(f"{LUMBAR} is missing: run `make setup` first")
    own = {kind: path for kind in ("fhir", "tables") if (path := getattr(given, kind)) is not None}
    if own:
        for kind, folder in own.items():
            _keep(given.name or f"{kind}-{folder.name}", pairs.measured(kind, folder, given.pairs, given.work, print))
        return 0
    patients = FULL_PATIENTS if given.full else given.patients
    for part in given.only or PARTS:
        for name, figures in _figures(part, patients, given):
            _keep(name, figures)
    return 0


def _figures(part: str, patients: int, given: argparse.Namespace) -> list[tuple[str, dict[str, Any]]]:
    """The figures of one part with the names they are kept under."""
    say: Callable[[str], None] = print
    episodes = patients * EPISODES_PER_PATIENT
    if part == "site":
        return [("site", report_site.measured(given.pairs, given.work, say))]
    print(f"{part}: {patients:,} patients or {episodes:,} operations")
    if part in pairs.KINDS:
        size = patients if pairs.UNIT[part] == "patients" else episodes
        data = made(pairs.DATA[part], size, pairs.UNIT[part], given.work)
        return [(f"{part}-{size}", pairs.measured(part, data, given.pairs, given.work, say))]
    if part == "growth":
        sizes = [size for size in growth.SIZES if size <= max(episodes, growth.SIZES[-1] if given.full else 0)]
        return [("growth", growth.measured(sizes, given.work, say))]
    if part == "stages":
        sizes = (patients // 4, patients)
        of_size = {n: spark_stages.measured(made("fhir", n, "patients", given.work), given.work, say) for n in sizes}
        return [(f"stages-{n}", figures | {"patients": n}) for n, figures in of_size.items()]
    command = [sys.executable, str(HERE / "peers" / "run.py"), "--patients", *map(str, PEERS_PATIENTS)]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [("peers", json.loads(found))]


def _keep(name: str, figures: dict[str, Any]) -> None:
    facts = {"name": name, "date": datetime.now(UTC).date().isoformat(), "machine": machine(), **figures}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    if "wall_ratio" in figures:
        print(_table(figures))


def _table(figures: dict[str, Any]) -> str:
    """The figures of one run of pairs as plain text."""
    lines = [f"{'':<14}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}"]
    lines += [
        f"{name:<14}{cost['wall_s']:>9.2f}{cost['cpu_s']:>9.2f}{cost['peak_mb']:>9.0f}"
        for name, cost in figures["median"].items()
    ]
    of_each = ", ".join(f"{ratio:.2f}" for ratio in figures["wall_ratio_of_each_pair"])
    target = figures["target_wall_ratio"]
    lines.append(f"lumbar / hand-written: {figures['wall_ratio']:.2f} (rounds {of_each}; target {target:.1f})")
    return "\n".join(lines)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fhir", type=Path, metavar="DIR", help="a FHIR bulk-export folder to measure on")
    parser.add_argument("--tables", type=Path, metavar="DIR", help="a folder of Parquet tables to measure on")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="these parts alone")
    parser.add_argument("--patients", type=int, default=10_000, help="size of the generated data")
    parser.add_argument("--full", action="store_true", help=f"the published size: {FULL_PATIENTS} patients")
    parser.add_argument("--pairs", type=int, default=5, help="rounds of interleaved runs")
    parser.add_argument("--name", help="name of the result file of your own data")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "lumbar-bench")
    return parser


if __name__ == "__main__":
    sys.exit(main())
