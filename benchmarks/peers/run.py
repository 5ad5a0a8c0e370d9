"""Measure 459 by other open engines on the benchmark's patients, beside lumbar.

    npm install --prefix benchmarks/peers        once
    python benchmarks/peers/run.py --patients 100 300 1000

Every engine is a whole child process over the same NDJSON folder: start, read, group by patient where the
engine wants that, judge, write, end. Prints JSON: engine, patients, seconds of the whole process (wall and
processor), of its reading and calculating alone where the engine tells, peak memory, counts by stratum.
**Ends with 1 when the counts are not lumbar's.** The peers judge one measure and keep no account; lumbar
does all it does, with proofs.
"""

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from measuring import AS_OF, LUMBAR, YEAR, cost_of, made  # noqa: E402 - it lies in the folder above

# How many times as many patients a second lumbar is to judge, at 100,000 patients, as the peer at its best.
TARGETS = {"cql-execution": 60, "fqm-execution": 200}
# Counted by lumbar over the rows of a stratum; excluded ones stand beside.
COUNTS = """
    select stratum, eligible, excluded, met, not_met from read_parquet($path)
    where measure_id = '459' and stratum <> 'overall' order by stratum
"""


def by_lumbar(folder: Path, out: Path) -> dict[str, Any]:
    """What `lumbar evaluate` takes for measure 459, and its counts."""
    asked = ("--year", YEAR, "--as-of", AS_OF, "--measure", "459", "--from", "fhir")
    command = [str(LUMBAR), "evaluate", str(folder), *asked, "--out", str(out), "--no-report", "--overwrite"]
    cost = cost_of(command)
    with duckdb.connect() as db:
        found = db.execute(COUNTS, {"path": str(out / "rate.parquet")})
        names = [column[0] for column in found.description][1:]
        counts = {stratum: dict(zip(names, values, strict=True)) for stratum, *values in found.fetchall()}
    return {"engine": "lumbar", **asdict(cost), "counts": counts}


def by_peer(engine: str, folder: Path, out: Path) -> dict[str, Any]:
    """What another engine takes for the same measure, and its counts."""
    cost = cost_of(["node", str(HERE / f"{engine.replace('-', '_')}.mjs"), str(folder), str(out)])
    versions = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return json.loads(out.read_text(encoding="utf-8")) | asdict(cost) | {"version": versions[engine]}


def measured(patients: int, work: Path) -> list[dict[str, Any]]:
    """lumbar and every peer on so many patients, ready for JSON. Raises SystemExit when a peer's counts differ."""
    if shutil.which("node") is None or not (HERE / "node_modules").exists():
        raise SystemExit(f"the peers are not installed: npm install --prefix {HERE}")
    folder, out = made("fhir", patients, "patients", work), work / "peers"
    out.mkdir(parents=True, exist_ok=True)
    lumbar = by_lumbar(folder, out / "lumbar")
    peers = [by_peer(engine, folder, out / f"{engine}.json") for engine in TARGETS]
    if differing := [peer["engine"] for peer in peers if peer["counts"] != lumbar["counts"]]:
        raise SystemExit(f"not reported: counts differ from lumbar's: {', '.join(differing)}")
    return [
        one | {"patients": patients, "patients_a_second": round(patients / one["wall_s"], 1)}
        for one in (lumbar, *peers)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, nargs="+", default=[1000], help="patients to generate and judge")
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "lumbar-bench")
    given = parser.parse_args()
    runs = [run for patients in given.patients for run in measured(patients, given.work)]
    print(json.dumps({"runs": runs, "targets": TARGETS}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
