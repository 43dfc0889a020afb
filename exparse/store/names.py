"""The names in a root, looked through for runs: only those of a hundred thousand that are meant are parsed."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right

from exparse.store import layout
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    Entry = tuple[int, str, str]


_STEM_PARTS = 7


def stem(name: str) -> str:
    """Return what of a run's name stays whatever its label: number and time of the start."""
    return "-".join(name.split("-", _STEM_PARTS)[:_STEM_PARTS])


class Names:
    """What lies in some folders of a root, by number. Read once, when it is first asked for.

    Args:
        root: Path of the root.
        places: Folders of the root.
    """

    def __init__(self, root: str, places: Iterable[str] = (layout.RUNS, layout.TMP)) -> None:
        self.root, self.places = root, tuple(places)
        self._entries: list[Entry] | None = None
        self._by_number: dict[int, list[Entry]] | None = None

    @classmethod
    def of(cls, root: str, runs: Iterable[Run]) -> Names:
        """Return the names of some runs of a root, as if there were no others."""
        names = cls(root, ())
        names._entries = sorted((run.id, run.name, run.place) for run in runs)
        return names

    @property
    def entries(self) -> list[Entry]:
        """Number, name and place of each folder whose name begins with a number, by number."""
        if self._entries is None:
            self._entries = [entry for place in self.places for entry in _scan(self.root, place)]
            self._entries.sort()
        return self._entries

    def all(self) -> list[Run]:
        """Return all runs."""
        return self._runs(self.entries)

    def newest(self, back: int = 0) -> list[Run]:
        """Return the newest run, or the one ``back`` before it, of ``runs/`` if any lies there; [] for none."""
        for place in (layout.RUNS, None):
            kept = (entry for entry in reversed(self.entries) if place in (None, entry[2]))
            found = list(_first(back + 1, filter(None, map(self._run, kept))))
            if found:
                return found[back:]
        return []

    def numbered(self, number: int) -> list[Run]:
        """Return the runs with a number."""
        if self._by_number is None:
            self._by_number = {}
            for entry in self.entries:
                self._by_number.setdefault(entry[0], []).append(entry)
        return self._runs(self._by_number.get(number, ()))

    def between(self, low: int, high: int) -> list[Run]:
        """Return the runs whose number is from ``low`` to ``high``, both included."""
        first, last = bisect_left(self.entries, (low,)), bisect_right(self.entries, (high + 1,))
        return [run for run in self._runs(self.entries[first:last]) if run.id <= high]

    def called(self, text: str) -> list[Run]:
        """Return the runs with this name or label, or where there are none, with one that begins so.

        The whole name that a run had before it was renamed is its name, too.
        """
        # A label stands behind a dash; that it is the right dash is seen on what little is left.
        behind = f"-{text}"
        likely = [entry for entry in self.entries if entry[1].startswith(text) or behind in entry[1]]
        runs = self._runs(likely) if text else []
        exact = [run for run in runs if text in (run.name, run.label)]
        begun = [run for run in runs if run.name.startswith(text) or (run.label or "").startswith(text)]
        return exact or begun or (self._renamed(text) if layout.parse_run_name(text) else [])

    def _renamed(self, name: str) -> list[Run]:
        lasting = stem(name)
        return [
            run for run in self._runs(e for e in self.entries if e[1].startswith(lasting)) if stem(run.name) == lasting
        ]

    def among(self, names: Collection[str]) -> list[Run]:
        """Return the runs with one of these names."""
        return self._runs(entry for entry in self.entries if entry[1] in names)

    def told(self, most: int) -> list[str]:
        """Return names and labels that one may have meant: those of the newest runs, ``most`` of each."""
        names = [name for _, name, _ in self.entries[-most:]]
        labels: dict[str, None] = {}
        for _, name, _ in reversed(self.entries):
            labels.update(dict.fromkeys(name.split("-", 7)[7:]))
            if len(labels) >= most:
                break
        return [name for name in (*names, *labels) if name.isprintable()]

    def _runs(self, entries: Iterable[Entry]) -> list[Run]:
        return [run for run in map(self._run, entries) if run is not None]

    def _run(self, entry: Entry) -> Run | None:
        _, name, place = entry
        return Run(self.root, name, place) if layout.parse_run_name(name) else None


def _scan(root: str, place: str) -> Iterator[Entry]:
    try:
        with os.scandir(f"{root}/{place}") as found:
            for entry in found:
                name = entry.name
                head = name.partition("-")[0]
                if head.isdecimal() and entry.is_dir(follow_symlinks=False):
                    yield int(head), name, place
    except (FileNotFoundError, NotADirectoryError):
        return


def _first(count: int, runs: Iterator[Run]) -> Iterator[Run]:
    for _, run in zip(range(count), runs, strict=False):
        yield run
