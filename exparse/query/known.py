"""Which names of params, metrics and tags the newest runs know: for completion, which cannot wait for all of them."""

from __future__ import annotations

import os
import time
from functools import cached_property

from exparse.errors import ExparseError
from exparse.format import own_params
from exparse.store import files, layout, select, values
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

NEWEST = 50
"""How many of the newest runs are looked at."""

_FEWEST = 3
# On a slow disk a few runs have to do: a person waits with a finger on the key.
_PATIENCE_S = 0.01
_LONGEST = 200_000


class Known:
    """Names that the newest runs of a root know. The root is listed once, when it is first asked for.

    Args:
        root: Path of the root.
    """

    def __init__(self, root: str) -> None:
        self.root = root

    @cached_property
    def runs(self) -> list[str]:
        """The folders of the newest runs, the newest first."""
        names = reversed(select.last_names(self.root, NEWEST))
        return [f"{self.root}/{layout.RUNS}/{name}" for name in names]

    def params(self) -> list[str]:
        """Return the names of their params, in the order of the newest. Reads ``params.yaml`` of each."""
        return self._gathered(_params)

    def metrics(self) -> list[str]:
        """Return the names of what they measured.

        Reads ``summary.json`` and the end of ``metrics.jsonl`` of each.
        """
        return self._gathered(_metrics)

    def tags(self) -> list[str]:
        """Return their tags. Reads ``metadata.json`` and ``about.jsonl`` of each."""
        return self._gathered(_tags)

    def _gathered(self, names_of: Callable[[str], Iterable[str]]) -> list[str]:
        found: dict[str, None] = {}
        until = time.monotonic() + _PATIENCE_S
        for count, folder in enumerate(self.runs):
            if count >= _FEWEST and time.monotonic() > until:
                break
            try:
                found.update(dict.fromkeys(names_of(folder)))
            except (ExparseError, OSError):
                # A damaged run offers nothing.
                continue
        return list(found)


_lines: dict[str, tuple[str, Any]] = {}


def _params(folder: str) -> Iterable[str]:
    text = files.read_text(f"{folder}/{layout.PARAMS}", _LONGEST)
    # Another hand may have written it; a YAML library would take as long as all else.
    return own_params.read(text, _lines) or (line.partition(":")[0] for line in text.split("\n") if _is_entry(line))


def _is_entry(line: str) -> bool:
    name, colon, _ = line.partition(":")
    return bool(colon) and name.replace("-", "_").isidentifier()


def _metrics(folder: str) -> Iterable[str]:
    return {**values.summary(folder), **values.last(folder, os.listdir(folder))}


def _tags(folder: str) -> Iterable[str]:
    root, place, name = folder.rsplit("/", 2)
    return Run(root, name, place).tags
