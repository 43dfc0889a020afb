"""What is said about a run: tags, description, notes, captions; by its script, or by the command when it is over."""

from __future__ import annotations

import os
import time

from exparse.errors import DamagedFile, ExparseError
from exparse.format import about
from exparse.record import clock, trouble
from exparse.store import files, layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from exparse.store.contents import Contents

LONGEST_NOTE = 10_000
"""Bytes of one note, or of the description, in UTF-8."""


def check_tag(tag: str) -> str:
    """Return ``tag`` if it may be one: the rule of names, since tags become columns, links and words of commands.

    Raises:
        InvalidName: Otherwise.
    """
    return layout.check_name(tag, "the tag")


def tag(run: Contents, tag: str) -> bool:
    """Tag a run; return False where it is tagged so already. Appends to ``about.jsonl``.

    Raises:
        InvalidName: If it cannot be a tag.
        OSError: If it cannot be written.
    """
    if check_tag(tag) in run.tags:
        return False
    say(run.folder, {"tag": tag})
    return True


def untag(run: Contents, tag: str) -> bool:
    """Take a tag off a run; return False where it is not tagged so. Appends to ``about.jsonl``.

    Raises:
        InvalidName: If it cannot be a tag.
        OSError: If it cannot be written.
    """
    if check_tag(tag) not in run.tags:
        return False
    say(run.folder, {"untag": tag})
    return True


def describe(run: str | os.PathLike[str], text: str | None) -> None:
    """Say what a run is about; None or an empty text takes the description away. Appends to ``about.jsonl``.

    Raises:
        TypeError: If it is no text.
        ExparseError: If it is larger than :data:`LONGEST_NOTE`.
        OSError: If it cannot be written.
    """
    say(os.fspath(run), {"description": None if text is None else _checked(text, "the description")})


def note(run: str | os.PathLike[str], text: str) -> None:
    """Append a note to ``notes.md``, with the time, as a paragraph of Markdown.

    Raises:
        TypeError: If it is no text.
        ExparseError: If it is larger than :data:`LONGEST_NOTE`.
        OSError: If it cannot be written.
    """
    said = _checked(text, "the note").strip()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime())
    files.append(f"{os.fspath(run)}/{layout.NOTES}", f"**{stamp}**\n\n{said}\n\n".encode("utf-8", "backslashreplace"))


def check_caption(text: str | None) -> str | None:
    """Return ``text`` if it may be a caption, None included.

    Raises:
        TypeError: If it is no text.
        ExparseError: If it is larger than :data:`LONGEST_NOTE`.
    """
    return None if text is None else _checked(text, "the caption")


def caption(run: Contents, said: dict[str, Any], text: str | None) -> None:
    """Say a line about a file or an image of a run, if there is one to say. Appends to ``about.jsonl``.

    Raises:
        OSError: If it cannot be written.
    """
    if text is not None:
        say(run.folder, {**said, "caption": text})


def of_attempt(run: Contents, words: dict[str, Any], parents: Iterable[str]) -> None:
    """Say of an earlier run what another attempt at it says at its start. Appends to ``about.jsonl``.

    Args:
        run: The run.
        words: ``tags``, checked, and ``description`` or None.
        parents: Names of runs, or folders of other roots.

    Raises:
        OSError: If it cannot be written.
    """
    known = run.about
    for name in words["tags"]:
        tag(run, name)
    for parent in parents:
        if parent not in known.parents:
            say(run.folder, {"parent": parent})
    if words["description"] and words["description"] != known.description:
        say(run.folder, {"description": words["description"]})


def _checked(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"{what} is a text, not {text!r:.60}")
    size = len(text.encode("utf-8", "backslashreplace"))
    if size > LONGEST_NOTE:
        raise ExparseError(
            f"{what} has {size:,} bytes, and {LONGEST_NOTE:,} is the most; leave a longer text in the run as a file"
        )
    return str(text)


def say(folder: str, said: dict[str, Any]) -> None:
    """Append one line to the ``about.jsonl`` of a run; its folder looks changed then.

    Raises:
        OSError: If it cannot be written.
    """
    line = about.line({"time": clock.stamp(time.time()), **said})
    files.append(f"{folder}/{layout.ABOUT}", line.encode("ascii"))
    try:
        # Readers that remember runs look at the time of the folder, which no appending changes.
        os.utime(folder)
    except OSError:
        return  # said all the same; such a reader shows it when the run changes next


def quietly(run: Contents, what: str, function: Callable[..., object], *args: Any) -> None:
    """Call what writes something about a live run: a mistake of the caller is raised, a failing disk told once."""
    try:
        function(*args)
    except (OSError, DamagedFile) as problem:
        trouble.tell(run.folder, what, problem)
