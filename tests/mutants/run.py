"""Plants every fault in a copy of the package, one at a time, and asks its suite: caught or escaped?

    python tests/mutants/run.py [part of a fault's name]
    python tests/mutants/run.py --stale      only whether every fault's text still stands in its file

Ends with exit code 1 when a fault escapes, when its text no longer stands in the file exactly once, when its
suite fails for another reason than a failed assertion, or when a suite fails without any fault.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from export_faults import EXPORT_FAULTS
from faults import ENGINE_FAULTS, Fault
from reader_faults import READER_FAULTS
from scoring_faults import SCORING_FAULTS
from statistics_faults import STATISTICS_FAULTS
from year_faults import YEAR_FAULTS

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "src" / "lumbar"
FAULTS = ENGINE_FAULTS + READER_FAULTS + YEAR_FAULTS + SCORING_FAULTS + EXPORT_FAULTS + STATISTICS_FAULTS
N_CORES = 2
ASSERTION = re.compile(r"AssertionError|Failed:|:\d+: assert ")
FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?::(.*?\]|\S+)(?: - |$)", re.MULTILINE)


def main(wanted: str = "") -> int:
    """Runs the faults whose name contains the text; returns the exit code."""
    only_stale = wanted == "--stale"
    faults = [fault for fault in FAULTS if only_stale or wanted in fault.name]
    stale = [fault.name for fault in faults if (PACKAGE / fault.file).read_text(encoding="utf-8").count(fault.old) != 1]
    for name in stale:
        print(f"stale    {name}: its text does not stand in the file exactly once", flush=True)
    if stale or only_stale:
        print(f"{len(faults) - len(stale)} of {len(faults)} planted faults fit the package")
        return 1 if stale else 0
    began = time.monotonic()
    with ThreadPoolExecutor(N_CORES) as cores:
        suites = list(dict.fromkeys(fault.suite for fault in faults))
        for suite, (verdict, by) in zip(suites, cores.map(lambda suite: judge(None, suite), suites), strict=True):
            if verdict != "escaped":
                print(f"{' '.join(suite)} fails on the package as it is: nothing can be said of faults: {by}")
                return 1
        verdicts = []
        judged = cores.map(lambda fault: judge(fault, fault.suite), faults)
        for fault, (verdict, by) in zip(faults, judged, strict=True):
            print(f"{verdict:8} {fault.name}{f'  <- {by}' if by else ''}", flush=True)
            verdicts.append(verdict)
    n_caught = verdicts.count("caught")
    print(f"{n_caught} of {len(faults)} planted faults caught in {time.monotonic() - began:.0f} s")
    return 0 if n_caught == len(faults) else 1


def judge(fault: Fault | None, suite: tuple[str, ...]) -> tuple[str, str]:
    """What the suite says of the package with that fault (caught; escaped: it passes; or broken), and the test that failed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "lumbar"
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if fault is not None:
            file = copy / fault.file
            file.write_text(file.read_text(encoding="utf-8").replace(fault.old, fault.new), encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        where = [sys.executable, "-c", "import lumbar; print(lumbar.__file__)"]
        found = subprocess.run(where, env=environment, cwd=PROJECT, capture_output=True, text=True, check=True)
        if Path(found.stdout.strip()).parent != copy:
            raise SystemExit("the copy of the package is not the one that is imported")
        tests = [sys.executable, "-m", "pytest", "-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", *suite]
        ended = subprocess.run(tests, env=environment, cwd=PROJECT, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        return "escaped", ""
    test = FAILED.search(ended.stdout)
    asserted = ended.returncode == 1 and ASSERTION.search(ended.stdout)
    return "caught" if asserted else "broken", test[1] if test else ended.stdout[-400:]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
