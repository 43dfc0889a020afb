"""The whole family of a run: all that it comes from, and all that came of it."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from exparse.errors import ExparseError
from exparse.query.family import elsewhere, parents
from exparse.query.told import Told
from exparse.store import layout, select
from exparse.store.names import stem
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

PLACES = (layout.RUNS, layout.TMP)
RERUN, CHILD, USES = "rerun", "child", "uses"
_SHORT = 7
_SAYS_PARENT = re.compile(r'"parents?": *(?:\[\s*)?"').search


class Code(NamedTuple):
    """What tells one code from another.

    Attributes:
        commit: The commit; "" where none is known.
        patch: Hash of the patch; "" where there is none.
        is_laid_out: Whether it ran in a tree of its own, so is that of the run it repeats.
    """

    commit: str = ""
    patch: str = ""
    is_laid_out: bool = False


class Member(NamedTuple):
    """A run of a family.

    Attributes:
        key: What it is called among its relatives: number and start, or its path where it lies in another root.
        run: The run; None where nothing is there.
        state: Its state; "" where there is no run.
        fate: "", or ``gone``, ``in the trash``, ``in another root``.
        parents: Keys of the members that it comes from, in the order in which it names them.
        relations: What it is to each of them: ``rerun``, ``child`` (started by it) or ``uses``.
        program: Its script's name, or what else ran; "" where that is not known.
        params: Its params; empty where they cannot be read.
        code: What its metadata say of its code.
    """

    key: str
    run: Run | None
    state: str
    fate: str
    parents: tuple[str, ...]
    relations: tuple[str, ...]
    program: str
    params: dict[str, Any]
    code: Code


class Kin(NamedTuple):
    """The family of a run.

    Attributes:
        key: The run that was asked for.
        members: Ancestors, the run itself, and descendants, by key: ancestors first.
    """

    key: str
    members: dict[str, Member]

    def children(self) -> dict[str, list[str]]:
        """Return the keys of each member's children, by number; a member without any is not there."""
        found: dict[str, list[str]] = {}
        for key, member in self.members.items():
            for parent in dict.fromkeys(member.parents):
                if parent in self.members:
                    found.setdefault(parent, []).append(key)
        for keys in found.values():
            keys.sort(key=self._order)
        return found

    def eldest(self) -> list[str]:
        """Return the keys of those that nobody of the family is known to come before, by number.

        Where runs name each other in a circle, one of the circle stands for all.
        """
        first = [key for key, member in self.members.items() if not set(member.parents) & set(self.members)]
        seen = self._below(first)
        for key in sorted(self.members, key=self._order):
            if key not in seen:
                first.append(key)
                seen |= self._below([key])
        return sorted(first, key=self._order)

    def _below(self, keys: Iterable[str]) -> set[str]:
        children, seen, left = self.children(), set(keys), list(keys)
        while left:
            for child in children.get(left.pop(), ()):
                if child not in seen:
                    seen.add(child)
                    left.append(child)
        return seen

    def _order(self, key: str) -> tuple[int, str]:
        run = self.members[key].run
        return (run.id if run is not None else (layout.parse_run_name(key) or (0, None))[0], key)


def kin(run: Run, runs: Sequence[Run], seen: Callable[[int], object] = bool) -> Kin:
    """Return the family of a run.

    Args:
        run: The run.
        runs: All runs of its root: each is asked for its parents. Of these only the family is kept.
        seen: Is told how many more of them have been looked at.
    """
    by_key = {stem(other.name): other for other in runs}
    known: dict[str, tuple[str, ...]] = {}
    for other in runs:
        named = _keys(other, _SAYS_PARENT)
        if named:
            known[stem(other.name)] = named
        seen(1)
    for name in select.names(run.root, layout.TRASH):
        # What was made of one that has been removed since is of the family still.
        known.setdefault(stem(name), _keys(Run(run.root, name, layout.TRASH), _SAYS_PARENT))
    own = stem(run.name)
    by_key.setdefault(own, run)
    known.setdefault(own, _keys(run))
    below: dict[str, list[str]] = {}
    for key, named in known.items():
        for parent in named:
            below.setdefault(parent, []).append(key)
    found = _Finder(run.root, by_key, known)
    above = _reached(own, found.parents)
    members = [*above[::-1], own, *_reached(own, lambda key: below.get(key, ()))]
    return Kin(own, {key: found.member(key) for key in dict.fromkeys(members)})


