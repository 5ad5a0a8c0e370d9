"""What CMS would make of a result: cases, data completeness, benchmark and points, each with its source."""

from lumbar.scoring.benchmark_file import Benchmark, BenchmarkFile, read_benchmarks
from lumbar.scoring.completeness import Completeness, Coverage, compare
from lumbar.scoring.measure_score import MeasureScore, score_measures
from lumbar.scoring.surgical_log import SurgicalLog, read_log, reported_by

__all__ = [
    "Benchmark",
    "BenchmarkFile",
    "Completeness",
    "Coverage",
    "MeasureScore",
    "SurgicalLog",
    "compare",
    "read_benchmarks",
    "read_log",
    "reported_by",
    "score_measures",
]
