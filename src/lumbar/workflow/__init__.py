"""The paths through the package, which only this place knows: source to result, result to what is made of it."""

from lumbar.workflow.evaluating import check, evaluate, evaluate_to_folder
from lumbar.workflow.exporting import release
from lumbar.workflow.progress import OnProgress
from lumbar.workflow.result import Result, stored

__all__ = ["OnProgress", "Result", "check", "evaluate", "evaluate_to_folder", "release", "stored"]
