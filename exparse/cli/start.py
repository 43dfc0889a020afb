"""Where the command starts: what a shell asks in the middle of a line is answered before the verbs are loaded."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command of this process; return its exit code, as :func:`exparse.cli.main.main` does."""
    try:
        if sys.argv[1:2] == ["_complete"]:
            from exparse.cli import complete

            return complete.main(sys.argv[2:])
        from exparse.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        # Between the start of Python and that of the command.
        return 130
