"""Files that the command writes where it is told to: whole or not at all, and never among the files of a run."""

from __future__ import annotations

import os
from contextlib import contextmanager

from exparse.errors import ExparseError
from exparse.store import files
from exparse.store.outside import NoPlace
from exparse.store.outside import check as check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO


@contextmanager
def whole(path: str) -> Iterator[BinaryIO]:
    """Open a file that takes the place of what was there when all of it is written; else nothing changes.

    What is no plain file (``/dev/stderr``, a named pipe) is written as it comes.

    Raises:
        NoPlace: If it is a folder, or lies among the files of a root.
        OSError: If it cannot be written.
    """
    target = check(path)
    if _is_device(path):
        with open(path, "wb") as stream:
            yield stream
        return
    beside = files.draft(target)
    try:
        with open(beside, "xb") as stream:
            yield stream
        files.move(beside, target, onto=True)
    except OSError as problem:
        # What the user's own words do not name, such as the draft, would tell nothing.
        if isinstance(problem, ExparseError) or problem.filename not in (None, beside):
            raise
        is_lost = isinstance(problem, FileNotFoundError)
        why = f"there is no folder {os.path.dirname(target)}" if is_lost else problem.strerror or str(problem)
        raise NoPlace(path, why) from None
    finally:
        # There is none any more where all went well.
        files.remove_quietly(beside)


def _is_device(path: str) -> bool:
    return os.path.exists(path) and not os.path.isfile(path)
