"""Say whether an environment holds exparse, its core requirements, and nothing that needs an extra."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata


def needed_by(name: str) -> set[str]:
    """Return ``name`` and all that it requires without any extra, normalized, as far as it is installed."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        key = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if key in found:
            continue
        try:
            requirements = metadata.requires(key) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(key)
        waiting += [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements if "extra ==" not in line]
    return found


def main() -> int:
    """Compare what is installed with what exparse needs, and start the command; return an exit code."""
    installed = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower() for d in metadata.distributions()}
    needed = needed_by("exparse")
    surplus = installed - needed - {"pip", "setuptools", "wheel"}
    print("installed:", ", ".join(sorted(needed)))
    if surplus:
        print("installed although nothing in the core needs it:", ", ".join(sorted(surplus)))
    answer = subprocess.run([sys.executable, "-I", "-m", "exparse", "--version"], capture_output=True, text=True)
    print(answer.stdout.strip(), answer.stderr.strip())
    version_is_said = metadata.version("exparse") in answer.stdout
    return 0 if not surplus and answer.returncode == 0 and version_is_said else 1


if __name__ == "__main__":
    sys.exit(main())
