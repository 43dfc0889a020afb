"""Selectors: text that picks runs of a root.

============ =================================================================
``42``       the run with this number (``runs/`` and ``tmp/``)
``3:7``      numbers 3 to 7, both ends included; either may be left out
a name       a run's whole name, its label, or the beginning of either
``last``     the newest run; ``last~2`` the second before it
``@mark``    all runs with this mark, or with one below it
``best:acc`` the run with the largest ``acc`` (in its summary, else the last one); ``best:-loss`` the smallest;
             ``best:acc~1`` the second best
a path       a run's folder, a file in it, or a link to one
============ =================================================================
"""

from __future__ import annotations

import heapq
import math
import os
import re
from typing import NamedTuple

from exparse.errors import RunNotFound, near
from exparse.store import files, layout, marks
from exparse.store.names import Names
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

# A number of a run has 18 digits at most: int() refuses what is very long.
_NUMBER = re.compile(r"[0-9]{1,18}\Z").match
_LAST = re.compile(r"last(?:~([0-9]{1,9}))?\Z").match
_BACK = re.compile(r"(.+)~([0-9]{1,9})\Z").match
_RANGE = re.compile(r"([0-9]{0,18}):([0-9]{0,18})\Z").match
# How many names and labels are compared with one that is not there: each takes 20 microseconds.
_MOST_CLOSE = 1000


