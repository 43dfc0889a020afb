"""``killed.txt``: what the operating system's handlers write when a signal or a crash ends a run.

No Python runs then, so nothing can be said but where the program was. Each signal writes at a place of its
own, :data:`SLOT` bytes apart; so the place tells which one it was. A crash (SIGSEGV, SIGABRT, ...) writes at
:data:`CRASHED` and names itself. The file goes when a run ends by itself.
"""

from __future__ import annotations

# Numbers that POSIX fixes; the handler's own dump is far shorter than a slot.
SIGNALS = {15: "SIGTERM", 1: "SIGHUP"}
SLOT = 1 << 16
# Format 1.0 left more room, and knew no crashes.
_OLD_SLOT = 1 << 20
SLOTS = {number: SLOT * place for place, number in enumerate(SIGNALS)}
CRASHED = SLOT * len(SIGNALS)

# How faulthandler names what it handles (faulthandler_handlers in CPython's faulthandler.c).
_CRASHES = {
    "Segmentation fault": "SIGSEGV",
    "Aborted": "SIGABRT",
    "Bus error": "SIGBUS",
    "Illegal instruction": "SIGILL",
    "Floating-point exception": "SIGFPE",
    "Floating point exception": "SIGFPE",
}
_LONGEST_TRACE = 100_000


def parse(text: str) -> str | None:
    """Return the name of the signal that wrote last, or None where none did."""
    crash = trace(text)
    slot = SLOT if len(text) <= _OLD_SLOT else _OLD_SLOT
    if crash:
        said = crash.partition("\n")[0].rpartition(": ")[2]
        return _CRASHES.get(said, "a crash")
    named = None
    for place, name in enumerate(SIGNALS.values()):
        if text[place * slot : (place + 1) * slot].strip("\0"):
            named = name
    return named


def trace(text: str) -> str:
    """Return what a crash wrote: its name, and where each thread was; "" where none did."""
    return text[CRASHED:].strip("\0")[:_LONGEST_TRACE] if len(text) <= _OLD_SLOT else ""
