"""Which packages differ now from those of a run."""

from __future__ import annotations

from exparse.code import packages
from exparse.launch.unlike import Unlike, few
from exparse.query import installed
from exparse.record.facts import MASK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST = 8
"""Packages that are told one by one."""

_OURS = "exparse"


def unlike(folder: str, path: Sequence[str]) -> Iterator[Unlike]:
    """Yield what differs between the packages of a run and those on a path of imports.

    Args:
        folder: Folder of the run; without a ``packages.txt`` in it nothing is known.
        path: Folders in which packages lie now.
    """
    before = installed.read(folder)
    if before is None:
        return
    now = installed.of_lines(packages.requirements(list(path)))
    other = [name for name in before if name in now and not _are_alike(before[name], now[name])]
    gone = [name for name in before if name not in now]
    told = [name for name in (*other, *gone) if name != _OURS]
    for name in told[:MOST]:
        yield Unlike(f"package {name}", before[name] or "there", now.get(name, "not installed") or "there")
    if len(told) > MOST:
        yield Unlike("packages", "", f"and {len(told) - MOST:,} more that differ")
    new = [name for name in now if name not in before and name != _OURS]
    if new:
        yield Unlike("packages", "", f"{len(new):,} new: {few(new)}")


def _are_alike(before: str, now: str) -> bool:
    # What was masked may have been anything.
    return before == now or MASK in before
