"""Going on with an earlier run: which one it is, whether it may be, and claiming it."""

from __future__ import annotations

import os
import time

from exparse.errors import ExparseError
from exparse.format import status as statuses
from exparse.format.text import json_document
from exparse.record import jobs
from exparse.record.say import say
from exparse.store import files, layout, liveness, select
from exparse.store.fate import UNDER_WAY
from exparse.store.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from exparse.format.status import Status
    from exparse.record.role import Seat
    from exparse.record.wish import Wish

    Code = Callable[[], dict[str, Any] | None]

_CLAIM = ".attempt-"
# A claim is a line: whoever has not written it by then was killed before.
_BEING_WRITTEN_S = 60.0


def sought(
    root: str, wish: Wish, seat: Seat | None, params: dict[str, Any], facts: dict[str, Any], code: Code
) -> Run | None:
    """Return the earlier run that is to go on, or None where a new one begins.

    Args:
        root: The root.
        wish: ``run_id``, ``resume`` and ``tmp`` are looked at.
        seat: This process's place in a parallel job, or None.
        params: The params of this parse.
        facts: ``argv`` and ``script`` of this program.
        code: Returns ``commit`` and ``patch_sha256`` of the code as it is now, or None without git.

    Raises:
        ExparseError: If ``run_id`` names a run with other params or other code, or one that is under way.
    """
    found = jobs.before_restart(root, seat, facts["argv"])
    if found is not None:
        run = Run(root, found[1], found[0])
        if os.path.isdir(run.folder) and not run.problem and run.state not in UNDER_WAY and run.params == params:
            return run
    if wish.goes_on:
        return _ordered(wish, params, facts)
    if wish.run_id:
        return _named(root, wish, params, code)
    return _equal(root, wish, params, facts, code) if wish.resume else None


def _ordered(wish: Wish, params: dict[str, Any], facts: dict[str, Any]) -> Run:
    """Return the run that whoever started this program wants to go on."""
    above, name = os.path.split(str(wish.goes_on))
    root, place = os.path.split(above)
    run = Run(root, name, place)
    if facts.get("by") == "argv" and run.metadata.get("by") != "argv":
        return run  # begun before the program has parsed; its params come then
    known = run.params
    if not wish.whole:
        known = {key: value for key, value in known.items() if key in params}  # a later parse brings the others
    differing = _differing(known, params)
    if differing:
        raise ExparseError(
            f"run {run.id} does not go on: its params would differ: {differing}. Rerun it: exparse rerun {run.id}"
        )
    return run


def _place(wish: Wish) -> str:
    return layout.TMP if wish.tmp else layout.RUNS


def _named(root: str, wish: Wish, params: dict[str, Any], code: Code) -> Run | None:
    place = _place(wish)
    names = [name for name in select.names(root, place) if _is_meant(name, str(wish.run_id))]
    if not names and layout.is_reference(str(wish.run_id)):
        raise ExparseError(f"--run-id {wish.run_id}: there is no such run in {root}/{place}. Give a name for a new one")
    if not names:
        return None
    run = Run(root, names[-1], place)
    if run.problem:
        raise ExparseError(f"--run-id {wish.run_id}: {run.problem}. Choose another name, or remove that run")
    if run.state in UNDER_WAY:
        raise ExparseError(f"--run-id {wish.run_id}: run {run.id} is under way. Wait for it, or choose another name")
    if not wish.whole and run.params.keys() - params.keys():
        return None  # the parse that brings the others comes later, takes this run back, and asks again
    differing = _differing(run.params, params)
    if differing:
        raise ExparseError(
            f"--run-id {wish.run_id}: params differ from those of run {run.id}: {differing}. "
            "Give the same, or choose another name"
        )
    other = other_code(run, code)
    if other:
        raise ExparseError(f"--run-id {wish.run_id}: {other}. Go back to that code, or choose another name")
    return run


def _is_meant(name: str, run_id: str) -> bool:
    number, label = layout.parse_run_name(name) or (0, None)
    return run_id in (label, name) or (run_id.isdecimal() and int(run_id[:18]) == number)


def _differing(old: dict[str, Any], new: dict[str, Any]) -> str:
    missing = object()
    names = [name for name in {**old, **new} if not _same(old.get(name, missing), new.get(name, missing))]
    told = [f"{name} ({_shown(old, name)}, now {_shown(new, name)})" for name in names[:3]]
    return ", ".join([*told, *([f"and {len(names) - 3} more"] if len(names) > 3 else [])])


