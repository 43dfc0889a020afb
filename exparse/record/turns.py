"""Taking turns at a run's name: of several programs that ask for the same one at once, one begins the run."""

from __future__ import annotations

import os
import time

from exparse.errors import ExparseError
from exparse.store import layout, publish
from exparse.store.files import make_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOCK = "names.lock"
# A turn is a look into runs/ and a run that is published: some milliseconds, and longer where git is asked.
_LONGEST_S, _PAUSE_S = 10.0, 0.005


class Turn:
    """The turn at a name, while it is entered.

    It is a lock of the system on one byte of ``<root>/.jobs/names.lock``, which ends with its process, however that
    ends. Where the file system has no such locks, or the turn does not come within ten seconds, there is none: then two
    runs may get one name.

    Args:
        root: The root; made if it is missing.
        name: The name that is asked for.
    """

    def __init__(self, root: str, name: str) -> None:
        self._root, self._name = root, name
        self._handle: int | None = None

    def __enter__(self) -> None:
        try:
            publish.prepare(self._root)
            make_folder(f"{self._root}/{layout.JOBS}")
            self._handle = os.open(f"{self._root}/{layout.JOBS}/{LOCK}", os.O_RDWR | os.O_CREAT, 0o666)
        except (OSError, ExparseError):
            return  # whoever records here next says it better
        _wait_for(self._handle, _place_of(self._name))

    def __exit__(self, *problem: Any) -> None:
        if self._handle is not None:
            os.close(self._handle)


def _place_of(name: str) -> int:
    from binascii import crc32

    return crc32(name.encode("utf-8", "replace"))


def _wait_for(handle: int, place: int) -> None:
    try:
        from fcntl import LOCK_EX, LOCK_NB, lockf
    except ImportError:
        return
    until = time.monotonic() + _LONGEST_S
    while time.monotonic() < until:
        try:
            lockf(handle, LOCK_EX | LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # which of them, the system chooses
            time.sleep(_PAUSE_S)
        except OSError:
            return
        else:
            return
