"""What a run holds beside its params and its state: metrics, summary, words, images, files, output."""

from __future__ import annotations

import os

from exparse.errors import DamagedFile
from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pandas import DataFrame

    from exparse.format.about import About

_IMAGE_END = ".png"


class Contents:
    """Reads what lies in a run's folder. What is not there is empty; each call reads anew and writes nothing."""

    @property
    def folder(self) -> str:
        """The run's folder, as text."""
        raise NotImplementedError

    def _said_at_start(self) -> dict[str, Any]:
        """Return what the metadata says: the first tags, description and parents."""
        return {}

    def metrics(self, wide: bool = False) -> DataFrame:
        """Return what was logged, by all processes of the run, in the order of time.

        Args:
            wide: Whether each step is one row.

        Returns:
            One row a value: ``step`` (Int64, missing where none was given), ``time`` (datetime64[ns, UTC]), ``name``
            (str), ``value`` (float64). With ``wide``, one row a step and one for each call without a step, in the
            order in which they first appeared: ``step``, ``time`` (of its last value), then one float64 column for
            each metric, NaN where it was not logged; where one was logged several times at a step, the last value
            counts. Without metrics, no rows and the same columns. Lines that are torn or damaged are left out and
            told in ``attrs["damaged"]``, as (file, line, reason).

        Reads all ``metrics*.jsonl`` of the run.
        """
        from exparse.store import metrics

        return metrics.frame(self.folder, wide)

    def summary(self) -> dict[str, Any]:
        """Return the summary; {} where there is none. Reads ``summary.json``.

        Raises:
            DamagedFile: If the file is no summary.
        """
        from exparse.format import summary

        path = f"{self.folder}/{layout.SUMMARY}"
        text = _read(path)
        return summary.parse(text.decode("utf-8", "replace"), path) if text else {}

    @property
    def about(self) -> About:
        """What is said about the run: tags, description, parents, captions. Reads metadata and ``about.jsonl``.

        Raises:
            DamagedFile: If one of the files cannot be read; a line that is damaged is only left out.
        """
        from exparse.format import about

        return about.parse(_read(f"{self.folder}/{layout.ABOUT}"), self._said_at_start())

    @property
    def tags(self) -> list[str]:
        """The run's tags, in the order in which they were put on."""
        return self.about.tags

    @property
    def description(self) -> str | None:
        """What the run is about, or None."""
        return self.about.description

    @property
    def parents(self) -> list[str]:
        """The runs that this one was started by or has used: names in its root, or paths of folders elsewhere."""
        return self.about.parents

    @property
    def notes(self) -> str:
        """The notes, as Markdown; "" where there are none. Reads ``notes.md``."""
        return _read(f"{self.folder}/{layout.NOTES}").decode("utf-8", "replace")

    def output(self, stream: str = "stdout", part: str | None = None) -> bytes:
        """Return what the program printed, as it was kept; b"" where nothing was.

        Args:
            stream: ``stdout`` or ``stderr``.
            part: Which process of the run: ``"3"`` for rank 3, ``"w1"`` for worker 1; None for the program itself.

        Raises:
            ValueError: If the stream is another.
            InvalidName: If the part is no part's name.
            DamagedFile: If the log is no plain file.
            OSError: If it cannot be read.

        Reads ``stdout.log`` or ``stderr.log``, or the ``stdout.<part>.log`` of a part.
        """
        from exparse.store import logs

        if stream not in logs.STREAMS:
            raise ValueError(f"the streams are stdout and stderr, not {stream!r}")
        name = logs.name(stream, layout.check_name(part, "the part") if part is not None else None)
        try:
            return logs.read(f"{self.folder}/{name}")
        except FileNotFoundError:
            return b""

    @property
    def files(self) -> dict[str, int]:
        """The run's files, sorted by name below ``files/``, with their sizes in bytes. Links are not followed."""
        found: dict[str, int] = {}
        waiting = [""]
        while waiting:
            above = waiting.pop()
            for entry in _entries(f"{self.folder}/{layout.FILES}/{above}"):
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{above}{entry.name}/")
                else:
                    found[f"{above}{entry.name}"] = entry.stat(follow_symlinks=False).st_size
        return dict(sorted(found.items()))

    @property
    def images(self) -> dict[str, list[int]]:
        """The steps of the run's images, by name, both sorted: ``images/<name>/<step>.png``."""
        found: dict[str, list[int]] = {}
        waiting = [""]
        while waiting:
            name = waiting.pop()
            for entry in _entries(f"{self.folder}/{layout.IMAGES}/{name}"):
                step, end = os.path.splitext(entry.name)
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(f"{name}/{entry.name}".lstrip("/"))
                elif name and end == _IMAGE_END and step.isascii() and step.isdecimal():
                    found.setdefault(name, []).append(int(step))
        return {name: sorted(found[name]) for name in sorted(found)}


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what lies in a folder, less the drafts of files that are being written."""
    if os.path.islink(folder.rstrip("/")):
        return []
    try:
        with os.scandir(folder) as found:
            return [entry for entry in found if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read(path: str) -> bytes:
    """Return what a file holds, b"" where there is none.

    Raises:
        DamagedFile: If it is no plain file, too large, or cannot be read.
    """
    from exparse.store import files

    try:
        return files.read_bytes(path)
    except FileNotFoundError:
        return b""
    except OSError as problem:
        raise DamagedFile(path, problem.strerror or str(problem)) from None