def _same(old: Any, new: Any) -> bool:
    # nan is no other value than nan here, and 1 is another than True.
    return type(old) is type(new) and (old == new or (old != old and new != new))


def _shown(params: dict[str, Any], name: str) -> str:
    return f"{params[name]!r:.40}" if name in params else "not there"


def other_code(run: Run, code: Code) -> str | None:
    """Return in which way the code is another than the run's, or None."""
    earlier, now = run.metadata.get("git"), code()
    if not isinstance(earlier, dict) or now is None:
        return None if bool(earlier) == bool(now) else "its code was under git, or is now"
    from exparse.code import likeness

    found = likeness.compare(run.metadata, run.folder, now)
    if found is not None and found.is_same:
        return None
    told = f" ({found.told()})" if found is not None else ""
    if earlier.get("commit") != now.get("commit"):
        return f"run {run.id} was made by commit {_short(earlier)}, here is {_short(now)}{told}"
    return f"the changes since commit {_short(now)} are others than those of run {run.id}{told}"


def _short(git: dict[str, Any]) -> str:
    return str(git.get("commit"))[:12]


def _equal(root: str, wish: Wish, params: dict[str, Any], facts: dict[str, Any], code: Code) -> Run | None:
    """Return the newest run that is over and has equal params, script and code, or None."""
    asked: list[Any] = []

    def once() -> Any:
        if not asked:
            asked.append(code())
        return asked[0]

    place = _place(wish)
    for name in reversed(select.names(root, place)):
        run = Run(root, name, place)
        # Damaged runs, and those under way, are not gone on with.
        if run.problem or run.state in UNDER_WAY or run.metadata.get("script") != facts.get("script"):
            continue
        if facts.get("script") is None and run.metadata.get("prog") != facts.get("prog"):
            continue  # a command that was found by its name
        if run.metadata.get("command", []) == facts.get("command", []) and not _differing(run.params, params):
            if other_code(run, once) is None:
                return run
    if wish.whole:
        say("exparse: no run that is over has these params and this code: a new one begins")
    return None


def claim(run: Run) -> tuple[int, list[dict[str, Any]]]:
    """Make the next attempt at a run this process's own; return its number and what the earlier ones were.

    Raises:
        ExparseError: If another process claimed it first.
        OSError: If its folder cannot be written.
    """
    told: Status = run.status
    while True:
        earlier = [*told.attempts, {**_without_attempts(told), "process": told.process or run.metadata.get("process")}]
        path = f"{run.folder}/{_CLAIM}{len(earlier) + 1}"
        try:
            files.write_new(path, json_document(liveness.this_process()))
        except FileExistsError:
            if not _is_left_over(path):
                raise ExparseError(f"run {run.id} is being resumed by another process. Wait for its end") from None
            # Whoever removes it, only one writes the next.
            files.remove_quietly(path)
            continue
        except OSError:
            files.remove_quietly(path)  # a claim that says nothing would stand in everybody's way
            raise
        # Another process may have made this very attempt, and ended it, since the status was read.
        told = Run(run.root, run.name, run.place).status
        if told.attempt == len(earlier) and told.state not in UNDER_WAY:
            break
        release(run.folder, len(earlier) + 1)
        if told.state in UNDER_WAY:
            raise ExparseError(f"run {run.id} is under way in another process. Wait for its end")
    files.remove_quietly(f"{run.folder}/{layout.KILLED}")
    # Of an attempt that was killed nobody has taken it away.
    release(run.folder, len(earlier))
    return len(earlier) + 1, earlier


def _is_left_over(path: str) -> bool:
    """Return whether a claim is one of a process that died before it said so in the status."""
    import json

    try:
        said = files.read_text(path, 10_000)
        written = os.stat(path).st_mtime
    except OSError:
        return False  # gone: another process is at it
    try:
        return liveness.is_dead(json.loads(said)) is True
    except ValueError:
        return time.time() - written > _BEING_WRITTEN_S


def release(folder: str, attempt: int) -> None:
    """Give up the claim of an attempt that is over."""
    files.remove_quietly(f"{folder}/{_CLAIM}{attempt}")


def _without_attempts(told: Status) -> dict[str, Any]:
    return {key: value for key, value in statuses.fields(told).items() if key != "attempts"}
