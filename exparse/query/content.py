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
