"""A log read with other names in it: what two runs call differently, because it is theirs, is called the same."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from exparse.query.printed import Printed


class Renamed:
    """A log of a run, read with some texts in the place of others.

    Args:
        log: The log.
        names: What stands for what; of two that begin alike the longer counts.
    """

    def __init__(self, log: Printed, names: Mapping[str, str]) -> None:
        said = {_bytes(then): _bytes(now) for then, now in names.items() if then and then != now}
        self._log, self._names = log, said
        self._longest = max(map(len, said), default=1)
        ordered = sorted(said, key=len, reverse=True)
        self._find = re.compile(b"|".join(map(re.escape, ordered))).finditer if said else None
        self._held = b""

    def read(self) -> bytes:
        """Return what comes next; nothing at the end. The log belongs to a run that is over."""
        if self._find is None:
            return self._log.read(is_over=True)
        while True:
            more = self._log.read(is_over=True)
            data = self._held + more
            if not data:
                return b""
            # What stands at the end may be the beginning of a name.
            passed, self._held = self._passed(data, len(data) - self._longest + 1 if more else len(data))
            if passed:
                return passed

    def _passed(self, data: bytes, sure: int) -> tuple[bytes, bytes]:
        parts, at = [], 0
        for found in self._find(data) if self._find is not None else ():
            if found.start() >= sure:
                break
            parts += [data[at : found.start()], self._names[found.group()]]
            at = found.end()
        end = max(at, sure)
        return b"".join([*parts, data[at:end]]), data[end:]


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")  # no path of any system
