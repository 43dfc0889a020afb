"""``exparse _complete WHAT PREFIX``: what the shell's completion asks for; fast, and no script is run."""

from __future__ import annotations

import heapq
import os
import re
from functools import cached_property

from exparse.errors import ExparseError
from exparse.store import layout, marks
from exparse.store.root import Root, find

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from exparse.cli.output import Output
    from exparse.query.known import Known

NAME = "_complete"
MOST = 100
# What ends a word of a query: the field that is being typed stands behind it.
_BEFORE_FIELD = re.compile(r".*[\s(,=<>!~]", re.DOTALL).match

# Kinds of lists with commas, and the signs that may stand before a word of them.
_LISTS = {"params": "", "metrics": "-", "fields": "", "columns": "+-", "sorts": "-", "states": ""}
# A script's names may hold anything; the shell gets only what needs no quotes.
_TYPED = re.compile(r"\w[\w./-]*\Z").match

_NOTE = ".json"


def main(argv: Sequence[str]) -> int:
    """Answer the shell of this process; return 0, whatever happens: an error would tear the line apart."""
    from exparse.cli.output import standard

    to = standard()
    try:
        run(argv, to)
        to.out.flush()
    except (OSError, KeyboardInterrupt):
        # The shell does not wait any more; nothing may be written when Python ends.
        os._exit(0)
    return 0


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
        what: ``runs``, ``trash``, ``marks``, ``tags``; lists, of which the last is completed: ``params``, ``metrics``,
            ``fields`` (all that can be asked of a run), ``columns``, ``sorts``, ``states``; or ``queries``, of which
            the last field is.
        prefix: What is there already.
    """
    if what not in _KINDS:
        return []
    before = _before(what, prefix)
    rest = prefix[len(before) :]
    found: dict[str, None] = {}
    for word in _KINDS[what](_Asked(root), rest):
        if word.startswith(rest) and word.isprintable():
            found[f"{before}{word}"] = None
        if len(found) == MOST:
            break
    return list(found)


def _before(what: str, prefix: str) -> str:
    """Return the part of a prefix that stays: what stands before the last of several words."""
    if what == "queries":
        found = _BEFORE_FIELD(prefix)
        return found[0] if found else ""
    if what not in _LISTS:
        return ""
    last = prefix.rpartition(",")[2]
    return prefix[: len(prefix) - len(last.lstrip(_LISTS[what]))]


class _Asked:
    """Where a shell asks."""

    def __init__(self, root: Root) -> None:
        self.root = root

    @cached_property
    def known(self) -> Known:
        """The names that its runs know."""
        from exparse.query.known import Known

        return Known(self.root.folder)


def _runs(asked: _Asked, prefix: str) -> Iterator[str]:
    if prefix.startswith("@"):
        yield from (f"@{mark}" for mark in _marks(asked, prefix[1:]))
        return
    yield "last"
    if prefix.startswith("best:"):
        sign = "-" if prefix.startswith("best:-") else ""
        yield from (f"best:{sign}{name}" for name in _metrics(asked, ""))
        return
    yield from _names(asked.root.folder, layout.RUNS, prefix)
    yield from _names(asked.root.folder, layout.TMP, prefix)
    if not prefix:
        yield from (f"@{mark}" for mark in _marks(asked, ""))


def _trash(asked: _Asked, prefix: str) -> Iterator[str]:
    yield "last"
    yield from _names(asked.root.folder, layout.TRASH, prefix)


def _names(root: str, place: str, prefix: str) -> Iterator[str]:
    """Yield names, labels and, for a prefix that is a number without leading zeros, numbers; newest first."""
    try:
        listing = os.listdir(f"{root}/{place}")
    except OSError:
        return
    if place == layout.TRASH:
        # Beside each run lies a note of where it was.
        there = set(listing)
        listing = [name for name in listing if not (name.endswith(_NOTE) and name.removesuffix(_NOTE) in there)]
    if not prefix:
        for name, label in _newest(listing, MOST):
            yield from (label, name) if label else (name,)
        return
    yield from (name for name, _ in _newest([name for name in listing if name.startswith(prefix)], MOST))
    if prefix.isdecimal() and not prefix.startswith("0"):
        likely = [name for name in listing if name.lstrip("0").startswith(prefix)]
        yield from (name.partition("-")[0].lstrip("0") for name, _ in _newest(likely, MOST))
    for _, label in _newest(list(_labelled(listing, prefix).values()), MOST):
        yield label or ""


def _labelled(listing: list[str], prefix: str) -> dict[str, str]:
    """Return the labels that begin with a prefix, and a late run that has each."""
    found: dict[str, str] = {}
    # That the dash is the one before the label is seen on what little is left.
    behind = f"-{prefix}"
    for name in listing:
        if behind in name:
            for label in name.split("-", 7)[7:]:
                if label.startswith(prefix) and name > found.get(label, ""):
                    found[label] = name
    return found


def _newest(listing: list[str], count: int) -> Iterator[tuple[str, str | None]]:
    """Yield name and label of the runs with the largest numbers in a listing."""
    width = {name.find("-") for name in listing}
    # Numbers of one width are in the order of their texts, which a hundred thousand are put in sooner.
    for name in heapq.nlargest(count, listing, None if len(width) == 1 else _number):
        parsed = layout.parse_run_name(name)
        if parsed is not None:
            yield name, parsed[1]


def _number(name: str) -> tuple[int, str]:
    head = name.partition("-")[0]
    return (int(head) if head.isdecimal() else -1), name


def _tags(asked: _Asked, prefix: str) -> Iterator[str]:
    yield from filter(_TYPED, asked.known.tags())


def _marks(asked: _Asked, prefix: str) -> Iterator[str]:
    # Folders alone are looked at: a mark may be on a hundred thousand runs.
    for mark in sorted(marks.known(asked.root.folder)):
        # What somebody else put there may hold anything; the shell gets only what could be typed.
        try:
            yield layout.check_mark(mark)
        except ExparseError:
            continue


def _params(asked: _Asked, prefix: str) -> Iterator[str]:
    yield from filter(_TYPED, asked.known.params())


def _metrics(asked: _Asked, prefix: str) -> Iterator[str]:
    yield from filter(_TYPED, asked.known.metrics())


def _fields(asked: _Asked, prefix: str) -> Iterator[str]:
    """Yield what can be asked of a run; what one has made oneself comes first."""
    from exparse.query.fields import FIELDS

    yield from _params(asked, prefix)
    yield from _metrics(asked, prefix)
    yield from FIELDS


def _columns(asked: _Asked, prefix: str) -> Iterator[str]:
    yield from _fields(asked, prefix)
    if prefix.startswith("p"):
        yield from (f"params.{name}" for name in ("*", *_params(asked, prefix)))
    if prefix.startswith("m"):
        yield from (f"metrics.{name}" for name in ("*", *_metrics(asked, prefix)))


def _states(asked: _Asked, prefix: str) -> Iterable[str]:
    from exparse.format.status import STATES

    return STATES


_KINDS: dict[str, Callable[[_Asked, str], Iterable[str]]] = {
    "runs": _runs,
    "trash": _trash,
    "marks": _marks,
    "tags": _tags,
    "params": _params,
    "metrics": _metrics,
    "fields": _fields,
    "queries": _fields,
    "columns": _columns,
    "sorts": _fields,
    "states": _states,
}
