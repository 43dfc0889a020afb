"""Secrets in what is printed: masked, also where one arrives in pieces."""

from __future__ import annotations

import re

MASK = b"******"


class Mask:
    """Takes bytes piece by piece and gives them back with every secret masked.

    Held back is only what may be the beginning of a secret, so less than the longest of them.

    Args:
        secrets: The bytes that must not come through; empty ones are left out.
    """

    def __init__(self, secrets: frozenset[bytes]) -> None:
        self._secrets = sorted(secrets, key=lambda secret: (-len(secret), secret))
        self._pattern = re.compile(b"|".join(map(re.escape, self._secrets)))
        self._longest = max(map(len, self._secrets), default=0)
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return what of all that came so far is decided now."""
        data = self._held + data
        out, at = [], 0
        while True:
            begun = self._begun(data, at)
            found = self._pattern.search(data, at)
            if found is None or begun <= found.start():
                out.append(data[at:begun])
                self._held = data[begun:]
                return b"".join(out)
            out += (data[at : found.start()], MASK)
            at = found.end()

    def rest(self) -> bytes:
        """Return what is held back, since nothing follows it."""
        held, self._held = self._held, b""
        return self._pattern.sub(MASK, held)

    def _begun(self, data: bytes, at: int) -> int:
        """Return where a secret begins that is not there as a whole yet; the end where none does."""
        for start in range(max(at, len(data) - self._longest + 1), len(data)):
            rest = data[start:]
            if any(len(secret) > len(rest) and secret.startswith(rest) for secret in self._secrets):
                return start
        return len(data)
