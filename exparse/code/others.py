"""What is somebody else's and may be written by this user: a program that runs in a tree gets no way to it.

Whoever runs again what another one has run reads that one's data, and overwrites none of their results.
"""

from __future__ import annotations

import os
import stat

from exparse.code import few

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_MOST = 20_000


class Others:
    """What lies in a folder, as far as it may be harmed.

    Args:
        top: The folder.
        metadata: What ``metadata.json`` says of the run that is to be made again.
        folder_of_run: Its folder.

    Attributes:
        is_foreign: Whether the folder is another user's, and this one has not run the program in it before.
    """

    def __init__(self, top: str, metadata: dict[str, Any], folder_of_run: str) -> None:
        self.top, self._left = top, _MOST
        self._me = me()
        is_known = self._owns(folder_of_run) and not metadata.get("tree")
        self.is_foreign = self._me is not None and os.path.isdir(top) and not self._owns(top) and not is_known

    def _owns(self, path: str) -> bool:
        try:
            return os.stat(path).st_uid == self._me
        except OSError:
            return False

    def may_be_harmed(self, path: str) -> bool:
        """Return whether a file or folder is another user's, or holds something that is, and may be written here.

        Of what is too much to be looked at, it is taken for granted.
        """
        if not self.is_foreign:
            return False
        try:
            return self._is_open(path, is_inside=False)
        except OSError:
            return True  # a link that leads nowhere yet

    def _is_open(self, path: str, is_inside: bool) -> bool:
        self._left -= 1
        found = os.stat(path)
        if self._left < 0 or (found.st_uid != self._me and os.access(path, os.W_OK)):
            return True
        if not stat.S_ISDIR(found.st_mode):
            return False
        if is_inside and os.path.islink(path):
            return True  # it may lead in a circle, or to all there is
        try:
            names = os.listdir(path)
        except PermissionError:
            return False  # nobody may look into it: the program could not either
        return any(self._is_open_there(f"{path}/{name}") for name in names)

    def _is_open_there(self, path: str) -> bool:
        try:
            return self._is_open(path, is_inside=True)
        except OSError:
            return True

    def note(self, paths: Sequence[str]) -> list[str]:
        """Return in a sentence that some paths are not linked; nothing for none."""
        told = f"not linked from {self.top}, which is another user's: what runs could write there: {few.named(paths)}"
        return [told] if paths else []


def me() -> int | None:
    """Return the number of this user; None on a system without."""
    return os.geteuid() if hasattr(os, "geteuid") else None
