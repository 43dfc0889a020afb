"""Selectors of the command line: what they pick is done, what they do not find is said."""

from __future__ import annotations

from exparse.errors import ExparseError, RunNotFound
from exparse.store import layout, select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from exparse.cli.output import Output
    from exparse.store.root import Root
    from exparse.store.run import Run

EVERYWHERE = (layout.RUNS, layout.TMP)
_MOST_TAGGED = 1000


def picked(
    root: Root, selectors: Iterable[str], to: Output, places: Iterable[str] = EVERYWHERE
) -> tuple[list[Run], bool]:
    """Return the runs that the selectors pick, each once, and whether every selector picked one.

    A selector that picks none is a warning, with names close to it.
    """
    places = tuple(places)
    there: list[Run] | None = None
    runs: dict[Run, None] = {}
    all_known = True
    for selector in selectors:
        try:
            newest = _newest(root, selector, places)
            if newest is None and there is None:
                there = select.listed(root.folder, places)
            runs.update(dict.fromkeys([newest] if newest else select.pick(root.folder, selector, places, there)))
        except RunNotFound as problem:
            to.warn(f"{problem}{_elsewhere(root, selector, places)}")
            all_known = False
    return list(runs), all_known


def one(root: Root, selector: str, to: Output) -> Run:
    """Return the run that a selector picks; of several the newest, which is said.

    Raises:
        RunNotFound: If it picks none, with names close to it.
    """
    newest = _newest(root, selector, EVERYWHERE)
    try:
        found = [newest] if newest else select.pick(root.folder, selector, EVERYWHERE)
    except RunNotFound as problem:
        hint = _elsewhere(root, selector, EVERYWHERE)
        if hint:
            raise ExparseError(f"{problem}{hint}") from None
        raise
    chosen = max(found, key=lambda run: run.id)
    if len(found) > 1:
        to.note(f"{count(len(found))} match {selector}: this is the newest, {chosen.id}")
    return chosen


def _newest(root: Root, selector: str, places: Sequence[str]) -> Run | None:
    """Return the run that ``last`` means, found without a look at all the others; None for other selectors."""
    found = root.newest(1)[0] if selector == "last" and layout.RUNS in places else []
    return found[0] if found else None


def _elsewhere(root: Root, selector: str, places: tuple[str, ...]) -> str:
    """Return a hint where a selector would pick runs of the trash, or runs that are not in it."""
    other = EVERYWHERE if layout.TRASH in places else (layout.TRASH,)
    try:
        found = select.pick(root.folder, selector, other)
    except RunNotFound:
        return _tagged(root, selector)
    verb = "is not in the trash" if layout.TRASH in places else f"is in the trash: exparse restore {found[0].id}"
    return f" Run {found[0].id} {verb}."


def _tagged(root: Root, selector: str) -> str:
    """Return a hint where a selector looks for a mark, and is a tag; the newest runs are asked."""
    tag = selector.removeprefix("@")
    if tag == selector or not any(tag in _tags(run) for run in root.newest(_MOST_TAGGED)[0]):
        return ""
    return f" {tag!r} is a tag, no mark: `exparse ls --columns tags` shows which runs have it."


def _tags(run: Run) -> list[str]:
    try:
        return run.tags
    except (ExparseError, OSError):
        # A damaged run has none.
        return []


def numbers(runs: Iterable[Run], most: int = 12) -> str:
    """Return the runs' numbers in words: ``3``, ``3, 4 and 7``, or the first few of many."""
    texts = [str(run.id) for run in runs]
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return " and ".join(filter(None, [", ".join(texts[:-1]), *texts[-1:]]))


def count(number: int, noun: str = "run") -> str:
    """Return a number with its noun: ``1 run``, ``2,000 runs``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
