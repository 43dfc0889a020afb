"""What code holds at each path, where it is a commit and a patch: mode and name of the content, as git gives them.

The patches are ours: they name contents in full. So one look of git at two commits tells what two states have in
common, with nothing laid out and no patch applied.
"""

from __future__ import annotations

import functools
import time

from exparse.code import processes, sections
from exparse.code.repository import GitProblem, Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    Held = tuple[str, str] | None

_LONGEST_S = 20.0
_HEXADECIMAL = frozenset("0123456789abcdef")
_NOTHING, _FROM = "000000", b"rename from "
# Contents of which nothing is said are those of the commit, whatever these are.
_AS = "as "


class Entry:
    """What a patch says of one path.

    Attributes:
        is_gone: Whether nothing lies there.
        mode: Mode as git writes it; None for that of the commit.
        content: Name of the content; None for that of the commit.
        source: Path in the commit that those are taken from.
    """

    def __init__(self, source: str) -> None:
        self.source, self.is_gone = source, False
        self.mode: str | None = None
        self.content: str | None = None


def between(top: str, then: tuple[str, bytes], now: tuple[str, bytes]) -> dict[str, bool] | None:
    """Return the paths at which two states differ, or are not known to be the same; and whether they are new.

    Args:
        top: Top of a repository that has both commits.
        then: A commit, and the bytes of the patch over it.
        now: Likewise.

    Returns:
        None where git does not know a commit, or does not say.
    """
    if not all(_could_be_one(commit) for commit, _ in (then, now)):
        return None
    base = _between_commits(top, then[0], now[0])
    if base is None:
        return None
    first, second = entries(then[1]), entries(now[1])
    found = {}
    for path in {**base, **first, **second}:
        was, here = _held(path, first, base, 0), _held(path, second, base, 1)
        if was != here:
            found[path] = was is None
    return found


def _could_be_one(commit: str) -> bool:
    return len(commit) in (40, 64) and _HEXADECIMAL.issuperset(commit)


def _held(path: str, said: dict[str, Entry], base: dict[str, tuple[Held, Held]], side: int) -> Held:
    entry = said.get(path) or Entry(path)
    if entry.is_gone:
        return None
    under = base[entry.source][side] if entry.source in base else (_AS + entry.source, _AS + entry.source)
    if under is None and (entry.mode is None or entry.content is None):
        return None
    mode, content = under or ("", "")
    return entry.mode or mode, entry.content or content


@functools.lru_cache(maxsize=1_000)
def _between_commits(top: str, then: str, now: str) -> dict[str, tuple[Held, Held]] | None:
    """Return what two commits hold at each path at which they differ; None where git does not say."""
    try:
        asked = Repository(top).start(
            *("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", "--ignore-submodules=none", then, now)
        )
        processes.gather([asked], time.monotonic() + _LONGEST_S)
    except GitProblem:
        return None
    if not asked.is_good or asked.cut:
        return None
    parts = iter(asked.out.decode("utf-8", "surrogateescape").split("\0"))
    found: dict[str, tuple[Held, Held]] = {}
    for head in parts:
        words = head.lstrip(":").split()
        if len(words) == 5:
            was, here = (words[0], words[2]), (words[1], words[3])
            found[next(parts, "")] = (None if was[0] == _NOTHING else was, None if here[0] == _NOTHING else here)
    return found


def entries(patch: bytes) -> dict[str, Entry]:
    """Return what a patch says of each path; of a file that was renamed, also that nothing lies where it was."""
    found: dict[str, Entry] = {}
    for part in sections.sections(patch):
        lines = sections.header(part)
        path = sections.path(lines)
        entry = found[path] = Entry(path)
        for line in lines[1:]:
            _take(entry, line)
    for entry in [one for path, one in found.items() if one.source != path]:
        found.setdefault(entry.source, Entry(entry.source)).is_gone = True
    return found


def _take(entry: Entry, line: bytes) -> None:
    said = line.decode("ascii", "replace")
    if said.startswith(("new file mode ", "new mode ")):
        entry.mode = said.rpartition(" ")[2]
    elif said.startswith("deleted file mode "):
        entry.is_gone = True
    elif line.startswith(_FROM):
        entry.source = sections.unquoted(line[len(_FROM) :])
    elif said.startswith("index "):
        contents, _, mode = said[len("index ") :].partition(" ")
        entry.content = contents.partition("..")[2]
        entry.mode = entry.mode or mode or None
