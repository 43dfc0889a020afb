"""What a machine is made of, from sources that cost next to nothing; no framework is asked."""

from __future__ import annotations

import os

from exparse.code import processes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from exparse.code.processes import Child

_MOST_BYTES = 1_000_000


class Machine:
    """What this machine is made of; construction starts what takes longer beside everything else.

    Args:
        proc: Where Linux tells of processes and drivers.
        sys: Where Linux tells of devices.
        asks: Whether to ask ``nvidia-smi`` where the driver does not tell.
    """

    def __init__(self, proc: str = "/proc", sys: str = "/sys", asks: bool = True) -> None:
        self._proc, self._sys = proc, sys
        self._gpus = _nvidia(proc) + _amd(sys)
        self._asked = _ask_nvidia() if asks and not self._gpus else None

    def facts(self, deadline: float) -> dict[str, Any]:
        """Return ``cpu`` (model, or None), ``memory`` (bytes, or None) and ``gpus`` (names).

        Args:
            deadline: By the monotonic clock, in seconds.
        """
        if self._asked is not None:
            processes.gather([self._asked], deadline)
            self._gpus = parse_nvidia_smi(self._asked.out) if self._asked.is_good else []
        return {"cpu": _cpu(self._proc), "memory": memory(), "gpus": self._gpus}


def memory() -> int | None:
    """Return the size of the memory, in bytes; None where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _text(path: str, most: int = _MOST_BYTES) -> str:
    try:
        with open(path, "rb", buffering=0) as stream:
            return stream.read(most).decode("utf-8", "replace")
    except OSError:
        return ""


def _list(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _field(text: str, name: str) -> str | None:
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip() == name:
            return value.strip() or None
    return None


def _cpu(proc: str) -> str | None:
    # Linux makes up this file as it is read, core by core: the first of hundreds is enough.
    text = _text(f"{proc}/cpuinfo", 4096)
    return _field(text, "model name") or _field(text, "Model") or _field(text, "cpu model")


def _nvidia(proc: str) -> list[str]:
    folder = f"{proc}/driver/nvidia/gpus"
    return [_field(_text(f"{folder}/{bus}/information"), "Model") or "NVIDIA GPU" for bus in _list(folder)]


def _amd(sys: str) -> list[str]:
    """Return AMD's cards: a name where the driver knows it, else the number of the model."""
    found = []
    for card in _list(f"{sys}/class/drm"):
        device = f"{sys}/class/drm/{card}/device"
        if card.startswith("card") and card[4:].isdecimal() and _text(f"{device}/vendor").strip() == "0x1002":
            name = _text(f"{device}/product_name").strip()
            found.append(name or f"AMD GPU {_text(f'{device}/device').strip()}".strip())
    return found


def _ask_nvidia() -> Child | None:
    program = processes.which("nvidia-smi")
    if program is None:
        return None
    try:
        env = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return processes.start([os.fsencode(program), b"-L"], env, most=_MOST_BYTES)
    except OSError:
        return None


def parse_nvidia_smi(listed: bytes) -> list[str]:
    """Return the names in what ``nvidia-smi -L`` prints: ``GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-1...)``."""
    lines = listed.decode("utf-8", "replace").splitlines()
    return [
        line.partition(": ")[2].rpartition(" (UUID")[0] or line.partition(": ")[2]
        for line in lines
        if line.startswith("GPU ") and ": " in line
    ]
