"""Runs on their way out: asked about, looked at once more, moved, and said."""

from __future__ import annotations

import errno

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.query import usage
from exparse.query.prune import why_kept
from exparse.store import keeping, layout, own, purge, trash
from exparse.store.run import Run
from exparse.store.watched import Watched

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from exparse.cli.output import Output
    from exparse.query.rows import Row
    from exparse.store.root import Root

_MOST_SAID = 8
_AWAY = "nobody is at a terminal to be asked"


def agreed(question: str, doing: str, to: Output) -> bool:
    """Return whether the person at the terminal says yes.

    Args:
        question: What they are asked.
        doing: What ``--yes`` does without it: ``to move without a question``.
        to: Where they are asked.

    Raises:
        ExparseError: If nobody is there.
    """
    answer = to.agrees(question)
    if answer is None:
        raise ExparseError(f"{_AWAY}. Add --yes {doing}")
    return answer


def measured(runs: Sequence[Run], to: Output, measure: usage.Measure | None = None) -> list[usage.Usage]:
    """Return the room that each run takes; hard links between them, and to what was measured before, count once."""
    measure = measure or usage.Measure()
    return [measure(run.folder) for run in to.progress(runs, "measuring")]


def sizes(runs: Sequence[Run], to: Output) -> list[int]:
    """Return the bytes that each run holds; hard links between them count once."""
    return [used.size for used in measured(runs, to)]


def reason_to_keep(row: Row) -> str | None:
    """Return why a run is kept unless one forces its way; one that is damaged may be under way all the same."""
    why = why_kept(row)
    state = keeping.under_way(row.run) if why is None and row.state == "damaged" else None
    return f"is {state}" if state else why


def tell_kept(kept: Sequence[tuple[Run, str]], to: Output) -> None:
    """Warn of each run that is kept, and why; of many only the first."""
    for run, why in kept[:_MOST_SAID]:
        to.warn(f"run {run.id} {why}: kept. --force moves it, too")
    if len(kept) > _MOST_SAID:
        to.warn(f"{selection.count(len(kept) - _MOST_SAID)} more kept, since they are marked or under way")


class Mover:
    """Moves runs to the trash, each after one more look at it.

    Args:
        root: Where they lie.
        force: Whether those that are marked or under way go, too.
        to: Where is said what stays, and why.

    Raises:
        RootError: If a link stands in the place of a folder that is written to.

    The marks are looked at anew for each run: somebody may put one on while others are moved.
    """

    def __init__(self, root: Root, force: bool, to: Output) -> None:
        self.root, self.force, self.to = root, force, to
        own.check(root.folder)
        self._marks = Watched(root.folder)
        self._said = 0
        self.gone = 0

    def move(self, run: Run) -> bool:
        """Move one run; return False where it stays, which is said, or is gone already, which is counted."""

        def move(borne: Sequence[str]) -> bool:
            trash.remove(run, borne, self._marks.of)
            return True

        return self._out(run, move)

    def purge(self, run: Run) -> bool:
        """Delete one run for good, without a note of it; return False as :meth:`move` does."""
        late = None if self.force else self._marks.of

        def empty(borne: Sequence[str]) -> bool:
            problems = purge.at_once(run, borne, late)
            tell_left(f"run {run.id}", problems, self.to)
            return not problems

        return self._out(run, empty)

    def _out(self, run: Run, take: Callable[[Sequence[str]], bool]) -> bool:
        borne = self._marks.of(run.name)
        why = None if self.force else self._reason(run, borne)
        if why:
            self._say(f"run {run.id} {why} by now: kept")
            return False
        try:
            return take(borne)
        except purge.Marked as problem:
            self._say(str(problem))
        except FileNotFoundError:
            # Somebody else removed it, which is what was wanted.
            self.gone += 1
        except OSError as problem:
            self._say(f"run {run.id} could not be moved: {problem.strerror or problem} ({run.folder}){_room(problem)}")
        return False

    def _reason(self, run: Run, borne: Sequence[str]) -> str | None:
        state = keeping.under_way(run)
        return f"is {state}" if state else f"is marked {', '.join(borne)}" if borne else None

    def _say(self, text: str) -> None:
        self._said += 1
        if self._said <= _MOST_SAID:
            self.to.warn(text)
        elif self._said == _MOST_SAID + 1:
            self.to.warn("more of the kind are not said one by one")


def _room(problem: OSError) -> str:
    """Return what helps where the disk is full: the note of a run in the trash needs a few bytes, too."""
    if problem.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return ""
    return ". `exparse purge` empties the trash, and `exparse prune --purge` deletes at once: both need no room"


def delete(runs: Iterable[Run], to: Output) -> tuple[list[Run], int]:
    """Delete runs of the trash for good; what stays is said, and why.

    Returns:
        Those of which nothing is left, and how many others were gone already.
    """
    deleted, gone = [], 0
    for run in runs:
        try:
            problems = purge.purge(run)
        except FileNotFoundError:
            gone += 1  # restored or purged by somebody else
            continue
        except OSError as problem:
            to.warn(f"run {run.id} could not be purged: {problem.strerror or problem} ({run.folder})")
            continue
        tell_left(f"run {run.id}", problems, to)
        if not problems:
            deleted.append(run)
    return deleted, gone


def tell_left(what: str, problems: Sequence[str], to: Output) -> None:
    """Warn of what a purge had to leave, and how to go on."""
    if problems:
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        to.warn(f"something of {what} is left: {problems[0]}{more}. `exparse purge` goes on with it")


def way_back(root: Root, moved: Sequence[Run]) -> str:
    """Return in words how runs that were moved to the trash come back: all of them, or the first few of very many."""
    numbers = sorted(run.id for run in moved)
    there = [run.id for run in root.runs(layout.TRASH)]
    # A few are named as they were; of many whatever is shorter.
    if len(numbers) > _MOST_SAID and there == numbers:
        return "`exparse restore --all` brings them back"
    parts = list(map(str, numbers)) if len(numbers) <= _MOST_SAID else _ranges(numbers, there)
    them = "it" if len(numbers) == 1 else "them" if len(parts) <= _MOST_SAID else "the first of them"
    return f"`exparse restore {' '.join(parts[:_MOST_SAID])}` brings {them} back"


def _ranges(numbers: Sequence[int], there: Sequence[int]) -> list[str]:
    """Return numbers as ranges that hold no other one of those that are there."""
    chosen = set(numbers)
    found: list[list[int]] = []
    was_chosen = False
    for number in there:
        if number in chosen:
            if was_chosen:
                found[-1][1] = number
            else:
                found.append([number, number])
        was_chosen = number in chosen
    return [f"{begin}" if begin == last else f"{begin}:{last}" for begin, last in found]
