"""``killed.txt``: what the operating system's handler writes when a signal ends a run.

No Python runs then, so nothing can be said but where the program was. Each signal writes at a place of its
own, :data:`SLOT` bytes apart; so the place tells which one it was. The file goes when a run ends by itself.
"""

from __future__ import annotations

# Numbers that POSIX fixes; the handler's own dump is far shorter than a slot.
SIGNALS = {15: "SIGTERM", 1: "SIGHUP"}
SLOT = 1 << 20
SLOTS = {number: SLOT * place for place, number in enumerate(SIGNALS)}


def parse(text: str) -> str | None:
    """Return the name of the signal that wrote last, or None where none did."""
    named = None
    for number, start in SLOTS.items():
        if text[start : start + SLOT].strip("\0"):
            named = SIGNALS[number]
    return named
