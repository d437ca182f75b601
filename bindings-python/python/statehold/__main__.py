"""The command line: ``python -m statehold`` and the program ``statehold`` that the wheel brings."""

from __future__ import annotations

import signal
import sys

from ._statehold import run


def main() -> int:
    """Runs the command line with the arguments of this process and returns its exit code."""
    # Python's own handler would only run once the command has ended, which ctrl-c is to end.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run(["statehold", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
