"""Runs on their way out: asked about, looked at once more, moved, and said."""

from __future__ import annotations

from exparse.cli import selection
from exparse.errors import ExparseError
from exparse.query import usage
from exparse.query.prune import why_kept
from exparse.store import keeping, layout, marks, purge, trash
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

    All marks are read once, when it is made: so make it after the question was answered.
    """

    def __init__(self, root: Root, force: bool, to: Output) -> None:
        self.root, self.force, self.to = root, force, to
        self._marked = marks.of_runs(root.folder)
        self._said = 0
        self.gone = 0

    def move(self, run: Run) -> bool:
        """Move one run; return False where it stays, which is said, or is gone already, which is counted."""
        borne = self._marked.get(run.name, [])
        why = None if self.force else self._reason(run, borne)
        if why:
            self._say(f"run {run.id} {why} by now: kept")
            return False
        try:
            trash.remove(run, borne)
        except FileNotFoundError:
            # Somebody else removed it, which is what was wanted.
            self.gone += 1
            return False
        except OSError as problem:
            self._say(f"run {run.id} could not be moved: {problem.strerror or problem} ({run.folder})")
            return False
        return True

    def _reason(self, run: Run, borne: Sequence[str]) -> str | None:
        state = keeping.under_way(run)
        return f"is {state}" if state else f"is marked {', '.join(borne)}" if borne else None

    def _say(self, text: str) -> None:
        self._said += 1
        if self._said <= _MOST_SAID:
            self.to.warn(text)
        elif self._said == _MOST_SAID + 1:
            self.to.warn("more of the kind are not said one by one")


def delete(runs: Iterable[Run], to: Output) -> list[Run]:
    """Delete runs of the trash for good; return those of which nothing is left. What stays is said, and why."""
    deleted = []
    for run in runs:
        try:
            problems = purge.purge(run)
        except FileNotFoundError:
            continue  # restored or purged by somebody else
        except OSError as problem:
            to.warn(f"run {run.id} could not be purged: {problem.strerror or problem} ({run.folder})")
            continue
        tell_left(f"run {run.id}", problems, to)
        if not problems:
            deleted.append(run)
    return deleted


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


def in_trash(run: Run) -> Run:
    """Return the run as it lies in the trash."""
    return Run(run.root, run.name, layout.TRASH)