def names(root: str, place: str = layout.RUNS) -> list[str]:
    """Return the names of the runs in one folder of the root, by number; [] where there is no such folder."""
    found = []
    try:
        with os.scandir(f"{root}/{place}") as entries:
            for entry in entries:
                parsed = layout.parse_run_name(entry.name)
                if parsed and entry.is_dir(follow_symlinks=False):
                    found.append((parsed[0], entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    found.sort()
    return [name for _, name in found]


def newest(root: str, count: int, place: str = layout.RUNS) -> tuple[list[str], int]:
    """Return the names of the newest runs by number, and how many runs there are.

    Only the names that are returned are looked at closely, so this takes a third of the time of :func:`names`
    with 100,000 runs; the count takes every name with a number in front for a run.

    Args:
        root: Path of the root.
        count: How many at most.
        place: Folder of the root.
    """
    try:
        listing = os.listdir(f"{root}/{place}")
    except (FileNotFoundError, NotADirectoryError):
        return [], 0
    numbered = [(int(head), name) for name in listing if (head := name.partition("-")[0]).isdecimal()]
    looked_at = count
    while True:
        found = [name for _, name in heapq.nlargest(looked_at, numbered) if _is_run(f"{root}/{place}", name)]
        if len(found) >= count or looked_at >= len(numbered):
            # What has only the name of a run is counted as long as nobody has looked at it.
            return found[:count][::-1], len(numbered) if looked_at < len(numbered) else len(found)
        looked_at *= 4


def last_names(root: str, count: int, place: str = layout.RUNS) -> list[str]:
    """Return the names of the newest runs by number, as :func:`newest` does: without the count of all, and sooner."""
    try:
        listing = os.listdir(f"{root}/{place}")
    except (FileNotFoundError, NotADirectoryError):
        return []
    if len({name.find("-") for name in listing}) > 1:
        return newest(root, count, place)[0]
    # Numbers of one width are in the order of their texts.
    return [name for name in heapq.nlargest(count, listing) if layout.parse_run_name(name)][::-1]


def _is_run(folder: str, name: str) -> bool:
    path = f"{folder}/{name}"
    return layout.parse_run_name(name) is not None and os.path.isdir(path) and not os.path.islink(path)


def listed(root: str, places: Iterable[str] = (layout.RUNS, layout.TMP)) -> list[Run]:
    """Return the runs that lie in some folders of the root, by number."""
    runs = [Run(root, name, place) for place in places for name in names(root, place)]
    runs.sort(key=lambda run: (run.id, run.name))
    return runs


def select(root: str, selectors: Iterable[str], places: Iterable[str] = (layout.RUNS, layout.TMP)) -> list[Run]:
    """Return the runs that the selectors pick, in their order, each run once.

    Raises:
        RunNotFound: For the first selector that picks none, with names close to it.
    """
    runs: dict[Run, None] = {}
    there = Names(root, places)
    for selector in selectors:
        runs.update(dict.fromkeys(pick(root, selector, runs=there)))
    return list(runs)


def pick(
    root: str,
    selector: str,
    places: Iterable[str] = (layout.RUNS, layout.TMP),
    runs: Names | list[Run] | None = None,
) -> list[Run]:
    """Return the runs that one selector picks, by number, at least one.

    Args:
        root: Path of the root.
        selector: What picks them.
        places: Folders of the root in which they lie.
        runs: The names in these places, for several selectors after each other; or the runs to choose from.

    Raises:
        RunNotFound: If it picks none.
    """
    there = Names(root, places) if runs is None else runs if isinstance(runs, Names) else Names.of(root, runs)
    found = _match(root, selector, there)
    if not found:
        other = _other_root(root, selector)
        raise RunNotFound(selector, root, () if other else _close(root, selector, there), other)
    return found


def _match(root: str, selector: str, there: Names) -> list[Run]:
    if _NUMBER(selector):
        return there.numbered(int(selector))
    last, span = _LAST(selector), _RANGE(selector)
    if last:
        return there.newest(int(last[1] or 0))
    if span and selector != ":":
        return there.between(int(span[1] or 0), int(span[2] or 10**18))
    if selector.startswith("@"):
        return there.among({name for _, name in marks.walk(root, selector[1:].strip("/"))} if selector[1:] else ())
    if selector.startswith("best:"):
        return _best(selector[5:], there.all())
    return there.called(selector) or _at_path(root, selector, there)


def _close(root: str, selector: str, there: Names) -> list[str]:
    """Return what may have been meant; nothing is like a number, and a thousand wrong ones are refused quickly."""
    if _NUMBER(selector) or _LAST(selector) or _RANGE(selector):
        return []
    if selector.startswith("@"):
        return near(selector, (f"@{mark}" for mark in {mark for mark, _ in marks.walk(root)}))
    return near(selector, there.told(_MOST_CLOSE))


def _at_path(root: str, selector: str, there: Names) -> list[Run]:
    real, base = _real(selector), os.path.realpath(root)
    if real is None or not real.startswith(f"{base}{os.sep}"):
        return []
    parts = real[len(base) + 1 :].split(os.sep)[:2]
    return [run for run in there.among(parts[1:]) if run.place == parts[0]]


def _real(selector: str) -> str | None:
    """Return where a path leads, through links of all kinds; None for what is no path."""
    if not selector or not os.path.lexists(selector):
        return None
    pointed = None if os.path.islink(selector) else files.points_to(selector)
    return os.path.realpath(os.path.join(os.path.dirname(selector), pointed) if pointed else selector)


def _other_root(root: str, selector: str) -> str | None:
    """Return the root of the run that a path leads to, where it is another one; None otherwise."""
    found = root_of(selector)
    return None if found == os.path.realpath(root) else found


def root_of(selector: str) -> str | None:
    """Return the root of the run that a path leads to, all links followed; None for what is no such path."""
    parts = (_real(selector) or "").split(os.sep)
    for place, name in zip(range(len(parts)), parts[1:], strict=False):
        if parts[place] in (layout.RUNS, layout.TMP, layout.TRASH) and layout.parse_run_name(name):
            return os.sep.join(parts[:place])
    return None


class Best(NamedTuple):
    """What ``best:`` asks for.

    Attributes:
        name: What is compared.
        sign: 1 where the largest is best, -1 where the smallest is.
        back: How many better ones there are: 0 for the best.
    """

    name: str
    sign: int
    back: int


def parse_best(text: str) -> Best:
    """Return what stands behind ``best:``: ``acc``, ``-loss`` for the smallest, ``acc~1`` for the second best."""
    name, back = text, 0
    found = _BACK(text)
    if found:
        name, back = found[1], int(found[2])
    return Best(name[1:], -1, back) if name.startswith("-") else Best(name, 1, back)


def _best(asked: str, runs: list[Run]) -> list[Run]:
    best = parse_best(asked)
    scored = [(best.sign * value, run.id, run) for run in runs if (value := _value(run, best.name)) is not None]
    # Those of tmp/ were to be forgotten; "last" leaves them out as well.
    scored = [told for told in scored if told[2].place == layout.RUNS] or scored
    # Of equals the newest.
    scored.sort(key=lambda told: told[:2], reverse=True)
    return [scored[best.back][2]] if best.back < len(scored) else []


def _value(run: Run, metric: str) -> float | None:
    """Return what a run's summary says, else the last value of the metric; None where that is no finite number."""
    from exparse.store import values

    try:
        told = values.summary(run.folder)
        value: Any = told[metric] if metric in told else values.last(run.folder, os.listdir(run.folder)).get(metric)
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
        return float(value) if number else None
    except (OSError, OverflowError):
        # The run is gone meanwhile, or this is a number beyond all measure: then this run is not the best.
        return None