def _keys(run: Run, may_say: Callable[[str], object] = bool) -> tuple[str, ...]:
    """Return the keys of the runs that a run names as its parents."""
    return tuple(dict.fromkeys(_key(name, run.root) for name in parents(run, may_say)))


def _key(name: str, root: str) -> str:
    if not os.path.isabs(name):
        return stem(name) if layout.parse_run_name(name) else name
    above, last = os.path.split(name)
    is_here = layout.parse_run_name(last) and os.path.dirname(above) == root
    return stem(last) if is_here else name


def _reached(key: str, following: Callable[[str], Iterable[str]]) -> list[str]:
    """Return all that follows from a key, nearest first, each once."""
    found: dict[str, None] = {key: None}
    left = [key]
    for one in left:
        for other in following(one):
            if other not in found:
                found[other] = None
                left.append(other)
    return list(found)[1:]


class _Finder:
    """Finds the runs of a family, wherever they lie by now."""

    def __init__(self, root: str, by_key: dict[str, Run], known: dict[str, tuple[str, ...]]) -> None:
        self._root, self._by_key, self._known = root, by_key, known
        self._trash: dict[str, Run] | None = None

    def parents(self, key: str) -> tuple[str, ...]:
        """Return the keys of those that a run comes from; of one in another root, nothing is asked."""
        if key not in self._known:
            run, fate = self._found(key)
            self._known[key] = _keys(run) if run is not None and not os.path.isabs(key) else ()
        return self._known[key]

    def _found(self, key: str) -> tuple[Run | None, str]:
        if key in self._by_key:
            return self._by_key[key], ""
        if os.path.isabs(key):
            there = elsewhere(key)
            return there, "gone" if there is None else "in another root"
        if self._trash is None:
            names = select.names(self._root, layout.TRASH)
            self._trash = {stem(name): Run(self._root, name, layout.TRASH) for name in names}
        run = self._trash.get(key)
        return run, "gone" if run is None else "in the trash"

    def member(self, key: str) -> Member:
        """Return what is known of a run of the family; one that is damaged is there with that state."""
        run, fate = self._found(key)
        named = self.parents(key)
        if run is None:
            return Member(key, None, "", fate, named, tuple(USES for _ in named), "", {}, Code())
        told = _told(run)
        relations = _relations(run, told, named)
        return Member(key, run, run.state, fate, named, relations, _program(told), _params(run), _code(told))


def _params(run: Run) -> dict[str, Any]:
    try:
        return run.params
    except (ExparseError, OSError):
        return {}  # its state says that it is damaged


def _told(run: Run) -> Told:
    try:
        return Told(run.metadata)
    except (ExparseError, OSError):
        return Told(None)


def _relations(run: Run, told: Told, named: Sequence[str]) -> tuple[str, ...]:
    again = _key(told.text("rerun_of"), run.root)
    starters = {_key(name, run.root) for name in told.texts("parents")}
    return tuple(RERUN if key == again else CHILD if key in starters else USES for key in named)


def _program(told: Told) -> str:
    return os.path.basename(told.text("script")) or told.text("prog")


def _code(told: Told) -> Code:
    git = told.part("git")
    return Code(git.text("commit"), git.part("patch").text("sha256"), bool(told.text("tree")))


def other_code(member: Member, parent: Member) -> str:
    """Return how the code of a rerun differs from that of the run it repeats: ``commit 77ab012``, ``other patch``.

    "" where it is the same, where nobody knows, and for what is no rerun: that may be another program.
    """
    now, before = member.code, parent.code
    if not _is_rerun(member, parent) or now.is_laid_out or not now.commit or not before.commit:
        return ""
    if now.commit != before.commit:
        return f"commit {now.commit[:_SHORT]}"
    return "other patch" if now.patch != before.patch else ""


def _is_rerun(member: Member, parent: Member) -> bool:
    return member.relations[member.parents.index(parent.key)] == RERUN


def other_program(member: Member, parent: Member) -> str:
    """Return the name of the program of a member, where it is another one than a parent's; "" where it is not."""
    is_other = member.program != parent.program and bool(parent.program) and not _is_rerun(member, parent)
    return member.program if is_other else ""


def differing(member: Member, parent: Member) -> dict[str, Any]:
    """Return the params of a member that differ from a parent's, or that this one has not.

    {} where one has none, and of another program: its params are other ones.
    """
    if not member.params or not parent.params or other_program(member, parent):
        return {}
    missing = object()
    return {
        name: value
        for name, value in member.params.items()
        if type(value) is not type(old := parent.params.get(name, missing)) or repr(value) != repr(old)
    }
