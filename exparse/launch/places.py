"""Where paths lie now that were recorded then: the code may have moved, or lie in a tree of its own."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Places:
    """Folders that others stand for now.

    Args:
        pairs: The folder then and the one that stands for it, the first that fits counts.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._pairs = [(_bare(then), now) for then, now in pairs if _bare(then)]

    def now(self, path: str) -> str | None:
        """Return where a path lies now; None where it lies below none of the folders."""
        for name in dict.fromkeys((os.path.normpath(path), os.path.realpath(path))):
            for then, now in self._pairs:
                if name == then:
                    return now
                if name.startswith(then + os.sep):
                    return os.path.join(now, name[len(then) + 1 :])
        return None

    def moved(self, path: str) -> str:
        """Return where a path lies now, or the path itself."""
        return self.now(path) or path


def _bare(folder: str) -> str:
    # A repository at "/" would stand for every path there is.
    return folder.rstrip(os.sep) if os.path.isabs(folder) else ""
