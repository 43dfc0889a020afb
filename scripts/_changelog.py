"""Print what CHANGELOG.rst says about a version; exit 1, with the reason, when it says nothing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.rst"


def section(text: str, version: str) -> str | None:
    """Return the text below the heading that begins with ``version``, or ``None`` without one."""
    headings = list(re.finditer(r"^(\S.*)\n(=+|-+|~+)[ \t]*$", text, re.MULTILINE))
    for place, heading in enumerate(headings):
        if heading[1].split()[0].lstrip("v") == version:
            deeper = [later for later in headings[place + 1 :] if later[2][0] == heading[2][0]]
            return text[heading.end() : deeper[0].start() if deeper else len(text)].strip()
    return None


def main(version: str) -> int:
    """Print the section of ``version``; return an exit code."""
    if not CHANGELOG.is_file():
        print(f"{CHANGELOG.name} is missing", file=sys.stderr)
        return 1
    found = section(CHANGELOG.read_text(encoding="utf-8"), version)
    if not found or not re.search(r"^\s*[-*] \S", found, re.MULTILINE):
        print(
            f"{CHANGELOG.name} has {'an empty' if found is not None else 'no'} section {version}",
            file=sys.stderr,
        )
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
