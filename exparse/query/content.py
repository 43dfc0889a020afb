"""What a file of a run holds, as bytes. Only plain files are opened: a pipe would hang, a link lead anywhere."""

from __future__ import annotations

import os

from exparse.store import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO


def opened(path: str) -> BinaryIO:
    """Return a plain file, opened for reading; the caller closes it.

    Raises:
        DamagedFile: If it is a link, a folder, a pipe or a device.
        OSError: If it is not there or cannot be read.
    """
    handle, _ = files.open_plain(path)
    return os.fdopen(handle, "rb")


def tail(path: str, most: int) -> bytes:
    """Return the whole lines at the end of a plain file, at most ``most`` bytes of them.

    A line that began before, and one that is not ended, are left out.

    Raises:
        DamagedFile: If it is no plain file.
        OSError: If it is not there or cannot be read.
    """
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size - most - 1))
        data = stream.read(most + 1)
    if size > most:
        data = data.partition(b"\n")[2]
    return data[: data.rfind(b"\n") + 1]
