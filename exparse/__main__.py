"""``python -m exparse`` is the command ``exparse``."""

from __future__ import annotations

import sys

from exparse.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
