"""``exparse _complete WHAT PREFIX``: what the shell's completion asks for; fast, and no script is run."""

from __future__ import annotations

from exparse.errors import ExparseError
from exparse.store import layout, marks, select
from exparse.store.root import Root, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from exparse.cli.output import Output

NAME = "_complete"
MOST = 100


def run(argv: Sequence[str], to: Output) -> int:
    """Print the words of a kind that begin with a prefix, one a line; none where there is no root."""
    what, prefix = [*argv, "", ""][:2]
    try:
        root = find()
    except (ExparseError, OSError):
        # A person in the middle of a line: an error message would tear it apart.
        return 0
    for word in words(root, what, prefix):
        to.line(word)
    return 0


def words(root: Root, what: str, prefix: str) -> list[str]:
    """Return at most :data:`MOST` words that begin with a prefix.

    Args:
        root: Where to look.
        what: ``runs``, ``marks``, ``trash`` or ``tags``.
        prefix: What is there already.
    """
    kinds: dict[str, Callable[[Root, str], Iterator[str]]] = {
        "runs": _runs,
        "marks": _marks,
        "trash": _trash,
        "tags": _tags,
    }
    found: dict[str, None] = {}
    for word in kinds[what](root, prefix) if what in kinds else ():
        if word.startswith(prefix):
            found[word] = None
        if len(found) == MOST:
            break
    return list(found)


def _runs(root: Root, prefix: str) -> Iterator[str]:
    if prefix.startswith("@"):
        yield from (f"@{mark}" for mark in _marks(root, prefix[1:]))
        return
    yield "last"
    yield from _names(root.folder, layout.RUNS, prefix)
    yield from _names(root.folder, layout.TMP, prefix)
    if not prefix:
        yield from (f"@{mark}" for mark in _marks(root, ""))


def _trash(root: Root, prefix: str) -> Iterator[str]:
    yield "last"
    yield from _names(root.folder, layout.TRASH, prefix)


def _names(root: str, place: str, prefix: str) -> Iterator[str]:
    """Yield names, labels and, for a prefix that is a number without leading zeros, numbers; newest first."""
    names = select.newest(root, MOST, place)[0] if not prefix else select.names(root, place)
    for name in reversed(names):
        number, label = layout.parse_run_name(name) or (0, None)
        if prefix.isdecimal() and not prefix.startswith("0"):
            yield str(number)
        if label:
            yield label
        yield name


def _tags(root: Root, prefix: str) -> Iterator[str]:
    """Yield the tags of the newest runs."""
    for run in reversed(root.newest(MOST)[0]):
        try:
            yield from run.tags
        except ExparseError:
            # A damaged run offers nothing.
            continue


def _marks(root: Root, prefix: str) -> Iterator[str]:
    for mark in sorted({mark for mark, _ in marks.walk(root.folder)}):
        # What somebody else put there may hold anything; the shell gets only what could be typed.
        try:
            yield layout.check_mark(mark)
        except ExparseError:
            continue


_KINDS: dict[str, Callable[[Root, str], Iterator[str]]] = {
    "runs": _runs,
    "marks": _marks,
    "tags": _tags,
    "trash": _trash,
}
