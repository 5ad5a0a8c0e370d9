"""The command as a file, as spark-submit takes it: spark-submit …/lumbar/cli/__main__.py evaluate … --engine spark."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # A file that is run puts its own folder first: its modules are lumbar.cli's, and not to be found by bare names.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).resolve().parent]
    from lumbar.cli import main

    main()
