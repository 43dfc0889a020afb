"""What a script adds to its run: numbers, images, files, a summary, words.

The same works where nothing is recorded, in a scratch folder, so that scripts need no ``if``. Two kinds of trouble
are told apart: a mistake of the caller is raised, and then nothing is written; a disk that fails is one warning, and
the program goes on. What each method needs is loaded at its first use: a starting script pays for none of it.
"""

from __future__ import annotations

from exparse.store.contents import Contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path
    from typing import IO, Any

    from exparse.record.safe import Safe
    from exparse.record.series import Series
    from exparse.store.run import Run


class Writing(Contents):
    """The verbs of a run that is under way; needs ``folder`` and ``part``."""

    _series: Series | None = None

    @property
    def part(self) -> str | None:
        """Which part of the run this process is, as its files are named; None for the program itself."""
        return None

    def without_secrets(self, said: Any) -> Any:
        """Return what the script says, texts and what is made of them, with the run's secrets in it masked."""
        return said

    def log(self, values: Mapping[str, Any] | None = None, /, step: int | None = None, **named: Any) -> None:
        """Log numbers: ``log(loss=0.3, step=i)`` or ``log({"train/loss": 0.3}, step=i)``.

        Appends one line to ``metrics.jsonl``; it is there also if the process is killed right after. Several
        threads may log at once; each process of the run has a file of its own.

        Args:
            values: Numbers by name: int, float, bool (0 or 1), scalars of numpy or torch; nan and inf are fine. Any
                text may be a name, but for ``step`` and ``time``.
            step: A whole number, or None for a row without one.
            named: More of the same.

        Raises:
            TypeError: If a value is no number, or the step is no whole number; then nothing is written.
            ValueError: If a name cannot be a metric's, or a number is beyond the range of a float.
        """
        series = self._series or self._begin_series()
        if values is None:
            series.append(named, step)
        else:
            series.append(_merged(values, named) if named or type(values) is not dict else values, step)

    def _begin_series(self) -> Series:
        from exparse.record.series import Series

        self._series = Series(self)
        return self._series

    def end_series(self) -> None:
        """Close the metrics file of this process; a later :meth:`log` opens it again."""
        if self._series is not None:
            self._series.close()

    def image(self, name: str, picture: Any, step: int | None = None, caption: str | None = None) -> Path:
        """Keep an image as ``images/<name>/<step>.png`` and return its path.

        Args:
            name: What it shows; may have levels (``val/confusion``). One of the same name and step is replaced.
            picture: A numpy array (height, width), (height, width, 3) or (height, width, 4) of bool, of integers in
                0..255, or of floats in 0..1; a torch tensor of such a shape; a Pillow image; a matplotlib figure.
            step: A whole number from 0 on; the next free one if None.
            caption: A line about it.

        Raises:
            TypeError: If the picture is none of these.
            ValueError: If its shape or its values are others; InvalidName if the name may not become a path.
        """
        from exparse.record import images

        return images.keep(self, name, picture, step, caption)

    def summary(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> dict[str, Any]:
        """Merge values into the run's summary, and return the whole: ``summary(acc=0.91)``.

        Replaces ``summary.json`` as a whole; a key given again gets its new value. Without arguments only reads.

        Args:
            values: None, bool, int, float, str, and lists and dicts of these; scalars of numpy or torch.
            named: More of the same.

        Raises:
            TypeError: If a value is something else; then nothing is written.
        """
        from exparse.record import summary

        if values is None and not named:
            return super().summary()
        return summary.merge(self, self.without_secrets(_merged(values or {}, named)))

    def file(self, path: str | os.PathLike[str], name: str | None = None, caption: str | None = None) -> Path:
        """Copy a file or a folder into the run, as ``files/<name>``, and return the path of the copy.

        Args:
            path: What to copy; it is left as it is. Links in a folder are copied as links.
            name: Its name in the run, with levels if wanted (``models/best.pt``); its own name if None. A file of
                that name is replaced.
            caption: A line about it.

        Raises:
            OSError: If there is no such file, or it cannot be read.
            InvalidName: If the name may not become a path.
        """
        from exparse.record import artifacts

        return artifacts.keep(self, path, name, caption)

    def open(
        self,
        name: str,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open ``files/<name>`` of the run as the built-in ``open`` does; text is UTF-8 unless said otherwise.

        Args:
            name: Its name in the run, with levels if wanted; where it is written, their folders are made.
            mode: As of the built-in function, as are the others.
            buffering: Likewise.
            encoding: Likewise.
            errors: Likewise.
            newline: Likewise.

        Raises:
            InvalidName: If the name may not become a path inside the run.
            OSError: If it cannot be opened: it is the script's own file, so the script is told.
        """
        from exparse.record import artifacts

        return artifacts.opened(self.folder, name, mode, buffering, encoding, errors, newline)

    def use(self, other: Run | str | int | os.PathLike[str], name: str | None = None, mode: str = "rb") -> Any:
        """Make another run a parent of this one, and open one of its files for reading.

        Args:
            other: A run; a number, a name or another selector in the root of this run; or the path of a run's folder.
            name: Its file, as :meth:`file` or :meth:`open` named it there; None for none.
            mode: ``rb``, or ``r`` for UTF-8 text.

        Returns:
            The open file; the :class:`exparse.Run` where no file is named.

        Raises:
            ExparseError: If that run is still running, or has no such file; RunNotFound if there is no such run.
        """
        from exparse.record import parents

        return parents.use(self, other, name, mode)

    def note(self, text: str) -> None:
        """Append a note, with the time, to ``notes.md``; it is read as Markdown.

        Raises:
            TypeError: If it is no text.
            ExparseError: If it is larger than 10,000 bytes.
        """
        from exparse.record import about

        about.quietly(self, "notes", about.note, self.folder, self.without_secrets(text))

    def tag(self, *tags: str) -> None:
        """Tag the run.

        Raises:
            InvalidName: If one of them cannot be a tag (letters, digits, dot, dash, underscore); then none is put on.
        """
        from exparse.record import about

        for tag in tags:
            about.check_tag(tag)
        for tag in tags:
            about.quietly(self, "tags", about.tag, self, tag)

    def untag(self, *tags: str) -> None:
        """Take tags off the run.

        Raises:
            InvalidName: If one of them cannot be a tag.
        """
        from exparse.record import about

        for tag in tags:
            about.check_tag(tag)
        for tag in tags:
            about.quietly(self, "tags", about.untag, self, tag)

    @property
    def description(self) -> str | None:
        """What the run is about, or None; may be set: ``run.description = "all data, twice as wide"``."""
        return super().description

    @description.setter
    def description(self, text: str | None) -> None:
        from exparse.record import about

        about.quietly(self, "the description", about.describe, self.folder, self.without_secrets(text))

    def safe(self) -> Safe:
        """Guard a block: where it fails, the run leaves ``index/`` and a link to it appears under ``fails/``.

        ``with run.safe(): train()``. The exception goes on; the run's folder does not move. Ctrl-C and an exit with
        0 are no failures.
        """
        from exparse.record.safe import Safe

        return Safe(self)


def _merged(values: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {**values, **named}
    except TypeError:
        raise TypeError(f"a dict of values by name is expected, not {type(values).__name__}") from None
