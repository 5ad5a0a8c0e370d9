"""The golden Bundle of MeasureReports: one surgeon's one patient, one measure, every kind of report; one entry a line.

`make golden` writes it anew; read the difference before you commit.
"""

import os
from pathlib import Path

from command_line import lumbar
from follow_up_cases import AS_OF, OTHER_SURGEON, YEAR, follow_up_cases
from result_folder import result_folder

GOLDEN = Path(__file__).parent / "exports" / "measure_report.json"


def test_the_bundle_is_as_kept(tmp_path: Path) -> None:
    result = result_folder(tmp_path / "result", follow_up_cases(), YEAR, AS_OF)
    out = tmp_path / "reports.json"
    words = ("--measure", "459", "--npi", OTHER_SURGEON)
    assert lumbar("export", "measure-report", result, "--out", out, *words).code == 0
    if os.environ.get("LUMBAR_GOLDEN") == "write":
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_bytes(out.read_bytes())
    assert out.read_bytes() == GOLDEN.read_bytes()
