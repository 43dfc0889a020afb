"""Which code a run was, in a few lines: for ``exparse show`` and ``exparse code``."""

from __future__ import annotations

from typing import NamedTuple

from exparse.store import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from exparse.query.patch import Change
    from exparse.query.told import Told

_SIGNS = {"new": "A", "gone": "D", "renamed": "R", "changed": "M", "mode": "M"}
_SHORT = 10
_LONGEST_LINE = 1 << 20
MOST_READ = 32 << 20
"""Bytes of a patch that are looked through."""


class Patch(NamedTuple):
    """The patch of a run, read.

    Attributes:
        changes: What it does, file by file; empty where there is none.
        problem: What keeps it from being read, or "".
    """

    changes: list[Change]
    problem: str = ""


def patch_of(folder: str) -> Patch:
    """Return what a run's ``code.patch`` does; empty where there is none."""
    from exparse.errors import DamagedFile
    from exparse.query import content, patch

    try:
        with content.opened(f"{folder}/{layout.PATCH}") as stream:
            found = list(patch.changes(_lines(stream, MOST_READ)))
            is_whole = not stream.read(1)
            return Patch(found, "" if is_whole else f"only the first {MOST_READ >> 20} MiB were read")
    except FileNotFoundError:
        return Patch([])
    except (OSError, DamagedFile) as problem:
        return Patch([], str(problem))


def _lines(stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield lines until ``most`` bytes are read; of a very long one only the beginning."""
    left, is_new = most, True
    while left > 0 and (line := stream.readline(_LONGEST_LINE)):
        if is_new:
            yield line
        left, is_new = left - len(line), line.endswith(b"\n")


def facts(git: Told, patch: Patch) -> Iterator[tuple[str, str]]:
    """Yield name and value of what git said; none where it said nothing.

    Args:
        git: The object of that name in the metadata.
        patch: What :func:`patch_of` returned.
    """
    commit = git.text("commit")
    if commit:
        where = git.text("branch") or ("detached" if git.fields.get("branch", "") is None else "")
        told = [f"{commit[:_SHORT]}{_described(git)}", where, _tree(git), _pushed(git)]
        yield "code", ", ".join(filter(None, told))
        yield "message", git.text("message").partition("\n")[0]
        yield "remote", git.text("remote")
    yield "git", git.text("problem")
    yield "patch", _patch(git, patch)
    yield "left out", left_out(git)
    if git.texts("submodules"):
        yield "modules", ", ".join(_submodule(part) for part in git.fields["submodules"])


def _described(git: Told) -> str:
    """Return what git calls the commit by its tags; "" where it has only its number again."""
    named = git.text("describe").removesuffix("-dirty")
    return f" ({named})" if named and not git.text("commit").startswith(named) else ""


def _tree(git: Told) -> str:
    dirty = git.flag("dirty")
    if dirty is None:
        return ""
    return "dirty" if dirty else "clean"


def _pushed(git: Told) -> str:
    return {True: "pushed", False: "not pushed", None: ""}[git.flag("pushed")]


def _patch(git: Told, patch: Patch) -> str:
    from exparse.query.shown import size

    if not patch.changes:
        return patch.problem
    told = git.part("patch")
    bytes_of = told.whole("bytes")
    masked = "secrets masked in it: it may not apply" if told.flag("masked") else ""
    told_size = size(bytes_of) if bytes_of is not None else ""
    return ", ".join(filter(None, [total(patch.changes), told_size, masked, patch.problem]))


def total(changes: Sequence[Change]) -> str:
    """Return how much a patch changes, in words: ``3 files, +10 -2``."""
    from exparse.cli.selection import count

    added, removed = (sum(getattr(change, side) or 0 for change in changes) for side in ("added", "removed"))
    return f"{count(len(changes), 'file')}, +{added:,} -{removed:,}"


def left_out(git: Told, most: int = 3) -> str:
    """Return which files the patch leaves out, and why."""
    from exparse.query.shown import size

    there = git.part("patch").parts("left_out")
    told = []
    for file in there[:most]:
        bytes_of = file.whole("bytes")
        why = ", ".join(filter(None, [size(bytes_of) if bytes_of is not None else "", file.text("why")]))
        told.append(f"{file.text('path')}{f' ({why})' if why else ''}")
    more = f" and {len(there) - most:,} more" if len(there) > most else ""
    return f"{', '.join(told)}{more}"


def _submodule(part: object) -> str:
    if isinstance(part, dict):
        return " ".join(str(part[key]) for key in ("path", "why", "state", "commit") if part.get(key))
    return str(part)


def diffstat(changes: Sequence[Change]) -> list[str]:
    """Return a line for each file of a patch: sign, lines that come and go, name."""
    columns = [(f"+{c.added:,}", f"-{c.removed:,}") if c.added is not None else ("binary", "") for c in changes]
    widths = [max((len(cells[place]) for cells in columns), default=0) for place in (0, 1)]
    lines = []
    for change, (added, removed) in zip(changes, columns, strict=True):
        name = f"{change.before} -> {change.name}" if change.before else change.name
        lines.append(f"  {_SIGNS[change.kind]}  {added:>{widths[0]}} {removed:>{widths[1]}}  {name}")
    return lines
