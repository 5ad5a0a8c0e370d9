"""The list of planted faults fits the package as it is; `make mutants` plants them."""

import subprocess
import sys
from pathlib import Path


def test_every_planted_fault_still_has_its_text_in_the_package() -> None:
    run = Path(__file__).with_name("run.py")
    ended = subprocess.run([sys.executable, str(run), "--stale"], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"change tests/mutants with the package:\n{ended.stdout}"


def test_a_suite_catches_a_planted_fault_and_lets_the_package_pass() -> None:
    """The whole list takes minutes and has a verb of its own; here one fault shows that planting works."""
    run = Path(__file__).with_name("run.py")
    one = [sys.executable, str(run), "months have thirty days in the reference"]
    ended = subprocess.run(one, capture_output=True, text=True, check=False)
    assert ended.stdout.startswith("caught "), ended.stdout
    assert ended.returncode == 0
